/** The network of the runs: four regions, thirteen seats, and a few accounts with little money in each home region. */
import { type Region, regionNumber } from '../../protocol/regions.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import { type KeyPair, keyPair } from '../support/keys.ts';
import { TEST_REGIONS, type TestNetwork, testNetwork } from '../support/network.ts';

/** Rewards come often enough that every run has some. */
const EPOCH_MS = 2_000n as UnixMs;
/** Enough for a dozen transfers: later ones of a busy account are refused. */
const FUNDS_ZHI = 300_000n;
const ACCOUNTS = 6;

export interface SimAccount {
  readonly pair: KeyPair;
  readonly home: Region;
}

export const SIM_ACCOUNTS: readonly SimAccount[] = Array.from({ length: ACCOUNTS }, (_, i) => ({
  pair: keyPair(`sim/account/${i}`),
  home: TEST_REGIONS[i % TEST_REGIONS.length] as Region,
}));

function allocations(): TestNetwork['genesis']['allocations'] {
  const { allocations: all } = testNetwork('sim').genesis;
  const faucet = all.at(-1);
  if (!faucet) throw new Error('a genesis without allocations');
  const given = SIM_ACCOUNTS.map(({ pair, home }) => ({
    account: pair.key,
    amount: FUNDS_ZHI as Zhi,
    homeRegion: regionNumber(home),
  }));
  const left = (faucet.amount - FUNDS_ZHI * BigInt(given.length)) as Zhi;
  return [...all.slice(0, -1), { ...faucet, amount: left }, ...given];
}

export const simNetwork = (): TestNetwork => testNetwork('sim', { epochMs: EPOCH_MS, allocations: allocations() });
