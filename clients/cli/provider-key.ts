/**
 * The key of a provider's process, in a file whose mode is all that guards it. It is no account's key: all it signs are requests for
 * jobs. What jobs are opened with is sealed to another key, made anew by each run.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { type Account, accountOfSeed, newAccountSeed } from '../sdk/account.ts';
import { Refusal } from './exit-codes.ts';
import { readSecretFile, writeSecretFile } from './secret-files.ts';

const KIND = 'provider-process';

/** Never over a file that is there. */
export function makeProcessKey(path: string): Account {
  const seed = newAccountSeed();
  writeSecretFile(path, `${JSON.stringify({ kind: KIND, seed: bytesToHex(seed) })}\n`, false);
  return accountOfSeed(seed);
}

export interface ProcessKey {
  readonly account: Account;
  /** Others than the owner may read the file. */
  readonly isOpen: boolean;
}

export function readProcessKey(path: string): ProcessKey {
  const { text, isOpen } = readSecretFile(path);
  try {
    const { kind, seed } = JSON.parse(text) as { kind?: unknown; seed?: unknown };
    if (kind === KIND && typeof seed === 'string' && /^[0-9a-f]{64}$/.test(seed)) {
      return { account: accountOfSeed(hexToBytes(seed)), isOpen };
    }
  } catch {
    // Not JSON: refused below, without a word of what is in it.
  }
  throw new Refusal(`${path} is no key of a provider's process; hai provider key makes one`);
}
