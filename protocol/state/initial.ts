/** The state of a genesis: its allocations, every system account, and an account for each role key and beneficiary. */
import { SYSTEM_ACCOUNT } from '../address.ts';
import type { Genesis } from '../genesis.ts';
import type { Zhi } from '../units.ts';
import type { Account } from './account.ts';
import { Overlay } from './overlay.ts';

const EMPTY = { account: () => undefined, order: () => undefined, record: () => undefined };

export function initialState(genesis: Genesis): Overlay {
  const state = new Overlay(EMPTY);
  const open = (key: Uint8Array, homeRegion: number, balanceZhi = 0n as Zhi): void => {
    const account: Account = { balanceZhi, nonce: 0n, homeRegion };
    if (!state.account(key)) state.setAccount(key, account);
  };
  for (const { account, amount, homeRegion } of genesis.allocations) open(account, homeRegion, amount);
  for (const key of Object.values(SYSTEM_ACCOUNT)) open(key, genesis.sequencerRegion);
  for (const roles of genesis.regions) {
    open(roles.searcher, roles.region);
    open(roles.checker, roles.region);
  }
  for (const provider of genesis.providers) open(provider.key, provider.region);
  for (const { beneficiary } of genesis.vesting) open(beneficiary, genesis.sequencerRegion);
  return state;
}
