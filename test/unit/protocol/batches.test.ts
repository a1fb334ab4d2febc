/** BatchSettle and BatchClaim: only what the records give is settled, and each leaf is paid once. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import type { Hash } from '../../../protocol/hash.ts';
import { merklePath, merkleRoot } from '../../../protocol/merkle.ts';
import { splitBill } from '../../../protocol/order/split.ts';
import {
  BATCH_CLAIM_MS,
  BATCH_ORDERS_MAX,
  BATCH_PATH_MAX,
  type BatchLeaf,
  batches,
  encodeBatchLeaf,
} from '../../../protocol/record/batch.ts';
import { type BatchClaim, encodeBatchClaims } from '../../../protocol/tx/batch-claim.ts';
import { type BatchSettle, encodeBatchSettle } from '../../../protocol/tx/batch-settle.ts';
import { TX_BYTES_MAX, transactionHash } from '../../../protocol/tx/envelope.ts';
import { BATCH_ENTRIES_MAX } from '../../../protocol/tx/rule.ts';
import type { HpuCycles, UnixMs, Zhi } from '../../../protocol/units.ts';
import { advance, applyTo } from '../../support/apply.ts';
import { bookFaults } from '../../support/books.ts';
import type { TestChain } from '../../support/chain.ts';
import { openOrder, steps } from '../../support/order-life.ts';
import {
  checker,
  demander,
  expectRefused,
  funded,
  network,
  searcher,
  stranger,
  UNKNOWN,
} from '../../support/order-stages.ts';

const LIMIT_ZHI = 1_000_000n;

function confirmedOrder(chain: TestChain, by = demander, manual = false): Hash {
  const confirm = manual ? ({ kind: 'manual', windowMs: 60_000n as UnixMs } as const) : ({ kind: 'auto' } as const);
  const { id, bytes } = openOrder(chain, by, { confirm });
  advance(chain, bytes);
  advance(chain, steps.match(chain, id));
  advance(chain, steps.work(chain, id));
  advance(chain, steps.verdict(chain, id));
  return id;
}

function leavesOf(chain: TestChain, orders: readonly Hash[]): BatchLeaf[] {
  return orders.map((order) => {
    const record = chain.state.order(order);
    if (!record?.match) throw new Error('not matched');
    const { provider, billZhi } = record.match;
    return { order, provider, demander: record.demander, billZhi };
  });
}

function batchBody(chain: TestChain, orders: readonly Hash[], change: Partial<BatchSettle> = {}): Uint8Array {
  const leaves = leavesOf(chain, orders);
  const cycles = orders.reduce((sum, id) => sum + (chain.state.order(id)?.match?.billCycles ?? 0n), 0n);
  return encodeBatchSettle({
    orders: [...orders],
    root: merkleRoot(leaves.map(encodeBatchLeaf)),
    billCycles: cycles as HpuCycles,
    billZhi: leaves.reduce((sum, { billZhi }) => sum + billZhi, 0n) as Zhi,
    ...change,
  });
}

/** Two of the demander's orders and one of the stranger's. */
function threeOrders() {
  const chain = funded();
  const orders = [confirmedOrder(chain), confirmedOrder(chain, stranger), confirmedOrder(chain)];
  return { chain, orders };
}

function settledBatch() {
  const { chain, orders } = threeOrders();
  const leaves = leavesOf(chain, orders);
  chain.forgetUnsealed();
  const bytes = chain.sign(searcher, 'batchSettle', batchBody(chain, orders));
  advance(chain, bytes);
  return { chain, orders, leaves, id: transactionHash(bytes) };
}

function claimOf({ leaves, id }: { leaves: BatchLeaf[]; id: Hash }, index: number, change: Partial<BatchClaim> = {}) {
  const path = merklePath(leaves.map(encodeBatchLeaf), index);
  return { batch: id, index, ...(leaves[index] as BatchLeaf), path, ...change };
}

const settle = (chain: TestChain, body: Uint8Array, by = searcher) =>
  applyTo(chain, chain.sign(by, 'batchSettle', body));
const claim = (chain: TestChain, claims: BatchClaim[], by = stranger, timeMs?: bigint) =>
  applyTo(chain, chain.sign(by, 'batchClaim', encodeBatchClaims(claims)), timeMs);

