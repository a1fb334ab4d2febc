/**
 * The visitor's account: an ed25519 seed made in this tab. sessionStorage keeps it over a reload and drops it with the tab; it
 * never travels. A key that guards real money belongs into `hai wallet`, not into a page.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { ACCOUNT_SEED_BYTES, type Account, accountOfSeed, newAccountSeed } from '../sdk/account.ts';

const KEY = 'hai-seed';

export function sessionAccount(): Account {
  const kept = sessionStorage.getItem(KEY) ?? '';
  if (new RegExp(`^[0-9a-f]{${ACCOUNT_SEED_BYTES * 2}}$`).test(kept)) return accountOfSeed(hexToBytes(kept));
  const seed = newAccountSeed();
  sessionStorage.setItem(KEY, bytesToHex(seed));
  return accountOfSeed(seed);
}
