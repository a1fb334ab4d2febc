/** What each order rule refuses, with its code; its twin that is applied; and that a refusal moves nothing. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { equalBytes, type Hash, ZERO_HASH } from '../../../protocol/hash.ts';
import { encodeOrderConfirm } from '../../../protocol/tx/order-confirm.ts';
import { encodeOrderMatches, type OrderMatch } from '../../../protocol/tx/order-match.ts';
import { encodeOrderOpen, type OrderOpen, orderIdOf, regionOfOrder } from '../../../protocol/tx/order-open.ts';
import { encodeOrderSettles, type OrderSettle } from '../../../protocol/tx/order-settle.ts';
import { encodeResultProofs, type ResultProof } from '../../../protocol/tx/result-proof.ts';
import { encodeWorkProofs, type WorkProof } from '../../../protocol/tx/work-proof.ts';
import { transactionHash } from '../../../protocol/tx/envelope.ts';
import { Overlay } from '../../../protocol/state/overlay.ts';
import { splitBill } from '../../../protocol/order/split.ts';
import { CHUNKS_MAX } from '../../../protocol/order/worklog.ts';
import { type HpuCycles, SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { advance, type AppliedResult, applyTo } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import type { KeyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';
import { matchEntry, openBody, openOrder, settleEntry, SMALL_TRAIN, steps, verdictEntry, workEntry } from '../../support/order-life.ts';

const network = testNetwork();
const demander = network.key('demander');
const stranger = network.key('stranger');
const searcher = network.searcher('weur');
const checker = network.checker('weur');
const UNKNOWN = new Uint8Array(32).fill(9) as Hash;

function funded(): TestChain {
  const chain = new TestChain(network);
  advance(chain, chain.fund(demander, 5_000_000n));
  advance(chain, chain.fund(stranger, 5_000_000n));
  return chain;
}

type Stage = 'opened' | 'matched' | 'computed' | 'checked' | 'exhausted';

function orderAt(stage: Stage, open: Partial<OrderOpen> = {}): { chain: TestChain; id: Hash } {
  const chain = funded();
  const { id, bytes } = openOrder(chain, demander, open);
  advance(chain, bytes);
  const through: Record<Stage, ('match' | 'work' | 'pass' | 'fail')[]> = {
    opened: [],
    matched: ['match'],
    computed: ['match', 'work'],
    checked: ['match', 'work', 'pass'],
    exhausted: ['match', 'work', 'fail', 'match', 'work', 'fail', 'match', 'work', 'fail'],
  };
  for (const step of through[stage]) {
    if (step === 'match') advance(chain, steps.match(chain, id));
    if (step === 'work') advance(chain, steps.work(chain, id));
    if (step === 'pass') advance(chain, steps.verdict(chain, id));
    if (step === 'fail') advance(chain, steps.verdict(chain, id, { verdict: 'failed' }));
  }
  return { chain, id };
}

/** Refused: the nonce is used and the fee burned, and nothing else has changed. */
function expectRefused(chain: TestChain, by: KeyPair, result: AppliedResult, code: string): void {
  expect(result).toMatchObject({ sealed: true, outcome: [code] });
  expect(result.state.orders()).toEqual([]);
  const touched = result.state.accounts().map(({ key }) => key);
  expect(touched.every((key) => equalBytes(key, by.key) || equalBytes(key, SYSTEM_ACCOUNT.burned))).toBe(true);
  expect(result.state.account(by.key)?.nonce).toBe((chain.state.account(by.key)?.nonce ?? 0n) + 1n);
}

