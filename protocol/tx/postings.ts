/** Moves money as double entry. A delta that would overdraw or exceed the supply breaks an invariant: it throws. */
import type { Overlay } from '../state/overlay.ts';
import { type Zhi, zhi } from '../units.ts';
import type { Posting } from './rule.ts';

export function post(state: Overlay, postings: readonly Posting[]): void {
  if (postings.reduce((sum, posting) => sum + posting.deltaZhi, 0n) !== 0n)
    throw new Error('postings do not sum to zero');
  for (const { account, deltaZhi } of postings) {
    const found = state.account(account);
    if (!found) throw new Error('posting to an account that does not exist');
    state.setAccount(account, { ...found, balanceZhi: zhi(found.balanceZhi + deltaZhi) });
  }
}

/** Creates the account at its home when it is new. */
export function openAccount(state: Overlay, account: Uint8Array, homeRegion: number): void {
  if (!state.account(account)) state.setAccount(account, { balanceZhi: 0n as Zhi, nonce: 0n, homeRegion });
}

export function balanceOf(state: Overlay, account: Uint8Array): bigint {
  return state.account(account)?.balanceZhi ?? 0n;
}
