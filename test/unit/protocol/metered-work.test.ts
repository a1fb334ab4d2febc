/** Metered work: quoted a bound, billed what was counted; by every rule, and by both verifiers of receipts. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { drawn } from '../../../protocol/order/challenge.ts';
import { searchFault } from '../../../protocol/order/search-work.ts';
import { type SearchWork, type Work, workCycles } from '../../../protocol/order/work.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { encodeOrderSettles, type OrderSettle } from '../../../protocol/tx/order-settle.ts';
import { encodeWorkProofs, type WorkProof } from '../../../protocol/tx/work-proof.ts';
import { type HpuCycles, hpuCycles, priceOf, type Zhi } from '../../../protocol/units.ts';
import { verifyReceiptIndependently } from '../../independent/verify-receipt.ts';
import { advance, applyTo } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import { runOrder, SMALL_SEARCH, SMALL_TRAIN, settleEntry, steps, workEntry } from '../../support/order-life.ts';
import { demander, expectRefused, network, orderAt, searcher } from '../../support/order-stages.ts';
import { receiptIn } from '../../support/receipts.ts';

const { budget } = SMALL_SEARCH;
const COUNTED = hpuCycles(77_777n);
const ask = network.genesis.providers[0]?.askZhiPerMcycle as Zhi;
const cents = (cycles: HpuCycles): Zhi => priceOf(cycles, ask) as Zhi;

describe('a claim of metered work', () => {
  const claim = (change: Partial<WorkProof>, work: Work = SMALL_SEARCH) => {
    const { chain, id } = orderAt('matched', { work });
    return {
      chain,
      id,
      done: applyTo(chain, chain.sign(searcher, 'workProof', encodeWorkProofs([workEntry(chain, id, change)]))),
    };
  };

  it.each([0n, 1n, COUNTED, budget])('of %s cycles is taken, and is what will be billed', (cycles) => {
    const { id, done } = claim({ cycles: hpuCycles(cycles) });
    const billZhi = cents(hpuCycles(cycles));
    expect(done.state.order(id)).toMatchObject({ state: 'computed', match: { billCycles: cycles, billZhi } });
  });

  it('above the quote is refused; of other work, one below it too', () => {
    const above = claim({ cycles: hpuCycles(budget + 1n) });
    expectRefused(above.chain, searcher, above.done, 'bill_mismatch');
    const below = claim({ cycles: hpuCycles(1n) }, SMALL_TRAIN);
    expectRefused(below.chain, searcher, below.done, 'bill_mismatch');
  });

  it('of two models is refused: a search ends with one', () => {
    const { chain, done } = claim({ results: 2 });
    expectRefused(chain, searcher, done, 'result_mismatch');
  });
});

describe('a cancel', () => {
  const cancel = (stage: 'opened' | 'matched', work: Work) => {
    const { chain, id } = orderAt(stage, { work });
    return { chain, id, done: applyTo(chain, steps.refund(chain, id, demander, 'cancel')) };
  };

  it('of a search is taken before it is matched, and not once its jobs show what they find', () => {
    const early = cancel('opened', SMALL_SEARCH);
    expect(early.done.state.order(early.id)?.state).toBe('cancelled');
    const late = cancel('matched', SMALL_SEARCH);
    expectRefused(late.chain, demander, late.done, 'not_cancellable');
    const training = cancel('matched', SMALL_TRAIN);
    expect(training.done.state.order(training.id)?.state).toBe('cancelled');
  });
});

describe('a settlement of metered work', () => {
  const claimed = () => {
    const { chain, id } = orderAt('matched', { work: SMALL_SEARCH });
    advance(chain, steps.work(chain, id, { cycles: COUNTED }));
    advance(chain, steps.verdict(chain, id));
    const settle = (change: Partial<OrderSettle> = {}) =>
      applyTo(chain, chain.sign(searcher, 'orderSettle', encodeOrderSettles([settleEntry(chain, id, change)])));
    return { chain, id, settle };
  };

  it('bills the claim at the price of the quote, and returns the rest', () => {
    const { chain, id, settle } = claimed();
    const { state, outcome } = settle();
    expect(outcome).toEqual(['applied']);
    expect(state.order(id)?.match).toMatchObject({ billCycles: COUNTED, billZhi: cents(COUNTED) });
    const before = chain.state.account(demander.key)?.balanceZhi ?? 0n;
    const limit = chain.state.order(id)?.priceLimitZhi ?? 0n;
    expect(state.account(demander.key)?.balanceZhi).toBe(before + limit - cents(COUNTED));
    expect(cents(COUNTED)).toBeLessThan(cents(budget));
  });

  it.each<[string, Partial<OrderSettle>]>([
    ['the quote', { billCycles: budget, billZhi: cents(budget) }],
    ['a zhi more', { billZhi: (cents(COUNTED) + 1n) as Zhi }],
    ['a cycle less', { billCycles: (COUNTED - 1n) as HpuCycles }],
  ])('of %s is refused', (_, change) => {
    const { chain, settle } = claimed();
    expectRefused(chain, searcher, settle(change), 'bill_mismatch');
  });
});

it('a receipt of a search shows quote and bill, to both verifiers', async () => {
  const chain = new TestChain(network);
  await chain.seal([chain.fund(demander, 9_000_000n)]);
  const order = await runOrder(chain, demander, SMALL_SEARCH, {}, { cycles: COUNTED });
  const text = receiptFile(await receiptIn(chain, order));
  const told = verifyReceiptIndependently(text, bytesToHex(network.hash));
  expect(told).toMatchObject({ order: bytesToHex(order), billCycles: COUNTED, billZhi: cents(COUNTED) });
});

describe('the shape of a search', () => {
  const search = (change: Partial<SearchWork>) => workCycles({ ...SMALL_SEARCH, ...change });

  it('is quoted its budget', () => {
    expect(search({})).toEqual({ ok: true, value: budget });
  });

  it.each<[string, Partial<SearchWork>]>([
    ['rows', { rows: 1 }],
    ['columns', { columns: 16_385 }],
    ['classes', { classes: 1 }],
    ['trials', { trials: 257 }],
    ['folds', { folds: 1 }],
    ['rowCycles', { rowCycles: 0 }],
    ['budget', { budget: hpuCycles(12_499n) }],
  ])('out of range is refused by name: %s', (name, change) => {
    expect(search(change)).toMatchObject({ ok: false, code: 'work_invalid', param: name });
    expect(searchFault({ ...SMALL_SEARCH, ...change })).toBe(name);
  });

  it('of too many cells, or of a budget above an hour, is too large', () => {
    const cells = { rows: 1 << 12, columns: 1 << 10 };
    expect(search(cells)).toMatchObject({ ok: true });
    expect(search({ ...cells, rows: cells.rows + 1 })).toMatchObject({ ok: false, code: 'work_too_large' });
    expect(search({ ...cells, rows: cells.rows + 1, images: true })).toMatchObject({ ok: true });
    expect(search({ budget: hpuCycles((1n << 36n) + 1n) })).toMatchObject({ ok: false, code: 'work_too_large' });
  });
});

describe('a prediction by the model of a search', () => {
  const model = new Uint8Array(32);
  const predict = (rows: number, of: Work | undefined = SMALL_SEARCH) =>
    workCycles({ kind: 'predictTable', rows, model }, of?.kind === 'search' || of?.kind === 'train' ? of : undefined);

  it('is quoted what its search was told a row may take', () => {
    expect(predict(16_384)).toEqual({ ok: true, value: 16_384n * 1_000n });
  });

  it('of no rows, too many, or another kind of model is refused', () => {
    expect(predict(0)).toMatchObject({ ok: false, code: 'work_invalid', param: 'rows' });
    expect(predict(16_385)).toMatchObject({ ok: false, code: 'work_too_large', param: 'rows' });
    // 1,028 bytes a row of 256 classes.
    const many: SearchWork = { ...SMALL_SEARCH, classes: 256 };
    expect(predict(1_848, many)).toMatchObject({ ok: true });
    expect(predict(1_849, many)).toMatchObject({ ok: false, code: 'work_too_large' });
    expect(predict(3, SMALL_TRAIN)).toMatchObject({ ok: false, code: 'unknown_model' });
    expect(workCycles({ kind: 'predict', rows: 3, model }, SMALL_SEARCH)).toMatchObject({ code: 'unknown_model' });
  });
});

it('jobs to replay are drawn by the challenge: all of few, some of many, others under another challenge', () => {
  const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  expect(drawn(one, 8, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  const sample = drawn(one, 100, 8);
  expect(new Set(sample).size).toBe(8);
  expect(sample).toEqual([...sample].sort((a, b) => a - b));
  expect(sample.every((index) => index >= 0 && index < 100)).toBe(true);
  expect(drawn(one, 100, 8)).toEqual(sample);
  expect(drawn(two, 100, 8)).not.toEqual(sample);
});
