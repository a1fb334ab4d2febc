/**
 * Which provider gets an order: a rule over the resource table that anyone can recompute. Cheapest first, then nearest to
 * the order's region, then by a hash of (demander, nonce, provider), so that ties are spread and nobody can aim them after
 * the fact. A provider whose result failed the check is excluded from the order.
 */
import type { Provider } from '../genesis.ts';
import { compareBytes, equalBytes, taggedHash } from '../hash.ts';
import { regionDistance } from '../regions.ts';
import { durationMs, type HpuCycles, priceOf, type Zhi } from '../units.ts';

/** Failed attempts after which an order is given up and refunded. Clients seal a grant to this many providers. */
export const ATTEMPTS_MAX = 3;

export interface Quote {
  readonly provider: Provider;
  readonly cycles: HpuCycles;
  readonly priceZhi: Zhi;
  /** At the provider's attested rate, rounded up. */
  readonly durationMs: bigint;
}

export interface MatchQuestion {
  readonly demander: Uint8Array;
  readonly nonce: bigint;
  readonly region: number;
  readonly cycles: HpuCycles;
  readonly priceLimitZhi: Zhi;
  readonly excluded: readonly Uint8Array[];
}

function tieBreak(question: MatchQuestion, provider: Provider): Uint8Array {
  const nonce = new Uint8Array(8);
  for (let i = 0; i < 8; i++) nonce[i] = Number((question.nonce >> BigInt(8 * i)) & 0xffn);
  return taggedHash('HAI/match/1', question.demander, nonce, provider.key);
}

interface Candidate {
  readonly quote: Quote;
  readonly distance: number;
}

/** Cheapest, then nearest; the hash is only made for a tie of both. */
function byRank(question: MatchQuestion, a: Candidate, b: Candidate): number {
  if (a.quote.priceZhi !== b.quote.priceZhi) return a.quote.priceZhi < b.quote.priceZhi ? -1 : 1;
  if (a.distance !== b.distance) return a.distance - b.distance;
  return compareBytes(tieBreak(question, a.quote.provider), tieBreak(question, b.quote.provider));
}

/** The candidates within the price limit, best first. Empty when nobody may serve the order. */
export function rankProviders(table: readonly Provider[], question: MatchQuestion): Quote[] {
  const candidates: Candidate[] = [];
  for (const provider of table) {
    if (question.excluded.some((key) => equalBytes(key, provider.key))) continue;
    const price = priceOf(question.cycles, provider.askZhiPerMcycle);
    if (price > question.priceLimitZhi) continue;
    const quote = {
      provider,
      cycles: question.cycles,
      priceZhi: price as Zhi,
      durationMs: durationMs(question.cycles, provider.rateCyclesPerSecond),
    };
    candidates.push({ quote, distance: regionDistance(question.region, provider.region) });
  }
  return candidates.sort((a, b) => byRank(question, a, b)).map(({ quote }) => quote);
}

/** What an order's record says about who may serve it. */
export interface ServableOrder extends Omit<MatchQuestion, 'cycles'> {
  readonly quoteCycles: HpuCycles;
  readonly attempt: number;
}

/** Who may serve an order now, best first. Empty when its attempts are used up, or nobody is left within its price limit. */
export function providersLeft(table: readonly Provider[], order: ServableOrder): Quote[] {
  if (order.attempt > ATTEMPTS_MAX) return [];
  const { demander, nonce, region, quoteCycles: cycles, priceLimitZhi, excluded } = order;
  return rankProviders(table, { demander, nonce, region, cycles, priceLimitZhi, excluded });
}