describe('OrderOpen', () => {
  const open = (chain: TestChain, change: Partial<OrderOpen>, by = demander) =>
    applyTo(chain, chain.sign(by, 'orderOpen', encodeOrderOpen(openBody(chain, change))));

  test('puts the price limit into escrow', () => {
    const chain = funded();
    const { outcome, state, postings } = open(chain, {});
    expect(outcome).toEqual(['applied']);
    expect(state.account(SYSTEM_ACCOUNT.escrow)?.balanceZhi).toBe(1_000_000n);
    expect(postings.reduce((sum, { deltaZhi }) => sum + deltaZhi, 0n)).toBe(0n);
    expect(state.orders()).toMatchObject([{ value: { state: 'open', attempt: 1, work: SMALL_TRAIN } }]);
  });

  const train = (change: Partial<typeof SMALL_TRAIN>): Partial<OrderOpen> => ({ work: { ...SMALL_TRAIN, ...change } });
  test.each<[string, Partial<OrderOpen>, string]>([
    ['no sealed part', { sealedHash: ZERO_HASH }, 'sealed_malformed'],
    ['a region that is not the home', { region: 1 }, 'wrong_home_region'],
    ['a region that does not exist', { region: 200 }, 'wrong_home_region'],
    ['a deadline that has passed', { deadlineMs: 1n as UnixMs }, 'deadline_passed'],
    ['a price limit of zero', { priceLimitZhi: 0n as Zhi }, 'amount_out_of_range'],
    ['a price limit above the supply', { priceLimitZhi: (SUPPLY_ZHI + 1n) as Zhi }, 'amount_out_of_range'],
    ['a price limit below every quote', { priceLimitZhi: 1n as Zhi }, 'price_limit_below_quote'],
    ['a price limit above the balance', { priceLimitZhi: 4_999_999n as Zhi }, 'insufficient_balance'],
    ['one row', train({ rows: 1 }), 'work_invalid'],
    ['no feature', train({ features: 0 }), 'work_invalid'],
    ['no hidden unit', train({ hidden: 0 }), 'work_invalid'],
    ['one class', train({ classes: 1 }), 'work_invalid'],
    ['more classes than a byte holds', train({ classes: 257 }), 'work_invalid'],
    ['no epoch', train({ epochs: 0 }), 'work_invalid'],
    ['a batch of nothing', train({ batch: 0 }), 'work_invalid'],
    ['too many cells', train({ rows: 65_536, features: 4096 }), 'work_too_large'],
    ['too many parameters', train({ features: 4096, hidden: 1024 }), 'work_too_large'],
    ['more rows than the trainer takes', train({ rows: 100_000 }), 'work_too_large'],
    ['no rows to predict', { work: { kind: 'predict', rows: 0, model: UNKNOWN } }, 'work_invalid'],
    ['too many rows to predict', { work: { kind: 'predict', rows: 16_385, model: UNKNOWN } }, 'work_invalid'],
    ['a model that does not exist', { work: { kind: 'predict', rows: 1, model: UNKNOWN } }, 'unknown_model'],
  ])('refuses %s', (_, change, code) => {
    const chain = funded();
    expectRefused(chain, demander, open(chain, change), code);
  });

  test("refuses another demander's model, an unchecked one, and a prediction as a model", () => {
    const { chain, id } = orderAt('computed');
    const predict = (model: Hash, by = demander) => open(chain, { work: { kind: 'predict', rows: 2, model } }, by);
    expectRefused(chain, demander, predict(id), 'unknown_model');
    advance(chain, steps.verdict(chain, id));
    expectRefused(chain, stranger, predict(id, stranger), 'unknown_model');
    const opened = openOrder(chain, demander, { work: { kind: 'predict', rows: 2, model: id } });
    advance(chain, opened.bytes);
    expectRefused(chain, demander, predict(opened.id), 'unknown_model');
  });

  test('refuses an id that is taken', () => {
    const chain = funded();
    const { id, bytes } = openOrder(chain, demander);
    const taken = orderAt('opened');
    chain.state.setOrder(id, taken.chain.state.order(taken.id) as never);
    expectRefused(chain, demander, applyTo(chain, bytes), 'order_exists');
  });

  test('the id names its region', () => {
    const chain = funded();
    const { id, bytes } = openOrder(chain, demander);
    expect(id).toEqual(orderIdOf(3, transactionHash(bytes)));
    expect(regionOfOrder(id)).toBe(3);
    expect(id.subarray(1)).toEqual(transactionHash(bytes).subarray(1));
  });
});

