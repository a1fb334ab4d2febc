/** The demo's orders: train on 80% of the rows, predict the rest, and predict once more while the first provider lies. */
import type { Client } from '../../clients/sdk/client.ts';
import type { OpenedOrder } from '../../clients/sdk/orders.ts';
import { type EncodedTable, encodeRows, encodeTable } from '../../ml/dataset/rows.ts';
import { decodeModel, type MlpModel } from '../../ml/mlp/model.ts';
import { decodePrediction, predictionLeaves } from '../../ml/mlp/prediction.ts';
import { STEPS } from '../../protocol/order/lifecycle.ts';
import type { Zhi } from '../../protocol/units.ts';
import { formatHai } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { Story } from './story.ts';

/** A small network: 64 -> 32 -> 10, 40 epochs of mini-batches of 32. */
export const SETTINGS = { hidden: 32, epochs: 40, batch: 32, seed: 20_261_124n } as const;
const TRAIN_LIMIT_ZHI = 5_000_000n as Zhi;
const PREDICT_LIMIT_ZHI = 100_000n as Zhi;
const WAIT_SECONDS = 25;

export interface Trained {
  readonly opened: OpenedOrder;
  readonly order: WireOrder;
  readonly model: MlpModel;
}

export async function trainDigits(client: Client, train: EncodedTable, story: Story): Promise<Trained> {
  const { rows, features, classes } = train;
  const work = { rows, features, classes, ...SETTINGS };
  const opened = await client.train({ dataset: encodeTable(train), work, priceLimitZhi: TRAIN_LIMIT_ZHI });
  let order = opened.order;
  for await (const seen of client.watchOrder(opened.id)) {
    order = seen;
    if (seen.progress) story.progress(seen.progress.chunk, seen.progress.chunks, 'chunks');
  }
  const bytes = await client.openResult(order, opened.contentKey, await client.resultCiphertext(opened.id));
  const model = decodeModel(bytes);
  if (!model.ok) throw new Error(`the model does not decode: ${model.code}`);
  return { opened, order, model: model.value };
}

export interface Predicted {
  readonly order: WireOrder;
  readonly labels: Uint8Array;
}

export async function predictRows(client: Client, trained: Trained, table: EncodedTable): Promise<Predicted> {
  const { rows, features, x, classes } = table;
  const model = { order: trained.opened.id, contentKey: trained.opened.contentKey };
  const request = { model, rows: encodeRows({ rows, features, x }), rowCount: rows, priceLimitZhi: PREDICT_LIMIT_ZHI };
  const opened = await client.predict(request, { waitSeconds: WAIT_SECONDS });
  const { order } = await client.waitOrder(opened.id, 'final');
  const read = (bytes: Uint8Array) => {
    const prediction = decodePrediction(bytes, rows, classes);
    if (!prediction.ok) throw new Error(`the prediction does not decode: ${prediction.code}`);
    return prediction.value;
  };
  const ciphertext = opened.result ?? (await client.resultCiphertext(opened.id));
  const plain = await client.openResult(order, opened.contentKey, ciphertext, (bytes) =>
    predictionLeaves(read(bytes), classes),
  );
  return { order, labels: read(plain).labels };
}

export function accuracyOf(labels: Uint8Array, truth: Uint8Array): number {
  return labels.reduce((right, label, i) => right + Number(label === truth[i]), 0) / truth.length;
}

/** The seven steps with the time that each took, from the step before it. */
export function tellSteps(story: Story, order: WireOrder): void {
  let before = order.steps.intake;
  for (const step of STEPS) {
    const at = order.steps[step];
    story.fact(step, at === null ? 'not done' : `${Number(at) - Number(before ?? at)} ms${NOTES[step](order)}`);
    before = at ?? before;
  }
}

const NOTES: Record<(typeof STEPS)[number], (order: WireOrder) => string> = {
  intake: (order) => `   ${formatHai(BigInt(order.priceLimitZhi))} in escrow, region ${order.region}`,
  match: (order) =>
    `   quote ${order.quote.cycles} cycles, ${order.quote.durationMs} ms at the attested rate, ${formatHai(BigInt(order.quote.priceZhi))}`,
  compute: (order) => `   by ${order.path === 'queue' ? 'queue' : 'direct call'}`,
  prove: (order) =>
    `   ${order.attempts.at(-1)?.method ?? 'nothing'}, ${order.attempts.at(-1)?.checkedParts ?? 0} parts checked in another invocation`,
  settle: (order) =>
    order.bill ? `   bill ${order.bill.cycles} cycles, ${formatHai(BigInt(order.bill.refundZhi))} back` : '',
  seal: (order) => (order.block ? `   block ${order.block.height}` : ''),
  deliver: () => '',
};
