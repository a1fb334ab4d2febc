/**
 * Replays the transactions of one order, as a receipt holds them, and checks that they tell one whole story: the rule's
 * provider accepted, claimed, was checked and paid what it quoted.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Genesis } from '../genesis.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { billZhiOf, isBillable } from '../order/bill.ts';
import { ATTEMPTS_MAX, rankProviders } from '../order/matching.ts';
import { splitBill } from '../order/split.ts';
import { isPredicting, resultsOf, type Work, workCycles } from '../order/work.ts';
import { CHUNKS_MAX } from '../order/worklog.ts';
import { APPLIED } from '../result.ts';
import { decodeBatchSettle } from '../tx/batch-settle.ts';
import type { Transaction } from '../tx/envelope.ts';
import { decodeOrderConfirm } from '../tx/order-confirm.ts';
import { decodeOrderMatches, type OrderMatch } from '../tx/order-match.ts';
import { decodeOrderOpen, type OrderOpen, orderIdOf } from '../tx/order-open.ts';
import { decodeOrderOpenFor } from '../tx/order-open-for.ts';
import { decodeOrderSettles, type OrderSettle } from '../tx/order-settle.ts';
import { decodeResultProofs, type ResultProof } from '../tx/result-proof.ts';
import { isChecker, isSearcher } from '../tx/roles.ts';
import { txTypeName } from '../tx/types.ts';
import { decodeWorkProofs, type WorkProof } from '../tx/work-proof.ts';
import type { Zhi } from '../units.ts';

export interface TakenTransaction {
  readonly tx: Transaction;
  readonly hash: Hash;
  readonly outcome: readonly number[];
  /** [block, index]: the order in which the chain applied them. */
  readonly position: readonly [number, number];
  readonly height: bigint;
  readonly timeMs: bigint;
}

export interface StoryAttempt {
  readonly provider: string;
  readonly verdict: 'passed' | 'failed';
  readonly method: string;
}

export interface OrderStory {
  readonly order: string;
  readonly demander: string;
  readonly work: Work;
  readonly attempts: readonly StoryAttempt[];
  readonly provider: string;
  readonly quoteCycles: bigint;
  readonly billCycles: bigint;
  readonly priceLimitZhi: bigint;
  readonly billZhi: bigint;
  readonly refundZhi: bigint;
  readonly split: { readonly provider: Zhi; readonly searcher: Zhi; readonly seatPool: Zhi; readonly burned: Zhi };
  readonly results: number;
  readonly resultRoot: string;
  readonly logHead: string;
  readonly chunks: number;
}

interface Progress {
  open?: OrderOpen;
  demander?: Uint8Array;
  match: OrderMatch | undefined;
  work: WorkProof | undefined;
  verdict: ResultProof | undefined;
  checkedMs: bigint;
  confirmed: boolean;
  /** Providers whose result failed its check. */
  excluded: Uint8Array[];
  nonce: bigint;
  settle?: OrderSettle;
  attempts: StoryAttempt[];
}

/** The entry of a batch that concerns the order and was applied. */
function appliedEntry<E extends { order: Uint8Array }>(
  entries: E[],
  outcome: readonly number[],
  order: Hash,
): E | undefined {
  return entries.find((entry, i) => equalBytes(entry.order, order) && outcome[i] === APPLIED);
}

type Step = (progress: Progress, taken: TakenTransaction, order: Hash, genesis: Genesis) => string | undefined;

function openingOf(tx: Transaction): { open: OrderOpen; demander: Uint8Array } {
  if (txTypeName(tx.type) === 'orderOpen') return { open: decodeOrderOpen(tx.body), demander: tx.sender };
  const { order, payer } = decodeOrderOpenFor(tx.body);
  return { open: order, demander: payer };
}

const stepOpen: Step = (progress, { tx, hash, outcome }, order) => {
  const { open, demander } = openingOf(tx);
  if (progress.open || outcome[0] !== APPLIED || !equalBytes(orderIdOf(open.region, hash), order))
    return 'another order was opened';
  progress.open = open;
  progress.demander = demander;
  progress.nonce = tx.nonce;
  return undefined;
};

