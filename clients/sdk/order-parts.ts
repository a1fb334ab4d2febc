/** What the two kinds of order are asked for with, and the parts that they are made of: work, payload, uploads. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { cutRows } from '../../protocol/order/rows.ts';
import { type TilePlan, tilePlan, tileRows } from '../../protocol/order/tiles.ts';
import { type TrainWork, workCycles } from '../../protocol/order/work.ts';
import type { Context } from './context.ts';
import { uploadDataset, uploadParts } from './datasets.ts';
import { HaiError } from './errors.ts';
import type { OrderParts, OrderTerms } from './open-order.ts';
import { trainWorkOf } from './quotes.ts';

export interface TrainRequest extends OrderTerms {
  /** Canonical bytes of the table (ml/dataset). They are encrypted before they leave. */
  readonly dataset: Uint8Array;
  readonly work: Omit<TrainWork, 'kind'>;
}

export interface ModelReference {
  /** Id of the train order. */
  readonly order: string;
  readonly contentKey: Uint8Array;
  /** Asked of the network when absent. */
  readonly work?: TrainWork;
}

/** Canonical bytes of the rows from `from` up to `to`, which is not one of them. */
export type RowSource = (from: number, to: number) => Uint8Array;

export interface PredictRequest extends OrderTerms {
  readonly model: ModelReference;
  /**
   * Canonical bytes of the rows (ml/dataset), or what gives those of a part of them, where all at once are too many. Few rows
   * travel inside the sealed envelope; many are uploaded, encrypted, in tiles (protocol/order/tiles.ts).
   */
  readonly rows: Uint8Array | RowSource;
  readonly rowCount: number;
}

export async function trainParts(context: Context, request: TrainRequest): Promise<OrderParts> {
  const { dataset, work, ...terms } = request;
  const uploaded = await uploadDataset(context, dataset);
  const payload = { kind: 'train', datasetKey: uploaded.key } as const;
  const inputs = [hexToBytes(uploaded.id)];
  return { ...terms, work: { kind: 'train', ...work }, payload, inputs, uploads: [uploaded.id] };
}

export async function predictParts(context: Context, request: PredictRequest): Promise<OrderParts> {
  const { model, rows, rowCount, ...terms } = request;
  const trained = model.work ?? (await trainWorkOf(context, model.order));
  const work = { kind: 'predict', rows: rowCount, model: hexToBytes(model.order) } as const;
  // Before anything is uploaded.
  const cycles = workCycles(work, trained);
  if (!cycles.ok) throw HaiError.of(cycles);
  const plan = tilePlan(trained, rowCount);
  const sent = plan
    ? await uploadedTiles(context, model.contentKey, rows, plan)
    : { payload: inlineRows(model.contentKey, rows, rowCount), uploads: [] };
  return { ...terms, work, inputs: [], model: trained, ...sent };
}

const inlineRows = (modelKey: Uint8Array, rows: PredictRequest['rows'], count: number) =>
  ({ kind: 'predict', modelKey, rows: typeof rows === 'function' ? rows(0, count) : rows }) as const;

async function uploadedTiles(
  context: Context,
  modelKey: Uint8Array,
  rows: PredictRequest['rows'],
  plan: TilePlan,
): Promise<Pick<OrderParts, 'payload' | 'uploads'>> {
  const source: RowSource = typeof rows === 'function' ? rows : (from, to) => cutRows(rows, from, to);
  const { ids, key } = await uploadParts(context, plan.tiles, (tile) => {
    const { from, to } = tileRows(plan, tile);
    return source(from, to);
  });
  const tiles = ids.map((id) => hexToBytes(id));
  return { payload: { kind: 'predictTiles', modelKey, rowsKey: key, tiles }, uploads: ids };
}
