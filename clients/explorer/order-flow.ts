/**
 * The story's orders: train on the data set's training part, predict the held-out part, and predict it once more with a provider
 * that lies. Whatever is signed, encrypted, decrypted or scored is done here, in the browser.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { encodeRows, encodeTable } from '../../ml/dataset/rows.ts';
import { decodePrediction, joinPredictions, predictionLeaves } from '../../ml/mlp/prediction.ts';
import { ATTEMPTS_MAX } from '../../protocol/order/matching.ts';
import type { TrainWork } from '../../protocol/order/work.ts';
import { regionOf } from '../../protocol/regions.ts';
import { type Zhi, zhi } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { Client } from '../sdk/client.ts';
import { HaiError, UntrustedError } from '../sdk/errors.ts';
import type { ModelReference } from '../sdk/order-parts.ts';
import type { OrderQuote } from '../sdk/quotes.ts';
import type { DataSet } from './data-set.ts';
import { type Score, scoreOf } from './score.ts';
import { UnsettledError } from './unsettled.ts';

export const BATCH_ROWS = 16;
export const SEED = 1n;

export interface Trained {
  readonly order: WireOrder;
  readonly model: ModelReference & { readonly work: TrainWork };
  readonly set: DataSet;
}

export interface Predicted {
  readonly order: WireOrder;
  /** Canonical bytes of the prediction, decrypted and equal to the order's result root. */
  readonly result: Uint8Array;
  readonly labels: Uint8Array;
  readonly score: Score;
}

/** Shows the order at each change; undefined while it is being made. */
export type Show = (order: WireOrder | undefined) => void;

export function trainWorkFor({ train }: DataSet, hidden: number, epochs: number): TrainWork {
  const { rows, features, classes } = train;
  return { kind: 'train', rows, features, hidden, classes, epochs, batch: BATCH_ROWS, seed: SEED };
}

/**
 * A quarter above the dearest provider that may come to serve: room for each attempt, and the refund is worth seeing. The rule
 * ranks the cheapest first.
 */
export function limitFor({ quotes }: OrderQuote): Zhi {
  const dearest = quotes.slice(0, ATTEMPTS_MAX).at(-1);
  if (!dearest) throw new HaiError('no_provider');
  return zhi((dearest.priceZhi * 5n + 3n) / 4n);
}

export async function untilFinal(client: Client, id: string, show: Show): Promise<WireOrder> {
  let last: WireOrder | undefined;
  for await (const order of client.watchOrder(id)) {
    show(order);
    last = order;
  }
  if (last?.state !== 'settled') throw new UnsettledError(last?.state ?? 'open');
  return last;
}

export async function train(
  client: Client,
  set: DataSet,
  work: TrainWork,
  priceLimitZhi: Zhi,
  show: Show,
): Promise<Trained> {
  show(undefined);
  const { kind: _, ...spec } = work;
  const opened = await client.train({ dataset: encodeTable(set.train), work: spec, priceLimitZhi });
  show(opened.order);
  const order = await untilFinal(client, opened.id, show);
  return { order, set, model: { order: opened.id, contentKey: opened.contentKey, work } };
}

const predictWork = ({ model, set }: Trained) =>
  ({ kind: 'predict', rows: set.heldOut.rows, model: hexToBytes(model.order) }) as const;

export async function predict(client: Client, trained: Trained, show: Show): Promise<Predicted> {
  show(undefined);
  const { heldOut } = trained.set;
  const priceLimitZhi = limitFor(await client.quote(predictWork(trained)));
  const rows = encodeRows(heldOut);
  const opened = await client.predict({ model: trained.model, rows, rowCount: heldOut.rows, priceLimitZhi });
  show(opened.order);
  const order = await untilFinal(client, opened.id, show);
  const prediction = (plaintext: Uint8Array) => {
    const decoded = decodePrediction(plaintext, heldOut.rows, heldOut.classes);
    if (!decoded.ok) throw new UntrustedError(`the result of order ${opened.id} is no prediction of these rows`);
    return decoded.value;
  };
  const split = (plaintext: Uint8Array) => predictionLeaves(prediction(plaintext), heldOut.classes);
  const join = (tiles: readonly Uint8Array[]) => {
    const joined = joinPredictions(tiles, heldOut.classes);
    if (!joined.ok) throw new UntrustedError(`a tile of order ${opened.id} is no prediction`);
    return joined.value;
  };
  const ciphertext = await client.resultCiphertext(opened.id);
  const result = await client.openResult(order, opened.contentKey, ciphertext, split, join);
  const { labels } = prediction(result);
  return { order, result, labels, score: scoreOf(labels, heldOut.y) };
}

/** Tells the provider that the rule ranks first to lie once, then orders. Development networks only. */
export async function predictWithLiar(client: Client, trained: Trained, show: Show): Promise<Predicted> {
  show(undefined);
  const [first] = (await client.quote(predictWork(trained))).quotes;
  if (!first) throw new HaiError('no_provider');
  const region = regionOf(first.provider.region);
  await client.setLies(region, 1);
  try {
    return await predict(client, trained, show);
  } finally {
    // An order that failed before it was matched leaves no lie behind for the next one.
    await client.setLies(region, 0);
  }
}

/** The model's canonical bytes, decrypted and equal to its order's result root. */
export async function openModel(client: Client, { order, model }: Trained): Promise<Uint8Array> {
  return client.openResult(order, model.contentKey, await client.modelCiphertext(model.order));
}