const stepMatch: Step = (progress, { tx, outcome }, order, genesis) => {
  const match = appliedEntry(decodeOrderMatches(tx.body), outcome, order);
  if (!match || !progress.open || progress.match) return 'a match out of place';
  if (!isSearcher(genesis, progress.open.region, tx.sender)) return 'a match by somebody who is not the searcher';
  if (match.attempt !== progress.attempts.length + 1) return 'a match of another attempt';
  const fault = matchFault(progress, progress.open, match, genesis);
  if (fault) return fault;
  progress.match = match;
  return undefined;
};

/**
 * The rule again: the best of the table for this demander, nonce, price limit and failed providers, at its price. The cycles of
 * a training, and the bound of a search, follow from the order; those of a prediction need the model's shape, which the receipt
 * does not hold.
 */
function matchFault(progress: Progress, open: OrderOpen, match: OrderMatch, genesis: Genesis): string | undefined {
  if (match.attempt > ATTEMPTS_MAX) return 'more attempts than the rule allows';
  if (!isPredicting(open.work)) {
    const cycles = workCycles(open.work);
    if (!cycles.ok || cycles.value !== match.quoteCycles) return 'a quote that the price table does not give';
  }
  const best = rankProviders(genesis.providers, {
    demander: progress.demander as Uint8Array,
    nonce: progress.nonce,
    region: open.region,
    cycles: match.quoteCycles,
    priceLimitZhi: open.priceLimitZhi,
    excluded: progress.excluded,
  })[0];
  if (!best || !equalBytes(best.provider.key, match.provider)) return 'a provider that the rule does not select';
  const priced = best.priceZhi === match.priceZhi && best.durationMs === match.quoteMs;
  return priced ? undefined : 'a price that the resource table does not give';
}

const stepWork: Step = (progress, { tx, outcome }, order, genesis) => {
  const work = appliedEntry(decodeWorkProofs(tx.body), outcome, order);
  const { open, match } = progress;
  if (!work || !open || !match || progress.work) return 'a work proof out of place';
  if (!isSearcher(genesis, open.region, tx.sender)) return 'a work proof by somebody who is not the searcher';
  if (!equalBytes(work.provider, match.provider) || work.attempt !== match.attempt) return 'work of another provider';
  if (!isBillable(open.work, work.cycles, match.quoteCycles)) return 'the work differs from the quote';
  if (work.chunks < 1 || work.chunks > CHUNKS_MAX) return 'a work log of no chunks, or of too many';
  if (work.results !== resultsOf(open.work)) return 'another number of results than the order asks for';
  progress.work = work;
  return undefined;
};

const stepResult: Step = (progress, { tx, outcome, timeMs }, order, genesis) => {
  const proof = appliedEntry(decodeResultProofs(tx.body), outcome, order);
  const { open, match, work } = progress;
  if (!proof || !open || !match || !work || progress.verdict) return 'a result proof out of place';
  if (!isChecker(genesis, open.region, tx.sender)) return "a verdict by somebody who is not the region's checker";
  if (proof.attempt !== work.attempt || !equalBytes(proof.resultRoot, work.resultRoot))
    return 'a verdict on another result';
  progress.attempts.push({ provider: bytesToHex(match.provider), verdict: proof.verdict, method: proof.method });
  if (proof.verdict === 'passed') {
    progress.verdict = proof;
    progress.checkedMs = timeMs;
  } else {
    progress.excluded.push(match.provider);
    progress.match = undefined;
    progress.work = undefined;
  }
  return undefined;
};

const stepConfirm: Step = (progress, { tx, outcome }, order) => {
  const confirm = decodeOrderConfirm(tx.body);
  if (outcome[0] !== APPLIED || !equalBytes(confirm.order, order) || !progress.verdict)
    return 'a confirmation out of place';
  if (!equalBytes(tx.sender, progress.demander as Uint8Array)) return 'confirmed by somebody else';
  if (!equalBytes(confirm.resultRoot, progress.verdict.resultRoot)) return 'another result was confirmed';
  progress.confirmed = true;
  return undefined;
};

