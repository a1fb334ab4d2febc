/**
 * The visitor's account: an ed25519 seed made in this tab. sessionStorage keeps it over a reload and drops it with the tab; it
 * never travels. A key that guards real money belongs into `hai wallet`, not into a page.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { ACCOUNT_SEED_BYTES, type Account, accountOfSeed, newAccountSeed } from '../sdk/account.ts';

const SEED_KEY = 'hai-seed';
const KNOWN_KEY = 'hai-known';

export function sessionAccount(): Account {
  const kept = sessionStorage.getItem(SEED_KEY) ?? '';
  if (new RegExp(`^[0-9a-f]{${ACCOUNT_SEED_BYTES * 2}}$`).test(kept)) return accountOfSeed(hexToBytes(kept));
  const seed = newAccountSeed();
  sessionStorage.setItem(SEED_KEY, bytesToHex(seed));
  return accountOfSeed(seed);
}

/** Whether this tab has seen the account on that network: asking for one that is not there is an error in the console. */
export const isKnownAt = (genesis: string): boolean => sessionStorage.getItem(KNOWN_KEY) === genesis;
export const rememberAt = (genesis: string): void => sessionStorage.setItem(KNOWN_KEY, genesis);
