/** Who signs. A wallet that keeps its key elsewhere implements `Account` by itself. */
import { addressOf } from '../../protocol/address.ts';
import { publicKeyOf } from '../../protocol/ed25519.ts';
import { signFast } from '../../sealing/signatures.ts';

export interface Account {
  /** 32 bytes, ed25519: the account itself. */
  readonly publicKey: Uint8Array;
  readonly address: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export const ACCOUNT_SEED_BYTES = 32;

export function newAccountSeed(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(ACCOUNT_SEED_BYTES));
}

/** The account of a 32-byte seed, which stays in memory as long as the account does. */
export function accountOfSeed(seed: Uint8Array): Account {
  const kept = Uint8Array.from(seed);
  const publicKey = publicKeyOf(kept);
  return { publicKey, address: addressOf(publicKey), sign: (message) => signFast(kept, message) };
}
