/** The network of the runs: four regions, thirteen seats, and a few accounts with little money in each home region. */
import { type Region, regionNumber } from '../../protocol/regions.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import { type KeyPair, keyPair } from '../support/keys.ts';
import { TEST_REGIONS, type TestNetwork, testNetwork } from '../support/network.ts';
import { swapNetwork } from '../support/swap.ts';

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

/** Has a parameter changed; its money is enough for every try. */
export const GOVERNOR: SimAccount = { pair: keyPair('sim/governor'), home: 'enam' };
const GOVERNOR_ZHI = 10_000_000n;
/**
 * Votes end within a run; a voting that faults have held up is begun anew. Longer than two clocks are apart: where the proposer's is
 * behind and an intake's ahead, by 3 s each, a voting of 5 s was over there before anybody could approve.
 */
const GOVERNANCE = { votingMs: 8_000n as UnixMs, delayMs: 2_000n as UnixMs, turnoutMillionths: 10_000 };

function allocations(): TestNetwork['genesis']['allocations'] {
  const { allocations: all } = testNetwork('sim').genesis;
  const faucet = all.at(-1);
  if (!faucet) throw new Error('a genesis without allocations');
  const funds = (to: SimAccount, amount: bigint) => ({
    account: to.pair.key,
    amount: amount as Zhi,
    homeRegion: regionNumber(to.home),
  });
  const given = [...SIM_ACCOUNTS.map((one) => funds(one, FUNDS_ZHI)), funds(GOVERNOR, GOVERNOR_ZHI)];
  const left = (faucet.amount - given.reduce((sum, { amount }) => sum + amount, 0n)) as Zhi;
  return [...all.slice(0, -1), { ...faucet, amount: left }, ...given];
}

export const simNetwork = (): TestNetwork =>
  swapNetwork(testNetwork('sim', { epochMs: EPOCH_MS, allocations: allocations(), governance: GOVERNANCE }));
