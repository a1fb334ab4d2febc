/** What each order rule refuses, with its code; its twin that is applied; and that a refusal moves nothing. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { type Hash, ZERO_HASH } from '../../../protocol/hash.ts';
import { CHUNKS_MAX } from '../../../protocol/order/worklog.ts';
import { transactionHash } from '../../../protocol/tx/envelope.ts';
import { encodeOrderMatches, type OrderMatch } from '../../../protocol/tx/order-match.ts';
import { encodeOrderOpen, type OrderOpen, orderIdOf, regionOfOrder } from '../../../protocol/tx/order-open.ts';
import { encodeWorkProofs, type WorkProof } from '../../../protocol/tx/work-proof.ts';
import { type HpuCycles, SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { advance, applyTo } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { matchEntry, openBody, openOrder, SMALL_TRAIN, steps, workEntry } from '../../support/order-life.ts';

import {
  demander,
  expectRefused,
  funded,
  network,
  orderAt,
  searcher,
  stranger,
  UNKNOWN,
} from '../../support/order-stages.ts';

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
    ['too many rows to predict', { work: { kind: 'predict', rows: 524_289, model: UNKNOWN } }, 'work_invalid'],
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
    [
      'a provider that is not the cheapest',
      { provider: network.providers[1]?.key as Uint8Array },
      'provider_not_selected',
    ],
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
    const record = chain.state.order(id) as NonNullable<ReturnType<typeof chain.state.order>>;
    chain.state.setOrder(id, { ...record, attempt: 2, excluded: [entry.provider] });
    const tx = chain.sign(lone.searcher('weur'), 'orderMatch', encodeOrderMatches([{ ...entry, attempt: 2 }]));
    expect(applyTo(chain, tx).outcome).toEqual(['no_provider']);
  });

  /** An entry of the first provider, unsigned: signatures are not this rule's part. */
  function matchEntryOf(chain: TestChain, id: Hash): OrderMatch {
    const provider = chain.network.genesis.providers[0]?.key as Uint8Array;
    const cycles = chain.state.order(id)?.quoteCycles as HpuCycles;
    return {
      order: id,
      attempt: 1,
      provider,
      quoteCycles: cycles,
      priceZhi: 1n as Zhi,
      quoteMs: 1n,
      acceptance: new Uint8Array(64),
    };
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
    const { id: predict, bytes } = openOrder(trained.chain, demander, {
      work: { kind: 'predict', rows: 3, model: trained.id },
    });
    advance(trained.chain, bytes);
    advance(trained.chain, steps.match(trained.chain, predict));
    expectRefused(trained.chain, searcher, work(trained.chain, predict, { results: 2 }), 'result_mismatch');
    expect(work(trained.chain, predict).outcome).toEqual(['applied']);
  });
});