describe('BatchSettle', () => {
  test('settles every order, returns what exceeds the bills, and holds the bills', () => {
    const { chain, orders } = threeOrders();
    const bill = leavesOf(chain, orders)[0]?.billZhi as bigint;
    const before = [demander, stranger].map(({ key }) => chain.state.account(key)?.balanceZhi ?? 0n);
    const { outcome, state } = settle(chain, batchBody(chain, orders));
    expect(outcome).toEqual(['applied']);
    expect(orders.map((id) => state.order(id)?.state)).toEqual(['settled', 'settled', 'settled']);
    expect(state.account(SYSTEM_ACCOUNT.batches)?.balanceZhi).toBe(3n * bill);
    expect(state.account(SYSTEM_ACCOUNT.escrow)?.balanceZhi).toBe(0n);
    const after = [demander, stranger].map(({ key }) => state.account(key)?.balanceZhi ?? 0n);
    expect(after).toEqual([(before[0] ?? 0n) + 2n * (LIMIT_ZHI - bill), (before[1] ?? 0n) + LIMIT_ZHI - bill]);
  });

  test('counts the cycles of its orders into the header, and a refused one none', () => {
    const { chain, orders } = threeOrders();
    const cycles = chain.state.order(orders[0] as Hash)?.match?.billCycles as bigint;
    const good = chain.build([chain.sign(searcher, 'batchSettle', batchBody(chain, orders))]);
    expect(good.block.header.cyclesBilled).toBe(3n * cycles);
    chain.forgetUnsealed();
    const bad = chain.build([chain.sign(searcher, 'batchSettle', batchBody(chain, orders, { root: UNKNOWN }))]);
    expect(bad.block.header.cyclesBilled).toBe(0n);
  });

  test.each<[string, Partial<BatchSettle>, string]>([
    ['another root', { root: UNKNOWN }, 'batch_mismatch'],
    ['a larger total', { billZhi: LIMIT_ZHI as Zhi }, 'batch_mismatch'],
    ['other cycles', { billCycles: 1n as HpuCycles }, 'batch_mismatch'],
    ['no orders', { orders: [] }, 'invalid_field'],
    ['an unknown order', { orders: [UNKNOWN] }, 'unknown_order'],
  ])('refuses %s, and settles none of them', (_, change, code) => {
    const { chain, orders } = threeOrders();
    expectRefused(chain, searcher, settle(chain, batchBody(chain, orders, change)), code);
  });

  test('refuses an order twice, one that nobody checked, one that waits for its demander, and a stranger', () => {
    const { chain, orders } = threeOrders();
    const [first] = orders as [Hash];
    expectRefused(chain, searcher, settle(chain, batchBody(chain, [first, first])), 'illegal_transition');
    expectRefused(chain, stranger, settle(chain, batchBody(chain, orders), stranger), 'not_authorised');
    expectRefused(chain, checker, settle(chain, batchBody(chain, orders), checker), 'not_authorised');
    const foreign = network.searcher('sam');
    expectRefused(chain, foreign, settle(chain, batchBody(chain, orders), foreign), 'not_authorised');
    const waiting = confirmedOrder(chain, demander, true);
    expectRefused(chain, searcher, settle(chain, batchBody(chain, [first, waiting])), 'illegal_transition');
    const { id, bytes } = openOrder(chain, demander);
    advance(chain, bytes);
    advance(chain, steps.match(chain, id));
    advance(chain, steps.work(chain, id));
    expectRefused(chain, searcher, settle(chain, batchBody(chain, [first, id])), 'illegal_transition');
  });

  test('takes a checked order after the silence of its demander', () => {
    const chain = funded();
    const id = confirmedOrder(chain, demander, true);
    const body = batchBody(chain, [id]);
    const at = (ms: bigint) => applyTo(chain, chain.sign(searcher, 'batchSettle', body), ms).outcome;
    const checkedMs = chain.state.order(id)?.checkedMs ?? 0n;
    expect(at(checkedMs + 59_999n)).toEqual(['illegal_transition']);
    expect(at(checkedMs + 60_000n)).toEqual(['applied']);
  });

  test('of as many orders as it may, and claims of as many leaves, fit a transaction', () => {
    const chain = funded();
    const orders = Array.from({ length: BATCH_ORDERS_MAX }, () => UNKNOWN);
    const body = encodeBatchSettle({ orders, root: UNKNOWN, billCycles: 0n as HpuCycles, billZhi: 0n as Zhi });
    expect(chain.sign(searcher, 'batchSettle', body).length).toBeLessThanOrEqual(TX_BYTES_MAX);
    const path = Array.from({ length: BATCH_PATH_MAX }, () => UNKNOWN);
    const leaf = { order: UNKNOWN, provider: UNKNOWN, demander: UNKNOWN, billZhi: 1n as Zhi };
    const claims = Array.from({ length: BATCH_ENTRIES_MAX }, () => ({ batch: UNKNOWN, index: 0, ...leaf, path }));
    const claimBytes = chain.sign(stranger, 'batchClaim', encodeBatchClaims(claims));
    expect(claimBytes.length).toBeLessThanOrEqual(TX_BYTES_MAX);
    expect(2 ** BATCH_PATH_MAX).toBeGreaterThanOrEqual(BATCH_ORDERS_MAX);
  });
});

