/** The transactions of one order's life, each made from the chain's state as its party would make it. */
import { sign } from '../../protocol/ed25519.ts';
import { type Hash, taggedHash } from '../../protocol/hash.ts';
import { rankProviders } from '../../protocol/order/matching.ts';
import type { ConfirmPolicy, OrderRecord } from '../../protocol/order/record.ts';
import { resultsOf, type SearchWork, type TrainWork, type Work } from '../../protocol/order/work.ts';
import { logHead, stateHash } from '../../protocol/order/worklog.ts';
import { type Region, regionNumber, regionOf } from '../../protocol/regions.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import { encodeOrderConfirm } from '../../protocol/tx/order-confirm.ts';
import { acceptanceBytes, encodeOrderMatches, type OrderMatch } from '../../protocol/tx/order-match.ts';
import { encodeOrderOpen, type OrderOpen, orderIdOf } from '../../protocol/tx/order-open.ts';
import { encodeOrderRefund, type RefundReason } from '../../protocol/tx/order-refund.ts';
import { encodeOrderSettles, type OrderSettle } from '../../protocol/tx/order-settle.ts';
import { encodeResultProofs, type ResultProof } from '../../protocol/tx/result-proof.ts';
import { claimBytes, encodeWorkProofs, type WorkProof } from '../../protocol/tx/work-proof.ts';
import { hpuCycles, type UnixMs, type Zhi } from '../../protocol/units.ts';
import type { TestChain } from './chain.ts';
import type { KeyPair } from './keys.ts';
import type { TestNetwork } from './network.ts';

/** Some 20 k cycles. */
export const SMALL_TRAIN: TrainWork & { kind: 'train' } = {
  kind: 'train',
  rows: 40,
  features: 4,
  hidden: 8,
  classes: 2,
  epochs: 1,
  batch: 8,
  seed: 7n,
};

/** Metered: billed below its budget. */
export const SMALL_SEARCH: SearchWork = {
  kind: 'search',
  rows: 40,
  columns: 4,
  classes: 2,
  images: false,
  trials: 4,
  folds: 3,
  budget: hpuCycles(100_000n),
  rowCycles: 1_000,
  seed: 7n,
};

const HOUR_MS = 3_600_000n;

export function openBody(chain: TestChain, change: Partial<OrderOpen> = {}): OrderOpen {
  return {
    work: SMALL_TRAIN,
    priceLimitZhi: 1_000_000n as Zhi,
    confirm: { kind: 'auto' } as ConfirmPolicy,
    deadlineMs: (chain.parent.timeMs + HOUR_MS) as UnixMs,
    region: regionNumber('weur'),
    sealedHash: taggedHash('HAI/test-sealed'),
    inputs: [],
    ...change,
  };
}

export interface OpenedOrder {
  readonly id: Hash;
  readonly bytes: Uint8Array;
}

export function openOrder(chain: TestChain, demander: KeyPair, change: Partial<OrderOpen> = {}): OpenedOrder {
  const body = openBody(chain, change);
  const bytes = chain.sign(demander, 'orderOpen', encodeOrderOpen(body));
  return { id: orderIdOf(body.region, transactionHash(bytes)), bytes };
}

function recordOf(chain: TestChain, id: Hash): OrderRecord {
  const record = chain.state.order(id);
  if (!record) throw new Error('no such order');
  return record;
}

const searcherOf = (chain: TestChain, record: OrderRecord): KeyPair =>
  chain.network.searcher(regionOf(record.region) as Region);

export function providerPair(network: TestNetwork, key: Uint8Array): KeyPair {
  const pair = network.providers.find((provider) => provider.key.every((byte, i) => byte === key[i]));
  if (!pair) throw new Error('not a provider of this network');
  return pair;
}

/** What the rule selects, accepted by the provider. `change` is made before the provider signs. */
export function matchEntry(chain: TestChain, id: Hash, change: Partial<OrderMatch> = {}): OrderMatch {
  const record = recordOf(chain, id);
  const { demander, nonce, region, quoteCycles: cycles, priceLimitZhi, excluded } = record;
  const question = { demander, nonce, region, cycles, priceLimitZhi, excluded };
  const best = rankProviders(chain.network.genesis.providers, question)[0];
  if (!best) throw new Error('no provider is left');
  const acceptance = {
    order: id,
    attempt: record.attempt,
    provider: best.provider.key,
    quoteCycles: best.cycles,
    priceZhi: best.priceZhi,
    quoteMs: best.durationMs,
    ...change,
  };
  const { seed } = providerPair(chain.network, acceptance.provider);
  return { ...acceptance, acceptance: sign(seed, acceptanceBytes(chain.network.hash, acceptance)) };
}

