/**
 * A batch of 60,000 rows through the network as it ships, in isolates with the memory that Cloudflare gives them: uploaded,
 * computed and checked by tiles, settled at the quote of one piece, and opened to the bytes of one piece.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../clients/sdk/client.ts';
import { verifyReceiptText } from '../../clients/sdk/light.ts';
import { createHpu } from '../../hpu/hpu.ts';
import { loadKernels } from '../../hpu/node.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { encodeRows, encodeTable } from '../../ml/dataset/rows.ts';
import { decodeModel } from '../../ml/mlp/model.ts';
import { predictInt8 } from '../../ml/mlp/predict.ts';
import { decodePrediction, encodePrediction, joinPredictions, predictionLeaves } from '../../ml/mlp/prediction.ts';
import { predictCycles } from '../../protocol/cycles.ts';
import { fundedClient, LIMIT_ZHI, type TestModel, type TestTrainWork } from '../support/jobs.ts';
import { findings, objectsInR2 } from '../support/stored-bytes.ts';
import { jsonOf, runHai, temporaryFolder } from '../unit/cli/captured-io.ts';
import { digitsTable, unwrap } from '../unit/ml/digits.ts';

const ROWS = 60_000;
const TILES = 30;
const CLASSES = 10;
/** Above 128 MB an isolate of Cloudflare is ended. Here its heap and each kernel get as much; buffers outside both are not bounded. */
const ISOLATE_FLAGS = '--wasm-max-mem-pages=1600 --max-old-space-size=128';
const WAIT_MS = 120_000;

const table = digitsTable();
const work: TestTrainWork = {
  kind: 'train',
  rows: table.rows,
  features: 64,
  hidden: 32,
  classes: CLASSES,
  epochs: 2,
  batch: 32,
  seed: 1n,
};
/** The digits over and over, each time a little different. */
const x = Float32Array.from({ length: ROWS * 64 }, (_, i) => (table.x[i % table.x.length] as number) + (i % 7) / 16);
const split = (bytes: Uint8Array) => predictionLeaves(unwrap(decodePrediction(bytes, ROWS, CLASSES)), CLASSES);
const joined = (tiles: readonly Uint8Array[]) => unwrap(joinPredictions(tiles, CLASSES));

let network: LocalNetwork;
let client: Client;
let model: TestModel;

beforeAll(async () => {
  process.env.MINIFLARE_WORKERD_V8_FLAGS = ISOLATE_FLAGS;
  network = await startNetwork();
  client = await fundedClient(network);
  const { id, contentKey } = await client.train({ dataset: encodeTable(table), work, priceLimitZhi: LIMIT_ZHI });
  await client.waitOrder(id, 'final', WAIT_MS);
  model = { order: id, contentKey, work };
});
afterAll(async () => {
  delete process.env.MINIFLARE_WORKERD_V8_FLAGS;
  await network?.close();
});

/** The same rows in one piece, on this machine. */
async function onePiece(): Promise<Uint8Array> {
  const { order } = await client.order(model.order);
  const bytes = await client.openResult(order, model.contentKey, await client.modelCiphertext(model.order));
  const predicted = predictInt8(createHpu(loadKernels()), unwrap(decodeModel(bytes)), x, ROWS);
  return encodePrediction(predicted, CLASSES);
}

