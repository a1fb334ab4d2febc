/** Consent: a receiver gets events only after it has given back a random challenge. Nobody can aim a webhook at a stranger. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Attempt } from './attempt.ts';

const CHALLENGE_BYTES = 24;

export function newChallenge(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES)));
}

/** Status 200 and the challenge, as the whole text or as the `challenge` of a JSON object. */
export function answersChallenge({ status, response }: Attempt, challenge: string): boolean {
  if (status !== 200) return false;
  if (response.trim() === challenge) return true;
  try {
    return (JSON.parse(response) as { challenge?: unknown } | null)?.challenge === challenge;
  } catch {
    return false;
  }
}