describe('OrderMatch', () => {
  const match = (chain: TestChain, id: Hash, change: Partial<OrderMatch> = {}, by = searcher) =>
    applyTo(chain, chain.sign(by, 'orderMatch', encodeOrderMatches([{ ...matchEntry(chain, id, change), ...change }])));

  test('takes the provider of the rule at its quote', () => {
    const { chain, id } = orderAt('opened');
    const { outcome, state } = match(chain, id);
    expect(outcome).toEqual(['applied']);
    expect(state.order(id)).toMatchObject({ state: 'matched', match: { provider: network.providers[0]?.key } });
  });

  test.each<[string, Partial<OrderMatch>, string]>([
    ['an unknown order', { order: UNKNOWN }, 'unknown_order'],
    ['another attempt', { attempt: 2 }, 'attempt_mismatch'],
    ['a provider that is not the cheapest', { provider: network.providers[1]?.key as Uint8Array }, 'provider_not_selected'],
    ['other cycles', { quoteCycles: 1n as HpuCycles }, 'quote_mismatch'],
    ['another price', { priceZhi: 1n as Zhi }, 'quote_mismatch'],
    ['another duration', { quoteMs: 1n }, 'quote_mismatch'],
  ])('refuses %s', (_, change, code) => {
    const { chain, id } = orderAt('opened');
    expectRefused(chain, searcher, match(chain, id, change), code);
  });

  test("refuses a stranger, and another region's searcher", () => {
    const { chain, id } = orderAt('opened');
    expectRefused(chain, stranger, match(chain, id, {}, stranger), 'not_authorised');
    const other = network.searcher('sam');
    expectRefused(chain, other, match(chain, id, {}, other), 'not_authorised');
  });

  test('refuses a fourth attempt', () => {
    const { chain, id } = orderAt('exhausted');
    expectRefused(chain, searcher, match(chain, id), 'no_provider');
  });

  test('refuses when every provider within the limit has lied', () => {
    const lone = testNetwork('lone', { providers: network.genesis.providers.slice(0, 1) });
    const chain = new TestChain(lone);
    advance(chain, chain.fund(demander, 5_000_000n));
    const { id, bytes } = openOrder(chain, demander);
    advance(chain, bytes);
    const entry = matchEntryOf(chain, id);
    const seedless = { ...entry, attempt: 2 };
    const record = chain.state.order(id) as NonNullable<ReturnType<typeof chain.state.order>>;
    chain.state.setOrder(id, { ...record, attempt: 2, excluded: [entry.provider] });
    const tx = chain.sign(lone.searcher('weur'), 'orderMatch', encodeOrderMatches([seedless]));
    expect(applyTo(chain, tx).outcome).toEqual(['no_provider']);
  });

  /** An entry of the first provider, unsigned: signatures are not this rule's part. */
  function matchEntryOf(chain: TestChain, id: Hash): OrderMatch {
    const provider = chain.network.genesis.providers[0]?.key as Uint8Array;
    const cycles = chain.state.order(id)?.quoteCycles as HpuCycles;
    return { order: id, attempt: 1, provider, quoteCycles: cycles, priceZhi: 1n as Zhi, quoteMs: 1n, acceptance: new Uint8Array(64) };
  }
});

describe('WorkProof', () => {
  const work = (chain: TestChain, id: Hash, change: Partial<WorkProof> = {}, by = searcher) =>
    applyTo(chain, chain.sign(by, 'workProof', encodeWorkProofs([{ ...workEntry(chain, id), ...change }])));

  test('records the claim', () => {
    const { chain, id } = orderAt('matched');
    const { outcome, state } = work(chain, id);
    expect(outcome).toEqual(['applied']);
    expect(state.order(id)).toMatchObject({ state: 'computed', claim: { chunks: 1, results: 1 } });
  });

  test.each<[string, Partial<WorkProof>, string]>([
    ['an unknown order', { order: UNKNOWN }, 'unknown_order'],
    ['another attempt', { attempt: 2 }, 'attempt_mismatch'],
    ['another provider', { provider: network.providers[1]?.key as Uint8Array }, 'provider_not_selected'],
    ['cycles that are not the quote', { cycles: 1n as HpuCycles }, 'bill_mismatch'],
    ['no chunk', { chunks: 0 }, 'work_invalid'],
    ['too many chunks', { chunks: CHUNKS_MAX + 1 }, 'work_invalid'],
    ['no result', { results: 0 }, 'result_mismatch'],
    ['two models', { results: 2 }, 'result_mismatch'],
  ])('refuses %s', (_, change, code) => {
    const { chain, id } = orderAt('matched');
    expectRefused(chain, searcher, work(chain, id, change), code);
  });

  test('refuses a stranger, and a prediction of another number of rows', () => {
    const { chain, id } = orderAt('matched');
    expectRefused(chain, stranger, work(chain, id, {}, stranger), 'not_authorised');
    const trained = orderAt('checked');
    const { id: predict, bytes } = openOrder(trained.chain, demander, { work: { kind: 'predict', rows: 3, model: trained.id } });
    advance(trained.chain, bytes);
    advance(trained.chain, steps.match(trained.chain, predict));
    expectRefused(trained.chain, searcher, work(trained.chain, predict, { results: 2 }), 'result_mismatch');
    expect(work(trained.chain, predict, { results: 3 }).outcome).not.toEqual(['result_mismatch']);
  });
});

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

  test("refuses a stranger and the searcher, and takes another region's checker", () => {
    const { chain, id } = orderAt('computed');
    expectRefused(chain, stranger, verdict(chain, id, {}, stranger), 'not_authorised');
    expectRefused(chain, searcher, verdict(chain, id, {}, searcher), 'not_authorised');
    expect(verdict(chain, id, {}, network.checker('sam')).outcome).toEqual(['applied']);
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
    const bill = record?.match?.priceZhi as Zhi;
    const { outcome, state, postings } = settle(chain, id);
    const gain = (key: Uint8Array) => (state.account(key)?.balanceZhi ?? 0n) - (chain.state.account(key)?.balanceZhi ?? 0n);
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

test('a refusal inside a rule leaves the state under it as it was', () => {
  const { chain, id } = orderAt('opened');
  const state = new Overlay(chain.state);
  expect(state.order(id)).toEqual(chain.state.order(id));
  expect(state.orders()).toEqual([]);
});
