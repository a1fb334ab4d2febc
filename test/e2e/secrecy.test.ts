/**
 * After a train and a predict order: no row, label or content key in the clear anywhere that the network writes, and no seed of
 * its own keys outside the object that holds it. Searched: D1, R2, every file on disk, and what workerd printed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newAccountSeed } from '../../clients/sdk/account.ts';
import type { Client } from '../../clients/sdk/client.ts';
import type { OpenedOrder } from '../../clients/sdk/orders.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { decodePrediction, predictionLeaves } from '../../ml/mlp/prediction.ts';
import { clientAt, clusterRows, LONG_TRAIN, predict, rowsOf, tableOf, train } from '../support/jobs.ts';
import { filesUnder, findings, objectsInR2, type Stored, valuesInD1, valuesInFiles } from '../support/stored-bytes.ts';

const PREDICTED_ROWS = 30;
const FEATURES = LONG_TRAIN.features;
/** Cells that one needle spans: two rows. */
const NEEDLE_CELLS = 2 * FEATURES;

let folder: string;
let network: LocalNetwork;
let client: Client;
let log = '';
let trained: OpenedOrder;
let predicted: OpenedOrder;
let closed: Promise<void> | undefined;
const seed = newAccountSeed();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hai-secrecy-'));
  const onLog = (text: string) => {
    log += text;
  };
  network = await startNetwork({ persist: folder, onLog });
  client = clientAt(network, 'apac', seed);
  await client.faucet();
  trained = await train(client, LONG_TRAIN);
  await client.waitOrder(trained.id, 'final', 60_000);
  const model = { order: trained.id, contentKey: trained.contentKey, work: LONG_TRAIN };
  // A lie too: its trace and its verdict take another way.
  await client.setLies('apac', 1);
  predicted = await predict(client, model, PREDICTED_ROWS, {}, { waitSeconds: 10 });
  await client.waitOrder(predicted.id, 'final', 60_000);
});

const close = () => {
  closed ??= network.close();
  return closed;
};

afterAll(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const everywhere = async (): Promise<Stored[]> => [
  ...(await valuesInD1(network.miniflare)),
  ...(await objectsInR2(network.miniflare)),
  ...(await filesUnder(folder)),
  { where: 'log', bytes: Buffer.from(log) },
];

/** As they are on the wire, as text, and as the JSON of a byte array. */
const writings = (bytes: Uint8Array): Uint8Array[] => [
  bytes,
  Buffer.from(bytesToHex(bytes)),
  Buffer.from(Buffer.from(bytes).toString('base64').replace(/=+$/, '')),
  Buffer.from([...bytes].join(',')),
];

function rowNeedles({ x }: { x: Float32Array }): Uint8Array[] {
  return Array.from({ length: Math.floor(x.length / NEEDLE_CELLS) }, (_, i) => {
    const cells = x.slice(i * NEEDLE_CELLS, (i + 1) * NEEDLE_CELLS);
    return [Buffer.from(cells.buffer), Buffer.from([...cells].slice(0, FEATURES).join(','))];
  }).flat();
}

/** What the demander alone, and the parties that it sealed to, may read. */
function privateThings(): Record<string, readonly Uint8Array[]> {
  return {
    'a row of the training set': rowNeedles(clusterRows(LONG_TRAIN.rows)),
    'labels of the training set': [clusterRows(LONG_TRAIN.rows).y.slice(0, 64)],
    'a row to predict': rowNeedles(clusterRows(PREDICTED_ROWS, 2)),
    'content key of the training': writings(trained.contentKey),
    'content key of the prediction': writings(predicted.contentKey),
    'seed of the demander': writings(seed),
  };
}

it('the search finds what is there', async () => {
  const cipher = await client.resultCiphertext(predicted.id);
  const control = {
    'the set before it was sealed': rowNeedles(clusterRows(LONG_TRAIN.rows)).slice(0, 1),
    'rows before they were sealed': rowNeedles(clusterRows(PREDICTED_ROWS, 2)).slice(0, 1),
    'the order’s id': writings(Buffer.from(predicted.id, 'hex')).slice(0, 2),
    'ciphertext of the result': [cipher.slice(0, 64)],
  };
  const clear: Stored[] = [
    { where: 'set', bytes: Buffer.from(tableOf(LONG_TRAIN)) },
    { where: 'rows', bytes: Buffer.from(rowsOf(PREDICTED_ROWS)) },
  ];
  const found = findings(control, [...(await everywhere()), ...clear]);
  expect(found).toEqual(
    expect.arrayContaining([
      'rows before they were sealed in rows',
      'the order’s id in D1 chain_order',
      'the set before it was sealed in set',
    ]),
  );
  expect(found.some((finding) => finding.startsWith(`ciphertext of the result in ${folder}`))).toBe(true);
});

it('no row, label or key of the demander is stored or printed in the clear', async () => {
  expect(findings(privateThings(), await everywhere())).toEqual([]);
});

it('no result is stored in the clear', async () => {
  const cipher = await client.resultCiphertext(predicted.id);
  const { order } = await client.order(predicted.id);
  let leaves: readonly Uint8Array[] = [];
  const plain = await client.openResult(order, predicted.contentKey, cipher, (bytes) => {
    const prediction = decodePrediction(bytes, PREDICTED_ROWS, LONG_TRAIN.classes);
    if (!prediction.ok) throw new Error(prediction.code);
    leaves = predictionLeaves(prediction.value, LONG_TRAIN.classes);
    return leaves;
  });
  const model = await client.modelCiphertext(trained.id);
  const weights = await client.openResult((await client.order(trained.id)).order, trained.contentKey, model);
  const needles = {
    prediction: [plain.slice(-48)],
    'three results': [Buffer.concat(leaves.slice(0, 3))],
    'weights of the model': [weights.slice(64, 128), weights.slice(-64)],
  };
  expect(findings(needles, await everywhere())).toEqual([]);
});

it('no seed of the network’s keys leaves its object', async () => {
  const outside = [
    ...(await valuesInD1(network.miniflare)),
    ...(await objectsInR2(network.miniflare)),
    { where: 'log', bytes: Buffer.from(log) },
  ];
  await close();
  const secrets = (await valuesInFiles(folder, 'meta')).filter(({ name }) => /^(seed|seal-secret)\//.test(name));
  // 13 seats, and for each of nine regions its searcher, checker, provider and the seal keys of two; faucet and webhook once.
  expect(secrets.length).toBeGreaterThanOrEqual(13 + 9 * 5 + 2);
  const needles = Object.fromEntries(secrets.map(({ name, value }, i) => [`${name} (${i})`, writings(value)]));
  expect(findings(needles, outside)).toEqual([]);
});
