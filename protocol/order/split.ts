/**
 * Who gets what of a bill. Each of the small shares is rounded down, and the provider keeps the remainder, so the shares
 * sum to the bill to the zhi. Starting parameters, in basis points: the searcher's share also pays the check it runs.
 */
import type { Zhi } from '../units.ts';

const SEARCHER_BP = 500n;
const SEAT_POOL_BP = 300n;
const BURN_BP = 200n;
const BASIS_POINTS = 10_000n;

export interface Split {
  readonly provider: Zhi;
  readonly searcher: Zhi;
  readonly seatPool: Zhi;
  readonly burned: Zhi;
}

export function splitBill(billZhi: Zhi): Split {
  const share = (bp: bigint) => ((billZhi * bp) / BASIS_POINTS) as Zhi;
  const searcher = share(SEARCHER_BP);
  const seatPool = share(SEAT_POOL_BP);
  const burned = share(BURN_BP);
  return { provider: (billZhi - searcher - seatPool - burned) as Zhi, searcher, seatPool, burned };
}
