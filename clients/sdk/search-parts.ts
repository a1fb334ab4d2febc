/** What a search and a prediction by its model are ordered with, and the parts of their orders. */
import { hexToBytes } from '@noble/hashes/utils.js';
import type { SealedPayload } from '../../protocol/order/sealed.ts';
import { type SearchWork, workCycles } from '../../protocol/order/work.ts';
import type { Context } from './context.ts';
import { uploadDataset } from './datasets.ts';
import { HaiError } from './errors.ts';
import type { OrderParts, OrderTerms } from './open-order.ts';
import { modelWorkOf } from './quotes.ts';

export interface SearchRequest extends OrderTerms {
  /** Canonical bytes of the table (ml/table/canonical.ts). They are encrypted before they leave. */
  readonly dataset: Uint8Array;
  readonly work: Omit<SearchWork, 'kind'>;
  /** Words of ml/search: they travel sealed, as the data do. */
  readonly task: string;
  readonly metric: string;
  readonly families: readonly string[];
}

export interface SearchModel {
  /** Id of the search. */
  readonly order: string;
  readonly contentKey: Uint8Array;
  /** Asked of the network when absent. */
  readonly work?: SearchWork;
}

export interface PredictTableRequest extends OrderTerms {
  readonly model: SearchModel;
  /** Canonical bytes of a table without a target, in the model's columns. */
  readonly rows: Uint8Array;
  readonly rowCount: number;
}

export async function searchParts(context: Context, request: SearchRequest): Promise<OrderParts> {
  const { dataset, work: fields, task, metric, families, ...terms } = request;
  const work = { kind: 'search', ...fields } as const;
  // Before anything is uploaded.
  const cycles = workCycles(work);
  if (!cycles.ok) throw HaiError.of(cycles);
  const { id, key } = await uploadDataset(context, dataset);
  const payload: SealedPayload = { kind: 'search', datasetKey: key, task, metric, families: [...families] };
  return { ...terms, work, payload, inputs: [hexToBytes(id)], uploads: [id] };
}

export async function predictTableParts(context: Context, request: PredictTableRequest): Promise<OrderParts> {
  const { model, rows, rowCount, ...terms } = request;
  const searched = model.work ?? (await modelWorkOf(context, model.order));
  const work = { kind: 'predictTable', rows: rowCount, model: hexToBytes(model.order) } as const;
  const cycles = workCycles(work, searched);
  if (!cycles.ok) throw HaiError.of(cycles);
  const payload = { kind: 'predict', modelKey: model.contentKey, rows } as const;
  return { ...terms, work, payload, inputs: [], uploads: [], model: searched };
}
