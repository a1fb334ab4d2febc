/** Random bodies of the transactions of orders' lives. */
import { taggedHash } from '../../../protocol/hash.ts';
import { merklePath, merkleRoot } from '../../../protocol/merkle.ts';
import { providersLeft } from '../../../protocol/order/matching.ts';
import type { OrderRecord } from '../../../protocol/order/record.ts';
import { type BatchLeaf, encodeBatchLeaf } from '../../../protocol/record/batch.ts';
import { regionNumber, regionOf } from '../../../protocol/regions.ts';
import { encodeBatchClaims } from '../../../protocol/tx/batch-claim.ts';
import { encodeBatchSettle } from '../../../protocol/tx/batch-settle.ts';
import { encodeOrderConfirm } from '../../../protocol/tx/order-confirm.ts';
import { encodeOrderMatches } from '../../../protocol/tx/order-match.ts';
import { encodeOrderOpen, type OrderOpen } from '../../../protocol/tx/order-open.ts';
import { encodeOrderOpenFor } from '../../../protocol/tx/order-open-for.ts';
import { encodeOrderRefund, REFUND_REASONS } from '../../../protocol/tx/order-refund.ts';
import { encodeOrderSettles } from '../../../protocol/tx/order-settle.ts';
import { encodeResultProofs } from '../../../protocol/tx/result-proof.ts';
import { encodeWorkProofs } from '../../../protocol/tx/work-proof.ts';
import type { HpuCycles, UnixMs, Zhi } from '../../../protocol/units.ts';
import { SMALL_TRAIN } from '../order-life.ts';
import { type BodyMaker, type FoundOrder, orderIn, type WorldView } from './world-view.ts';

const NO_SIGNATURE = new Uint8Array(64);
const SEALED = taggedHash('HAI/test-sealed');

const searcherOf = ({ network, draw, users }: WorldView, record: OrderRecord): Uint8Array =>
  draw.chance(0.04) ? draw.pick(users).key : network.searcher(regionOf(record.region)).key;

function openBody({ draw, timeMs }: WorldView, homeRegion: number): OrderOpen {
  const manual = draw.chance(0.3);
  return {
    work: SMALL_TRAIN,
    priceLimitZhi: BigInt(draw.chance(0.05) ? draw.below(100) : 40_000 + draw.below(60_000)) as Zhi,
    confirm: manual ? { kind: 'manual', windowMs: BigInt(draw.below(8000)) as UnixMs } : { kind: 'auto' },
    deadlineMs: (timeMs + BigInt(draw.chance(0.3) ? draw.below(20_000) : 1 + draw.below(86_400_000))) as UnixMs,
    region: draw.chance(0.03) ? regionNumber('sam') : homeRegion,
    sealedHash: SEALED,
    inputs: [],
  };
}

const homeOf = ({ state }: WorldView, key: Uint8Array): number => state.account(key)?.homeRegion ?? 0;

const orderOpen: BodyMaker = (view) => {
  const sender = view.draw.pick(view.users).key;
  return { sender, body: encodeOrderOpen(openBody(view, homeOf(view, sender))) };
};

const orderOpenFor: BodyMaker = (view) => {
  const sender = view.draw.pick(view.bearers).key;
  const payer = view.draw.pick(view.users).key;
  return { sender, body: encodeOrderOpenFor({ payer, order: openBody(view, homeOf(view, payer)) }) };
};

const attemptOf = ({ draw }: WorldView, { attempt }: OrderRecord): number => (draw.chance(0.03) ? 9 : attempt);

const orderMatch: BodyMaker = (view) => {
  const found = orderIn(view, ['open']);
  const best = found && providersLeft(view.network.genesis.providers, found.record)[0];
  if (!found || !best) return undefined;
  const entry = {
    order: found.id,
    attempt: attemptOf(view, found.record),
    provider: best.provider.key,
    quoteCycles: best.cycles,
    priceZhi: best.priceZhi,
    quoteMs: best.durationMs,
    acceptance: NO_SIGNATURE,
  };
  return { sender: searcherOf(view, found.record), body: encodeOrderMatches([entry]) };
};

const workProof: BodyMaker = (view) => {
  const found = orderIn(view, ['matched']);
  const match = found?.record.match;
  if (!found || !match) return undefined;
  const entry = {
    order: found.id,
    attempt: attemptOf(view, found.record),
    provider: match.provider,
    chunks: 1,
    cycles: match.billCycles,
    logHead: SEALED,
    results: 1,
    resultRoot: taggedHash('HAI/test-result', found.id),
    claim: NO_SIGNATURE,
  };
  return { sender: searcherOf(view, found.record), body: encodeWorkProofs([entry]) };
};

