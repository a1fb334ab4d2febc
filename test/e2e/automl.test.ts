/** Searches end to end: the model that one process makes, an exact bill below the quote, receipts, lies, stops, dead consumers. */
import { describe, expect, it } from 'vitest';
import { verifyReceiptText } from '../../clients/sdk/light.ts';
import type { OpenedOrder } from '../../clients/sdk/orders.ts';
import { decodeBundle } from '../../ml/bundle/bundle.ts';
import { predictBundle } from '../../ml/bundle/predict.ts';
import { decodePrediction, predictionLeaves } from '../../ml/bundle/prediction.ts';
import { decodeSummary } from '../../ml/search/canonical.ts';
import { type LocalSearch, localSearch } from '../../ml/search/local.ts';
import { encodeTypedTable } from '../../ml/table/canonical.ts';
import { nodeKernels } from '../../ml/trainers/node.ts';
import { parseAddress } from '../../protocol/address.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { regionOf } from '../../protocol/regions.ts';
import { type HpuCycles, priceOf } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { verifyReceiptIndependently } from '../independent/verify-receipt.ts';
import { runUnderFaults } from '../support/faulty-run.ts';
import { LIMIT_ZHI } from '../support/jobs.ts';
import { SEARCH_ROWS, search, searchRequest, smallTable } from '../support/searches.ts';
import { unwrap } from '../unit/ml/digits.ts';
import type { Fault } from '../workerd/faulty/faults.ts';

/** Longer than a slice takes on a busy machine. */
const LEASE_MS = 2_000;

const run = runUnderFaults(LEASE_MS);
const kernels = nodeKernels();

let local: LocalSearch | undefined;
/** The same search in this process. */
function here(): LocalSearch {
  const { work, task, metric, families } = searchRequest();
  local ??= unwrap(localSearch(kernels, smallTable(SEARCH_ROWS), { ...work, task, metric, families } as never));
  return local;
}

/** The bill is so many cycles at the provider's price, what is above returns, and both verifiers of receipts say so. */
async function expectBilled(order: WireOrder, cycles: bigint): Promise<void> {
  const { genesis } = await run.client.network();
  const provider = parseAddress(order.attempts.at(-1)?.provider ?? '') as Uint8Array;
  const ask = genesis.providers.find(({ key }) => equalBytes(key, provider))?.askZhiPerMcycle;
  const billZhi = priceOf(cycles as HpuCycles, ask as NonNullable<typeof ask>);
  const refundZhi = BigInt(order.priceLimitZhi) - billZhi;
  expect(order.bill).toEqual({ cycles: `${cycles}`, priceZhi: `${billZhi}`, refundZhi: `${refundZhi}` });
  const receipt = await run.client.receipt(order.id);
  const told = { billCycles: cycles, billZhi };
  const ours = await verifyReceiptText(receipt, run.network.genesis);
  expect(ours).toMatchObject({ ok: true, value: { order: order.id, ...told } });
  expect(verifyReceiptIndependently(receipt, run.network.genesis)).toMatchObject(told);
}

const resultOf = async (order: WireOrder, { id, contentKey }: OpenedOrder): Promise<Uint8Array> =>
  run.client.openResult(order, contentKey, await run.client.resultCiphertext(id));

