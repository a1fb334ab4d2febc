/** What each order rule refuses, with its code; its twin that is applied; and that a refusal moves nothing. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import type { Hash } from '../../../protocol/hash.ts';
import { splitBill } from '../../../protocol/order/split.ts';
import { encodeOrderConfirm } from '../../../protocol/tx/order-confirm.ts';
import { encodeOrderSettles, type OrderSettle } from '../../../protocol/tx/order-settle.ts';
import { encodeResultProofs, type ResultProof } from '../../../protocol/tx/result-proof.ts';
import type { HpuCycles, UnixMs, Zhi } from '../../../protocol/units.ts';
import { advance, applyTo } from '../../support/apply.ts';
import type { TestChain } from '../../support/chain.ts';
import type { KeyPair } from '../../support/keys.ts';
import { settleEntry, steps, verdictEntry } from '../../support/order-life.ts';

import {
  checker,
  demander,
  expectRefused,
  network,
  orderAt,
  searcher,
  stranger,
  UNKNOWN,
} from '../../support/order-stages.ts';

describe('ResultProof', () => {
  const verdict = (chain: TestChain, id: Hash, change: Partial<ResultProof> = {}, by = checker) =>
    applyTo(chain, chain.sign(by, 'resultProof', encodeResultProofs([verdictEntry(chain, id, change)])));

  test('a pass confirms an auto order, and leaves a manual one to its demander', () => {
    const auto = orderAt('computed');
    expect(verdict(auto.chain, auto.id).state.order(auto.id)?.state).toBe('confirmed');
    const manual = orderAt('computed', { confirm: { kind: 'manual', windowMs: 1000n as UnixMs } });
    const after = verdict(manual.chain, manual.id).state.order(manual.id);
    expect(after).toMatchObject({ state: 'checked', checkedMs: manual.chain.parent.timeMs + 1000n });
  });

  test('a fail excludes the provider, opens the next attempt, and pays nobody', () => {
    const { chain, id } = orderAt('computed');
    const { state, postings } = verdict(chain, id, { verdict: 'failed' });
    const liar = network.providers[0]?.key;
    expect(state.order(id)).toMatchObject({ state: 'open', attempt: 2, excluded: [liar] });
    expect(state.order(id)?.match).toBeUndefined();
    expect(state.order(id)?.claim).toBeUndefined();
    expect(postings).toEqual([]);
  });

  test.each<[string, Partial<ResultProof>, string]>([
    ['an unknown order', { order: UNKNOWN }, 'unknown_order'],
    ['another attempt', { attempt: 2 }, 'attempt_mismatch'],
    ['another result', { resultRoot: UNKNOWN }, 'result_mismatch'],
    ['a failing verdict on another result', { verdict: 'failed', resultRoot: UNKNOWN }, 'result_mismatch'],
  ])('refuses %s', (_, change, code) => {
    const { chain, id } = orderAt('computed');
    expectRefused(chain, checker, verdict(chain, id, change), code);
  });

  test("refuses a stranger, the searcher and another region's checker", () => {
    const { chain, id } = orderAt('computed');
    expectRefused(chain, stranger, verdict(chain, id, {}, stranger), 'not_authorised');
    expectRefused(chain, searcher, verdict(chain, id, {}, searcher), 'not_authorised');
    const foreign = network.checker('sam');
    expectRefused(chain, foreign, verdict(chain, id, {}, foreign), 'not_authorised');
  });
});

describe('OrderConfirm', () => {
  const confirm = (chain: TestChain, order: Hash, resultRoot: Hash, by = demander) =>
    applyTo(chain, chain.sign(by, 'orderConfirm', encodeOrderConfirm({ order, resultRoot })));

  test('the demander confirms its checked result; nobody else, no other result, no other order', () => {
    const { chain, id } = orderAt('checked', { confirm: { kind: 'manual', windowMs: 1000n as UnixMs } });
    const root = chain.state.order(id)?.claim?.resultRoot as Hash;
    expect(confirm(chain, id, root).state.order(id)?.state).toBe('confirmed');
    expectRefused(chain, demander, confirm(chain, UNKNOWN, root), 'unknown_order');
    expectRefused(chain, stranger, confirm(chain, id, root, stranger), 'not_authorised');
    expectRefused(chain, demander, confirm(chain, id, UNKNOWN), 'result_mismatch');
  });

  test('refuses before the check', () => {
    const { chain, id } = orderAt('computed', { confirm: { kind: 'manual', windowMs: 1000n as UnixMs } });
    const root = chain.state.order(id)?.claim?.resultRoot as Hash;
    expectRefused(chain, demander, confirm(chain, id, root), 'illegal_transition');
  });
});

describe('OrderSettle', () => {
  const settle = (chain: TestChain, id: Hash, change: Partial<OrderSettle> = {}, by = searcher) =>
    applyTo(chain, chain.sign(by, 'orderSettle', encodeOrderSettles([settleEntry(chain, id, change)])));

  test('pays the bill out of escrow, and returns the rest', () => {
    const { chain, id } = orderAt('checked');
    const record = chain.state.order(id);
    const bill = record?.match?.billZhi as Zhi;
    const { outcome, state, postings } = settle(chain, id);
    const gain = (key: Uint8Array) =>
      (state.account(key)?.balanceZhi ?? 0n) - (chain.state.account(key)?.balanceZhi ?? 0n);
    const split = splitBill(bill);
    expect(outcome).toEqual(['applied']);
    expect(gain(network.providers[0]?.key as Uint8Array)).toBe(split.provider);
    expect(gain(searcher.key)).toBe(split.searcher);
    expect(gain(SYSTEM_ACCOUNT.seatPool)).toBe(split.seatPool);
    expect(gain(SYSTEM_ACCOUNT.burned)).toBe(split.burned);
    expect(gain(demander.key)).toBe(1_000_000n - bill);
    expect(state.account(SYSTEM_ACCOUNT.escrow)?.balanceZhi).toBe(0n);
    expect(postings.reduce((sum, { deltaZhi }) => sum + deltaZhi, 0n)).toBe(0n);
  });

  test.each<[string, Partial<OrderSettle>, string]>([
    ['an unknown order', { order: UNKNOWN }, 'unknown_order'],
    ['other cycles', { billCycles: 1n as HpuCycles }, 'bill_mismatch'],
    ['a bill above the quote', { billZhi: 999_999n as Zhi }, 'bill_mismatch'],
    ['a bill below the quote', { billZhi: 0n as Zhi }, 'bill_mismatch'],
    ['another number of results', { results: 2 }, 'result_mismatch'],
    ['another result', { resultRoot: UNKNOWN }, 'result_mismatch'],
  ])('refuses %s', (_, change, code) => {
    const { chain, id } = orderAt('checked');
    expectRefused(chain, searcher, settle(chain, id, change), code);
  });

  test('refuses a stranger, an unchecked result, and a second settlement', () => {
    const computed = orderAt('computed');
    expectRefused(computed.chain, searcher, settle(computed.chain, computed.id), 'illegal_transition');
    const { chain, id } = orderAt('checked');
    expectRefused(chain, stranger, settle(chain, id, {}, stranger), 'not_authorised');
    advance(chain, steps.settle(chain, id));
    expectRefused(chain, searcher, settle(chain, id), 'illegal_transition');
  });

  test('each entry of a batch stands alone, and one order twice is paid once', () => {
    const { chain, id } = orderAt('checked');
    const entry = settleEntry(chain, id);
    const bytes = chain.sign(searcher, 'orderSettle', encodeOrderSettles([{ ...entry, order: UNKNOWN }, entry, entry]));
    const { outcome, state, postings } = applyTo(chain, bytes);
    expect(outcome).toEqual(['unknown_order', 'applied', 'illegal_transition']);
    expect(postings.filter(({ account }) => account === SYSTEM_ACCOUNT.escrow)).toHaveLength(1);
    expect(state.order(id)?.state).toBe('settled');
  });
});

describe('OrderRefund', () => {
  const refund = (chain: TestChain, id: Hash, by: KeyPair, reason: 'cancel' | 'expire' | 'giveUp', timeMs?: bigint) =>
    applyTo(chain, steps.refund(chain, id, by, reason), timeMs);
  const deadline = (chain: TestChain, id: Hash): bigint => chain.state.order(id)?.deadlineMs ?? 0n;

  test('returns the whole escrow to the demander, whoever sends it', () => {
    const { chain, id } = orderAt('matched');
    const { outcome, state } = refund(chain, id, stranger, 'expire', deadline(chain, id) + 1n);
    expect(outcome).toEqual(['applied']);
    expect(state.account(SYSTEM_ACCOUNT.escrow)?.balanceZhi).toBe(0n);
    const before = chain.state.account(demander.key)?.balanceZhi ?? 0n;
    expect(state.account(demander.key)?.balanceZhi).toBe(before + 1_000_000n);
  });

  test('refuses an unknown order, a cancel by a stranger, and one after the result', () => {
    const { chain, id } = orderAt('computed');
    expectRefused(chain, demander, refund(chain, UNKNOWN, demander, 'cancel'), 'unknown_order');
    expectRefused(chain, stranger, refund(chain, id, stranger, 'cancel'), 'not_authorised');
    expectRefused(chain, demander, refund(chain, id, demander, 'cancel'), 'not_cancellable');
  });

  test('refuses to expire an order at its deadline, and takes it a millisecond later', () => {
    const { chain, id } = orderAt('opened');
    expectRefused(chain, demander, refund(chain, id, demander, 'expire', deadline(chain, id)), 'illegal_transition');
    expect(refund(chain, id, demander, 'expire', deadline(chain, id) + 1n).outcome).toEqual(['applied']);
  });

  test('refuses to give up while a provider is left, or by a stranger; takes it after three liars', () => {
    const opened = orderAt('opened');
    expectRefused(opened.chain, searcher, refund(opened.chain, opened.id, searcher, 'giveUp'), 'illegal_transition');
    const { chain, id } = orderAt('exhausted');
    expectRefused(chain, stranger, refund(chain, id, stranger, 'giveUp'), 'not_authorised');
    expect(refund(chain, id, searcher, 'giveUp').state.order(id)?.state).toBe('unserved');
  });
});