describe('BatchClaim', () => {
  test('pays the leaf’s provider and the shares, whoever sends it', () => {
    const batch = settledBatch();
    const { chain, leaves, id } = batch;
    const leaf = leaves[1] as BatchLeaf;
    const { outcome, state } = claim(chain, [claimOf(batch, 1)]);
    const gain = (key: Uint8Array) =>
      (state.account(key)?.balanceZhi ?? 0n) - (chain.state.account(key)?.balanceZhi ?? 0n);
    const split = splitBill(leaf.billZhi);
    expect(outcome).toEqual(['applied']);
    expect(gain(leaf.provider)).toBe(split.provider);
    expect(gain(searcher.key)).toBe(split.searcher);
    expect(gain(SYSTEM_ACCOUNT.seatPool)).toBe(split.seatPool);
    expect(gain(SYSTEM_ACCOUNT.burned)).toBe(split.burned);
    expect(gain(stranger.key)).toBe(0n);
    expect(batches.read(state, id)?.heldZhi).toBe(2n * leaf.billZhi);
  });

  test('pays each leaf once, in one transaction or in two', () => {
    const batch = settledBatch();
    const { chain } = batch;
    expect(claim(chain, [claimOf(batch, 0), claimOf(batch, 0)]).outcome).toEqual(['applied', 'already_claimed']);
    for (const index of [2, 0, 1]) {
      chain.forgetUnsealed();
      advance(chain, chain.sign(stranger, 'batchClaim', encodeBatchClaims([claimOf(batch, index)])));
      expectRefused(chain, stranger, claim(chain, [claimOf(batch, index)]), 'already_claimed');
    }
    expect(chain.state.account(SYSTEM_ACCOUNT.batches)?.balanceZhi).toBe(0n);
    expect(bookFaults(chain.state)).toEqual([]);
  });

  test('after its time returns the bill to the demander, and not a millisecond before', () => {
    const batch = settledBatch();
    const { chain, leaves } = batch;
    const { demander: payer, provider, billZhi } = leaves[1] as BatchLeaf;
    const expiryMs = chain.parent.timeMs + BATCH_CLAIM_MS;
    const gains = (timeMs: bigint) => {
      const { state } = claim(chain, [claimOf(batch, 1)], demander, timeMs);
      return [payer, provider].map((key) => {
        return (state.account(key)?.balanceZhi ?? 0n) - (chain.state.account(key)?.balanceZhi ?? 0n);
      });
    };
    expect(gains(expiryMs - 1n)).toEqual([0n, splitBill(billZhi).provider]);
    expect(gains(expiryMs)).toEqual([billZhi, 0n]);
  });

  test.each<[string, Partial<BatchClaim>, string]>([
    ['an unknown batch', { batch: UNKNOWN }, 'unknown_batch'],
    ['another leaf’s place', { index: 0 }, 'proof_invalid'],
    ['a place beyond the leaves', { index: 3 }, 'proof_invalid'],
    ['a place beyond the bitmap', { index: 255 }, 'proof_invalid'],
    ['a larger bill', { billZhi: LIMIT_ZHI as Zhi }, 'proof_invalid'],
    ['another provider', { provider: stranger.key }, 'proof_invalid'],
    ['another demander', { demander: searcher.key }, 'proof_invalid'],
    ['another order', { order: UNKNOWN }, 'proof_invalid'],
    ['no path', { path: [] }, 'proof_invalid'],
    ['another path', { path: [UNKNOWN, UNKNOWN] }, 'proof_invalid'],
  ])('refuses %s', (_, change, code) => {
    const batch = settledBatch();
    expectRefused(batch.chain, stranger, claim(batch.chain, [claimOf(batch, 1, change)]), code);
  });
});