describe('a search', () => {
  it('ends with the model that one process makes, at the sum of its jobs; its model predicts', async () => {
    const opened = await search(run.client);
    const order = await run.finalOrder(opened.id);
    expect(order).toMatchObject({ state: 'settled', attempts: [{ verdict: 'passed', method: 'replay' }] });
    const bundle = await resultOf(order, opened);
    expect(Buffer.compare(bundle, here().bundle)).toBe(0);
    const { jobs, cycles, budget, stopped } = await run.client.jobs(opened.id, opened.contentKey);
    expect(stopped).toBe(false);
    expect(jobs.map(({ summary }) => unwrap(decodeSummary(summary as Uint8Array)))).toEqual(here().summaries);
    expect(cycles < budget).toBe(true);
    await expectBilled(order, here().cycles);

    const rows = smallTable(5, 2, false);
    const model = { order: opened.id, contentKey: opened.contentKey };
    const request = { model, rowCount: 5, priceLimitZhi: LIMIT_ZHI };
    const predicted = await run.client.predictTable({ ...request, rows: encodeTypedTable(rows) });
    const done = await run.finalOrder(predicted.id);
    expect(done).toMatchObject({ state: 'settled', attempts: [{ verdict: 'passed', method: 'recompute' }] });
    const split = (bytes: Uint8Array) => predictionLeaves(unwrap(decodePrediction(bytes, 5, 2)));
    const sealed = await run.client.resultCiphertext(done.id);
    const result = await run.client.openResult(done, predicted.contentKey, sealed, split);
    expect(unwrap(decodePrediction(result, 5, 2))).toEqual(predictBundle(kernels, unwrap(decodeBundle(bundle)), rows));
    const took = BigInt(done.bill?.cycles ?? '0');
    expect(took > 0n && took <= BigInt(done.quote.cycles)).toBe(true);
    await expectBilled(done, took);

    const foreign = encodeTypedTable({ ...rows, features: smallTable(5).features, target: { kind: 'none' } });
    const misshapen = await run.client.predictTable({ ...request, rowCount: 4, rows: foreign });
    expect(await run.finalOrder(misshapen.id)).toMatchObject({
      state: 'unserved',
      failure: { code: 'dataset_malformed' },
    });
  });

  it('whose model is not what its jobs give is caught and not paid; the next provider finishes it', async () => {
    const { work } = searchRequest();
    const { quotes } = await run.client.quote({ kind: 'search', ...work });
    await run.client.setLies(regionOf(quotes[0]?.provider.region as number), 1);
    const opened = await search(run.client);
    const order = await run.finalOrder(opened.id);
    expect(order).toMatchObject({
      state: 'settled',
      attempts: [
        { attempt: 1, verdict: 'failed', method: 'replay' },
        { attempt: 2, verdict: 'passed', method: 'replay' },
      ],
    });
    expect(Buffer.compare(await resultOf(order, opened), here().bundle)).toBe(0);
    await expectBilled(order, here().cycles);
  });

  it('of a table that has another shape than the order is declined', async () => {
    const opened = await search(run.client, { rows: SEARCH_ROWS - 1 });
    expect(await run.finalOrder(opened.id)).toMatchObject({
      state: 'unserved',
      failure: { code: 'dataset_malformed' },
    });
  });
});

describe('a search that is stopped', () => {
  it('makes its model of the trials that are done, and bills these alone', async () => {
    const opened = await search(run.client, { trials: 200 });
    for await (const { jobs } of run.client.watchSearch(opened.id, opened.contentKey)) {
      if (jobs.jobs.some(({ state }) => state === 'done')) break;
    }
    await run.client.stopSearch(opened.id);
    // Repeated, it changes nothing.
    await run.client.stopSearch(opened.id);
    const order = await run.finalOrder(opened.id);
    expect(order).toMatchObject({ state: 'settled', attempts: [{ verdict: 'passed' }] });
    const { jobs, cycles, stopped } = await run.client.jobs(opened.id, opened.contentKey);
    expect(stopped).toBe(true);
    const done = jobs.filter(({ state }) => state === 'done');
    expect(jobs.every(({ state, summary }) => (state === 'dropped' ? summary === undefined : state === 'done'))).toBe(
      true,
    );
    expect(done.length).toBeLessThan(100);
    expect(done.reduce((sum, job) => sum + job.cycles, 0n)).toBe(cycles);
    expect(unwrap(decodeBundle(await resultOf(order, opened))).members.length).toBeGreaterThan(0);
    await expectBilled(order, cycles);
    await expect(run.client.stopSearch(run.model.order)).rejects.toMatchObject({ code: 'illegal_transition' });
  });

  it('before its first trial ends with no model and no bill', async () => {
    await run.network.arm({ at: 'TRAIN_QUEUE.send', kind: 'lost', times: 1 });
    const opened = await search(run.client);
    await run.client.stopSearch(opened.id);
    const order = await run.finalOrder(opened.id);
    expect(order).toMatchObject({ state: 'settled', attempts: [{ verdict: 'passed' }] });
    expect(await resultOf(order, opened)).toHaveLength(0);
    await expectBilled(order, 0n);
  });
});

describe('whatever dies, the same search is settled once, at its first provider:', () => {
  it.each<[string, Fault]>([
    ['its jobs are handed out in vain', { at: 'TRAIN_QUEUE.sendBatch', kind: 'lost', times: 1 }],
    ['a consumer dies after its job was recorded', { at: 'Region.recordJob', kind: 'after', times: 1, skip: 3 }],
    ['each job is recorded twice', { at: 'Region.recordJob', kind: 'twice', times: 8 }],
    ['the object is evicted with a plan', { at: 'Region.planJobs', kind: 'evict', times: 1, skip: 1 }],
    ['a consumer dies after the claim', { at: 'Region.claimSearch', kind: 'after', times: 1 }],
    ['a checker dies before its verdict', { at: 'Region.recordJobVerdict', kind: 'before', times: 1, skip: 2 }],
  ])('%s', async (_, fault) => {
    await run.network.arm(fault);
    const opened = await search(run.client);
    const order = await run.finalOrder(opened.id);
    expect(order).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed' }] });
    expect(order.bill?.cycles).toBe(here().cycles.toString());
    expect(await run.client.jobs(opened.id, opened.contentKey)).toMatchObject({ cycles: here().cycles });
    expect(Object.keys(await run.network.happened())).toEqual([fault.at]);
  });
});