const resultProof: BodyMaker = (view) => {
  const found = orderIn(view, ['computed']);
  if (!found?.record.claim) return undefined;
  const { record, id } = found;
  const entry = {
    order: id,
    attempt: attemptOf(view, record),
    verdict: view.draw.chance(0.85) ? 'passed' : 'failed',
    method: 'replay',
    checkedParts: 1,
    resultRoot: found.record.claim.resultRoot,
  } as const;
  const checker = view.network.checker(regionOf(record.region)).key;
  return { sender: view.draw.chance(0.04) ? searcherOf(view, record) : checker, body: encodeResultProofs([entry]) };
};

const orderConfirm: BodyMaker = (view) => {
  const found = orderIn(view, ['checked']);
  if (!found?.record.claim) return undefined;
  const body = encodeOrderConfirm({ order: found.id, resultRoot: found.record.claim.resultRoot });
  return { sender: view.draw.chance(0.1) ? view.draw.pick(view.users).key : found.record.demander, body };
};

const orderSettle: BodyMaker = (view) => {
  const found = orderIn(view, ['confirmed', 'checked']);
  if (!found?.record.match || !found.record.claim) return undefined;
  const { match, claim } = found.record;
  const billZhi = (view.draw.chance(0.05) ? match.billZhi + 1n : match.billZhi) as Zhi;
  const entry = {
    order: found.id,
    results: claim.results,
    resultRoot: claim.resultRoot,
    billCycles: match.billCycles,
    billZhi,
  };
  const entries = view.draw.chance(0.1) ? [entry, entry] : [entry];
  return { sender: searcherOf(view, found.record), body: encodeOrderSettles(entries) };
};

const orderRefund: BodyMaker = (view) => {
  const found = orderIn(view, ['open', 'matched', 'computed']);
  if (!found) return undefined;
  const reason = view.draw.pick(REFUND_REASONS);
  const isSearchers = reason === 'giveUp' || reason === 'decline';
  const sender = isSearchers ? searcherOf(view, found.record) : found.record.demander;
  return { sender, body: encodeOrderRefund({ order: found.id, reason }) };
};

export function leavesOf(found: readonly FoundOrder[]): BatchLeaf[] {
  return found.flatMap(({ id, record }) => {
    const { match, demander } = record;
    return match ? [{ order: id, provider: match.provider, demander, billZhi: match.billZhi }] : [];
  });
}

/** Orders of one region that can be settled, of some draws; an order may come twice. */
const batchSettle: BodyMaker = (view) => {
  const found: FoundOrder[] = [];
  for (let i = 0; i < 4; i++) {
    const one = orderIn(view, ['confirmed']);
    if (one?.record.match && one.record.region === (found[0] ?? one).record.region) found.push(one);
  }
  const [first] = found;
  if (!first) return undefined;
  const isNew = (one: FoundOrder, i: number) => found.findIndex(({ id }) => id === one.id) === i;
  const orders = view.draw.chance(0.1) ? found : found.filter(isNew);
  const leaves = leavesOf(orders);
  const body = {
    orders: orders.map(({ id }) => id),
    root: view.draw.chance(0.05) ? SEALED : merkleRoot(leaves.map(encodeBatchLeaf)),
    billCycles: orders.reduce((sum, { record }) => sum + (record.match?.billCycles ?? 0n), 0n) as HpuCycles,
    billZhi: leaves.reduce((sum, { billZhi }) => sum + billZhi, 0n) as Zhi,
  };
  return { sender: searcherOf(view, first.record), body: encodeBatchSettle(body) };
};

const batchClaim: BodyMaker = (view) => {
  const { draw, batches, users } = view;
  if (batches.length === 0) return undefined;
  const batch = draw.pick(batches);
  const index = draw.below(batch.leaves.length);
  const leaf = batch.leaves[index] as BatchLeaf;
  const path = merklePath(batch.leaves.map(encodeBatchLeaf), index);
  const billZhi = (draw.chance(0.05) ? leaf.billZhi + 1n : leaf.billZhi) as Zhi;
  const body = encodeBatchClaims([{ batch: batch.id, index, ...leaf, billZhi, path }]);
  return { sender: draw.chance(0.5) ? leaf.provider : draw.pick(users).key, body };
};

export const ORDER_BODIES = {
  orderOpen,
  orderOpenFor,
  orderMatch,
  workProof,
  resultProof,
  orderConfirm,
  orderSettle,
  orderRefund,
  batchSettle,
  batchClaim,
} as const satisfies Record<string, BodyMaker>;