export function testResultRoot(id: Hash, attempt: number): Hash {
  return taggedHash('HAI/test-result', id, new Uint8Array([attempt]));
}

export function workEntry(chain: TestChain, id: Hash, change: Partial<WorkProof> = {}): WorkProof {
  const record = recordOf(chain, id);
  const { match, attempt, work } = record;
  if (!match) throw new Error('not matched');
  const entries = [{ chunk: 0, stateHash: stateHash(new Uint8Array([attempt])), cycles: match.billCycles }];
  const claim = {
    order: id,
    attempt,
    provider: match.provider,
    chunks: 1,
    cycles: match.billCycles,
    logHead: logHead(id, attempt, entries),
    results: resultsOf(work),
    resultRoot: testResultRoot(id, attempt),
    ...change,
  };
  const { seed } = providerPair(chain.network, claim.provider);
  return { ...claim, claim: sign(seed, claimBytes(chain.network.hash, claim)) };
}

export function verdictEntry(chain: TestChain, id: Hash, change: Partial<ResultProof> = {}): ResultProof {
  const record = recordOf(chain, id);
  if (!record.claim) throw new Error('not computed');
  const { attempt, claim } = record;
  return {
    order: id,
    attempt,
    verdict: 'passed',
    method: 'replay',
    checkedParts: 1,
    resultRoot: claim.resultRoot,
    ...change,
  };
}

export function settleEntry(chain: TestChain, id: Hash, change: Partial<OrderSettle> = {}): OrderSettle {
  const { match, claim } = recordOf(chain, id);
  if (!match || !claim) throw new Error('not computed');
  const { results, resultRoot } = claim;
  return { order: id, results, resultRoot, billCycles: match.billCycles, billZhi: match.billZhi, ...change };
}

/** Signed by the party whose step it is: the order's searcher, the checker of its region, or its demander. */
export const steps = {
  match: (chain: TestChain, id: Hash, change: Partial<OrderMatch> = {}) =>
    chain.sign(
      searcherOf(chain, recordOf(chain, id)),
      'orderMatch',
      encodeOrderMatches([matchEntry(chain, id, change)]),
    ),
  work: (chain: TestChain, id: Hash, change: Partial<WorkProof> = {}) =>
    chain.sign(searcherOf(chain, recordOf(chain, id)), 'workProof', encodeWorkProofs([workEntry(chain, id, change)])),
  verdict(chain: TestChain, id: Hash, change: Partial<ResultProof> = {}) {
    const checker = chain.network.checker(regionOf(recordOf(chain, id).region) as Region);
    return chain.sign(checker, 'resultProof', encodeResultProofs([verdictEntry(chain, id, change)]));
  },
  confirm: (chain: TestChain, id: Hash, by: KeyPair) =>
    chain.sign(
      by,
      'orderConfirm',
      encodeOrderConfirm({ order: id, resultRoot: recordOf(chain, id).claim?.resultRoot as Hash }),
    ),
  settle: (chain: TestChain, id: Hash, change: Partial<OrderSettle> = {}) =>
    chain.sign(
      searcherOf(chain, recordOf(chain, id)),
      'orderSettle',
      encodeOrderSettles([settleEntry(chain, id, change)]),
    ),
  refund: (chain: TestChain, id: Hash, by: KeyPair, reason: RefundReason) =>
    chain.sign(by, 'orderRefund', encodeOrderRefund({ order: id, reason })),
};

/** open, match, work (of metered work, of so many `cycles`), a passed check, settle: a block each. */
export async function runOrder(
  chain: TestChain,
  demander: KeyPair,
  work: Work,
  change: Partial<OrderOpen> = {},
  claim: Partial<WorkProof> = {},
): Promise<Hash> {
  const { id, bytes } = openOrder(chain, demander, { work, ...change });
  await chain.seal([bytes]);
  await chain.seal([steps.match(chain, id)]);
  await chain.seal([steps.work(chain, id, claim)]);
  await chain.seal([steps.verdict(chain, id)]);
  await chain.seal([steps.settle(chain, id)]);
  return id;
}
