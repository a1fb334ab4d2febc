/** Small jobs for tests of the running network: a table that a tiny model learns, and rows to predict. */
import { accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import type { OrderTerms, PostOptions } from '../../clients/sdk/open-order.ts';
import type { OpenedOrder } from '../../clients/sdk/orders.ts';
import type { LocalNetwork } from '../../local/network.ts';
import { encodeRows, encodeTable } from '../../ml/dataset/rows.ts';
import type { TrainWork } from '../../protocol/order/work.ts';
import type { Zhi } from '../../protocol/units.ts';

/** Far above the quote of any job here. */
export const LIMIT_ZHI = 10_000_000n as Zhi;

const FEATURES = 4;
const CLASSES = 2;

/** Two clusters around -2 and 2, with values that no other bytes of a run look like. */
export function clusterRows(rows: number, seed = 1): { x: Float32Array; y: Uint8Array } {
  const x = new Float32Array(rows * FEATURES);
  const y = new Uint8Array(rows);
  let word = seed >>> 0;
  for (let i = 0; i < rows; i++) {
    y[i] = i % CLASSES;
    for (let j = 0; j < FEATURES; j++) {
      word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
      x[i * FEATURES + j] = (y[i] === 0 ? -2 : 2) + word / 0x1_0000_0000 - 0.5;
    }
  }
  return { x, y };
}

export type TestTrainWork = TrainWork & { readonly kind: 'train' };

/** Three chunks. */
export const QUICK_TRAIN: TestTrainWork = {
  kind: 'train',
  rows: 40,
  features: FEATURES,
  hidden: 8,
  classes: CLASSES,
  epochs: 1,
  batch: 8,
  seed: 7n,
};

/** Some 40 chunks of 15 ms: three slices of a consumer. */
export const LONG_TRAIN: TestTrainWork = { ...QUICK_TRAIN, rows: 800, epochs: 14 };

export const tableOf = (work: TestTrainWork, seed = 1): Uint8Array =>
  encodeTable({ rows: work.rows, features: work.features, classes: work.classes, ...clusterRows(work.rows, seed) });

export const rowsOf = (rows: number, seed = 2): Uint8Array =>
  encodeRows({ rows, features: FEATURES, x: clusterRows(rows, seed).x });

export interface TestModel {
  readonly order: string;
  readonly contentKey: Uint8Array;
  readonly work: TestTrainWork;
}

export type Terms = Partial<OrderTerms>;

export const trainRequest = (work: TestTrainWork, terms: Terms = {}) => ({
  dataset: tableOf(work),
  work,
  priceLimitZhi: LIMIT_ZHI,
  ...terms,
});

export const predictRequest = (model: TestModel, rows: number, terms: Terms = {}) => ({
  model,
  rows: rowsOf(rows),
  rowCount: rows,
  priceLimitZhi: LIMIT_ZHI,
  ...terms,
});

export const train = (
  client: Client,
  work: TestTrainWork,
  terms: Terms = {},
  options: PostOptions = {},
): Promise<OpenedOrder> => client.train(trainRequest(work, terms), options);

export const predict = (
  client: Client,
  model: TestModel,
  rows: number,
  terms: Terms = {},
  options: PostOptions = {},
): Promise<OpenedOrder> => client.predict(predictRequest(model, rows, terms), options);

/** Where `request.cf` says that a request comes from; one for each of several regions. */
export const PLACES = {
  weur: { continent: 'EU', country: 'DE', longitude: '11.5' },
  enam: { continent: 'NA', country: 'US', longitude: '-74' },
  wnam: { continent: 'NA', country: 'US', longitude: '-122' },
  sam: { continent: 'SA', country: 'BR', longitude: '-46' },
  apac: { continent: 'AS', country: 'SG', longitude: '103' },
  oc: { continent: 'OC', country: 'AU', longitude: '151' },
  afr: { continent: 'AF', country: 'ZA', longitude: '18' },
  me: { continent: 'AS', country: 'AE', longitude: '55' },
  eeur: { continent: 'EU', country: 'PL', longitude: '21' },
} as const;
export type PlaceName = keyof typeof PLACES;

/** A client with an account of its own, whose requests come from a place. */
export const clientAt = (network: LocalNetwork, place: PlaceName = 'weur', seed = newAccountSeed()): Client =>
  createClient({
    url: network.url,
    genesis: network.genesis,
    account: accountOfSeed(seed),
    fetch: network.fetchFrom(PLACES[place]),
  });

/** With money. The place of its first request becomes its home region. */
export async function fundedClient(network: LocalNetwork, place: PlaceName = 'weur'): Promise<Client> {
  const client = clientAt(network, place);
  await client.faucet();
  return client;
}

/** A finished model of this client's. */
export async function trainedModel(client: Client, work: TestTrainWork = QUICK_TRAIN): Promise<TestModel> {
  const { id, contentKey } = await train(client, work);
  const { order } = await client.waitOrder(id, 'final', 60_000);
  if (order.state !== 'settled') throw new Error(`the model's order is ${order.state}`);
  return { order: id, contentKey, work };
}
