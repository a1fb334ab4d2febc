/** Account addresses: bech32m (BIP 350) of the 32-byte ed25519 key, prefix `hai`: hai1... */
import { bytesToHex } from '@noble/hashes/utils.js';
import { bech32m } from '@scure/base';
import { compareBytes, taggedHash } from './hash.ts';

const PREFIX = 'hai';

/** Of some 250 bytes each. */
const KNOWN_MAX = 4096;
const known = new Map<string, string>();

/** So many are remembered, and then all forgotten: to encode one takes ten times as long. */
export function addressOf(account: Uint8Array): string {
  const id = bytesToHex(account);
  const found = known.get(id);
  if (found !== undefined) return found;
  const address = bech32m.encode(PREFIX, bech32m.toWords(account));
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(id, address);
  return address;
}

/** The account's 32 bytes, or undefined for anything that is not one canonical lower-case address. */
export function parseAddress(text: string): Uint8Array | undefined {
  const decoded = bech32m.decodeUnsafe(text);
  if (decoded?.prefix !== PREFIX) return undefined;
  const bytes = bech32m.fromWordsUnsafe(decoded.words);
  if (bytes?.length !== 32) return undefined;
  const account = Uint8Array.from(bytes);
  return addressOf(account) === text ? account : undefined;
}

/** Accounts that no key controls. Each name's hash is its account; only the rules move their money. */
export const SYSTEM_ACCOUNT_NAMES = [
  'escrow',
  'bonds',
  'minerPool',
  'vesting',
  'burned',
  'swap',
  'seatPool',
  'founders',
  'devAndOps',
  'foundation',
  'operationsTeam',
  'marketing',
  'batches',
  'reservations',
] as const;
export type SystemAccountName = (typeof SYSTEM_ACCOUNT_NAMES)[number];

export const SYSTEM_ACCOUNT: Record<SystemAccountName, Uint8Array> = Object.fromEntries(
  SYSTEM_ACCOUNT_NAMES.map((name) => [name, taggedHash(`HAI/system/${name}`)]),
) as Record<SystemAccountName, Uint8Array>;

const systemKeys = Object.values(SYSTEM_ACCOUNT);

export const isSystemAccount = (account: Uint8Array): boolean =>
  systemKeys.some((key) => compareBytes(key, account) === 0);