describe('60,000 rows', () => {
  it('come back as the bytes that one piece gives, at its price, under a receipt that holds', async () => {
    const rows = encodeRows({ rows: ROWS, features: 64, x });
    const before = BigInt((await client.account()).balanceZhi);
    const opened = await client.predict({ model, rows, rowCount: ROWS, priceLimitZhi: LIMIT_ZHI });
    expect(opened.order).toMatchObject({ path: 'queue', tiles: TILES });
    expect(opened.uploads).toHaveLength(TILES);
    const { order } = await client.waitOrder(opened.id, 'final', WAIT_MS);
    const cycles = predictCycles(work, ROWS).toString();
    expect(order).toMatchObject({
      state: 'settled',
      attempts: [{ verdict: 'passed', checkedParts: 2 * TILES }],
      results: ROWS,
      quote: { cycles },
      bill: { cycles },
    });
    const result = await client.openResult(
      order,
      opened.contentKey,
      await client.resultCiphertext(opened.id),
      split,
      joined,
    );
    expect(Buffer.compare(result, await onePiece())).toBe(0);
    const verified = await verifyReceiptText(await client.receipt(opened.id), network.genesis);
    expect(verified).toMatchObject({
      ok: true,
      value: { order: opened.id, resultRoot: order.resultRoot, chunks: TILES, results: ROWS },
    });
    const { genesis } = await client.network();
    const paid = before - BigInt((await client.account()).balanceZhi);
    expect(paid).toBe(BigInt(order.quote.priceZhi) + 6n * genesis.baseFeeZhi);
    // What lies in R2 shows neither rows nor results.
    const needles = { row: [rows.subarray(12, 12 + 256)], result: [result.subarray(12, 12 + 256)] };
    expect(findings(needles, await objectsInR2(network.miniflare))).toEqual([]);
    expect(findings(needles, [{ where: 'here', bytes: Buffer.concat([rows, result]) }])).toHaveLength(2);
    // The rows are the demander's to remove.
    for (const id of opened.uploads) await client.datasets.remove(id);
    expect(await client.resultCiphertext(opened.id)).toHaveLength(
      result.length + (TILES - 1) * 12 + TILES * (4 + 12 + 16),
    );
  });

  it('do not hold up a small prediction', async () => {
    const rows = (from: number, to: number) =>
      encodeRows({ rows: to - from, features: 64, x: x.slice(from * 64, to * 64) });
    const large = await client.predict({ model, rows, rowCount: ROWS, priceLimitZhi: LIMIT_ZHI });
    const small = await client.predict({ model, rows, rowCount: 3, priceLimitZhi: LIMIT_ZHI }, { waitSeconds: 20 });
    expect(small.result).not.toBeNull();
    const { order } = await client.waitOrder(large.id, 'final', WAIT_MS);
    expect(order.state).toBe('settled');
    // Placed after it, proved before it.
    expect(Number(small.order.steps.prove)).toBeLessThan(Number(order.steps.prove));
  });
});

it('hai predict takes a large table as it takes a small one', async () => {
  const folder = temporaryFolder();
  const env = {
    XDG_CONFIG_HOME: folder,
    HAI_PASSPHRASE: 'correct horse battery',
    HAI_URL: network.url,
    HAI_GENESIS: network.genesis,
  };
  const told = async (...args: string[]) => {
    const ran = await runHai([...args, '--json'], { env, fetch });
    expect(ran.exit, ran.stderr).toBe(0);
    return jsonOf(ran);
  };
  const digits = gunzipSync(readFileSync(new URL('../../data/digits.csv.gz', import.meta.url))).toString('utf8');
  const [header = '', ...lines] = digits.trim().split('\n');
  const many = Array.from({ length: 2_500 }, (_, i) => lines[i % lines.length]);
  const [trainCsv, manyCsv, file] = ['train.csv', 'many.csv', 'digits.json'].map((name) => join(folder, name));
  writeFileSync(trainCsv as string, [header, ...lines.slice(0, 600)].join('\n'));
  writeFileSync(manyCsv as string, [header, ...many].join('\n'));
  await told('wallet', 'new', '--light');
  await told('wallet', 'faucet', '100');
  await told('train', trainCsv as string, '--epochs', '10', '--yes', '--model', file as string);
  const predicted = await told('predict', file as string, manyCsv as string, '--yes');
  expect(predicted).toMatchObject({ rows: 2_500 });
  expect(predicted.accuracy).toBeGreaterThan(0.8);
  expect(await told('order', 'show', predicted.order as string)).toMatchObject({ tiles: 2, path: 'queue' });
  const again = await told('order', 'result', predicted.order as string);
  expect(again.predictions).toEqual(predicted.predictions);
});