/** What a BatchSettle that was applied says of one of its orders: the chain has looked the rest up in the order's record. */
function batchedSettlement(
  { work }: Progress,
  { tx, outcome }: TakenTransaction,
  order: Hash,
  genesis: Genesis,
): OrderSettle | undefined {
  const { orders } = decodeBatchSettle(tx.body);
  if (outcome[0] !== APPLIED || !work || !orders.some((one) => equalBytes(one, order))) return undefined;
  const { results, resultRoot } = work;
  return { order, results, resultRoot, billCycles: work.cycles, billZhi: billOf(work, genesis) };
}

/** What was claimed, at the provider's price: of work that is not metered, the quote. */
function billOf(work: WorkProof, genesis: Genesis): Zhi {
  const provider = genesis.providers.find(({ key }) => equalBytes(key, work.provider));
  if (!provider) throw new Error('a match with a provider that is not in the table');
  return billZhiOf(work.cycles, provider);
}

function settlementIn(
  progress: Progress,
  taken: TakenTransaction,
  order: Hash,
  genesis: Genesis,
): OrderSettle | undefined {
  if (txTypeName(taken.tx.type) === 'batchSettle') return batchedSettlement(progress, taken, order, genesis);
  return appliedEntry(decodeOrderSettles(taken.tx.body), taken.outcome, order);
}

const stepSettle: Step = (progress, taken, order, genesis) => {
  const { tx, timeMs } = taken;
  const settle = settlementIn(progress, taken, order, genesis);
  const { match, work, verdict, open } = progress;
  if (!settle || !match || !work || !verdict || !open || progress.settle) return 'a settlement out of place';
  if (!isSearcher(genesis, open.region, tx.sender)) return 'a settlement by somebody who is not the searcher';
  if (settle.billCycles !== work.cycles || settle.billZhi !== billOf(work, genesis))
    return 'the bill differs from the quote';
  const { confirm } = open;
  if (confirm.kind === 'manual' && !progress.confirmed && timeMs < progress.checkedMs + confirm.windowMs)
    return 'settled without a confirmation, and before its window was over';
  if (settle.billZhi > open.priceLimitZhi) return 'the bill is above the price limit';
  if (settle.results !== work.results || !equalBytes(settle.resultRoot, work.resultRoot))
    return 'another result was settled';
  progress.settle = settle;
  return undefined;
};

const STEPS: Record<string, Step> = {
  orderOpen: stepOpen,
  orderOpenFor: stepOpen,
  orderMatch: stepMatch,
  workProof: stepWork,
  resultProof: stepResult,
  orderConfirm: stepConfirm,
  orderSettle: stepSettle,
  batchSettle: stepSettle,
};

/** The story, or what breaks it. */
export function storyOf(order: Hash, taken: readonly TakenTransaction[], genesis: Genesis): OrderStory | string {
  const progress: Progress = {
    match: undefined,
    work: undefined,
    verdict: undefined,
    checkedMs: 0n,
    nonce: 0n,
    excluded: [],
    confirmed: false,
    attempts: [],
  };
  let last: readonly [number, number] = [-1, -1];
  for (const one of taken) {
    const [block, index] = one.position;
    if (block < last[0] || (block === last[0] && index <= last[1])) return 'transactions out of order';
    last = one.position;
    const step = STEPS[txTypeName(one.tx.type) ?? ''];
    if (!step) return 'a transaction that is not part of an order';
    const fault = step(progress, one, order, genesis);
    if (fault) return fault;
  }
  return finished(order, progress);
}

function finished(order: Hash, progress: Progress): OrderStory | string {
  const { open, demander, match, work, settle } = progress;
  if (!open || !demander || !match || !work || !settle) return 'the order is not settled';
  return {
    order: bytesToHex(order),
    demander: bytesToHex(demander),
    work: open.work,
    attempts: progress.attempts,
    provider: bytesToHex(match.provider),
    quoteCycles: match.quoteCycles,
    billCycles: settle.billCycles,
    priceLimitZhi: open.priceLimitZhi,
    billZhi: settle.billZhi,
    refundZhi: open.priceLimitZhi - settle.billZhi,
    split: splitBill(settle.billZhi),
    results: settle.results,
    resultRoot: bytesToHex(settle.resultRoot),
    logHead: bytesToHex(work.logHead),
    chunks: work.chunks,
  };
}
