/**
 * What an order bills. Most work is counted beforehand from its shape: quote = bill. Metered work is quoted its bound, and bills the
 * cycles that its log adds up to: never more than the quote, at the provider's same price a cycle.
 */
import { type HpuCycles, priceOf, type Zhi } from '../units.ts';
import type { Work } from './work.ts';

export const isMetered = ({ kind }: Pick<Work, 'kind'>): boolean => kind === 'search' || kind === 'predictTable';

/** Whether a claim of so many cycles may be billed. */
export const isBillable = (work: Pick<Work, 'kind'>, cycles: HpuCycles, quoteCycles: HpuCycles): boolean =>
  isMetered(work) ? cycles <= quoteCycles : cycles === quoteCycles;

/** The formula of the quote, so that a bill of the quoted cycles is the quoted price, and one of fewer never above it. */
export const billZhiOf = (cycles: HpuCycles, { askZhiPerMcycle }: { readonly askZhiPerMcycle: Zhi }): Zhi =>
  priceOf(cycles, askZhiPerMcycle) as Zhi;
