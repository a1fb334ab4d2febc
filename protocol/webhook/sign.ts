/**
 * Standard Webhooks signatures: v1 (HMAC-SHA256, a secret for each endpoint) and v1a (ed25519, the network's key, whose public
 * half is in the genesis). Both cover `id.timestamp.payload`.
 *
 * The v1a key is one for all endpoints, so a receiver of v1a must also check that the id starts with its own endpoint's:
 * ids are `<endpoint>-<seq>`, and the signature covers them.
 * Source: standardwebhooks.com, specification 1.0.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { publicKeyOf, sign } from '../ed25519.ts';

export interface WebhookKeys {
  /** Each signs: two while a secret is being rotated. */
  readonly secrets: readonly Uint8Array[];
  /** ed25519 seeds; each signs. */
  readonly seeds: readonly Uint8Array[];
}

export interface WebhookMessage {
  readonly id: string;
  /** Unix seconds of this attempt, not of the event: receivers refuse old attempts as replays. */
  readonly timestampSeconds: number;
  readonly payload: string;
}

export const WEBHOOK_SECRET_BYTES = 32;

const SECRET_PREFIX = 'whsec_';
const PUBLIC_KEY_PREFIX = 'whpk_';

export const secretText = (secret: Uint8Array): string => SECRET_PREFIX + base64.encode(secret);
export const publicKeyText = (seed: Uint8Array): string => PUBLIC_KEY_PREFIX + base64.encode(publicKeyOf(seed));

/** The three headers of one attempt. */
export function webhookHeaders(message: WebhookMessage, keys: WebhookKeys): Record<string, string> {
  const { id, timestampSeconds, payload } = message;
  // Two messages would share signed bytes if an id could hold the separator.
  if (id === '' || id.includes('.')) throw new RangeError(`no webhook id: ${id}`);
  if (!Number.isSafeInteger(timestampSeconds)) throw new RangeError('the timestamp is not whole seconds');
  const signed = utf8ToBytes(`${id}.${timestampSeconds}.${payload}`);
  const signatures = [
    ...keys.secrets.map((secret) => `v1,${base64.encode(hmac(sha256, secret, signed))}`),
    ...keys.seeds.map((seed) => `v1a,${base64.encode(sign(seed, signed))}`),
  ];
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  };
}
