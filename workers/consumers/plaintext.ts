/**
 * What a compute or check invocation reads in the clear: the payload, the training set, the model. Decrypted bytes live in the
 * isolate's memory only, in small caches keyed by ciphertext and key, so that a slice does not decrypt what the last one did.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Lease } from '../../durable-objects/region/rpc.ts';
import { decodeRows, decodeTable, type EncodedTable } from '../../ml/dataset/rows.ts';
import { decodeModel, type MlpModel } from '../../ml/mlp/model.ts';
import type { MlpSpec } from '../../protocol/cycles.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import type { SealedPayload } from '../../protocol/order/sealed.ts';
import type { WireTrainWork } from '../../protocol/wire.ts';
import { openContent } from '../../sealing/content.ts';
import { openPayload } from '../../sealing/envelope.ts';
import { blobKey } from '../blob-key.ts';
import type { Env } from '../env.ts';

/** Two training sets of at most 16 MiB, and a few models of at most 1 MiB: well inside a 128 MB isolate. */
const DATASETS_MAX = 2;
const MODELS_MAX = 16;

class Recent<T> {
  readonly #entries = new Map<string, T>();
  readonly #max: number;
  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): T | undefined {
    const found = this.#entries.get(key);
    if (found !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, found);
    }
    return found;
  }

  put(key: string, value: T): void {
    this.#entries.set(key, value);
    if (this.#entries.size > this.#max) this.#entries.delete(this.#entries.keys().next().value as string);
  }
}

const datasets = new Recent<EncodedTable>(DATASETS_MAX);
const models = new Recent<MlpModel>(MODELS_MAX);

/** A cache key that says nothing of the key it is made from. */
const cacheKey = (id: Uint8Array, key: Uint8Array): string => bytesToHex(sha256(Uint8Array.from([...id, ...key])));

export type Task = Pick<Lease, 'work' | 'contentKey' | 'sealed' | 'inputs' | 'model'>;

export function specOf(work: WireTrainWork): MlpSpec {
  const { rows, features, hidden, classes, epochs, batch } = work;
  return { rows, features, hidden, classes, epochs, batch, seed: BigInt(work.seed) };
}

export async function payloadOf(task: Task): Promise<Result<SealedPayload>> {
  const payload = await openPayload(task.sealed, task.contentKey);
  if (!payload) return fail('sealed_malformed');
  return payload.kind === task.work.kind ? ok(payload) : fail('sealed_malformed', 'the payload is for other work');
}

/** The training set, which must have the shape that the order declares: the quote was made from it. */
export async function trainingSet(env: Pick<Env, 'BLOBS'>, task: Task): Promise<Result<EncodedTable>> {
  const input = task.inputs[0];
  if (!input || task.work.kind !== 'train') return fail('unknown_dataset');
  const payload = await payloadOf(task);
  if (!payload.ok) return payload;
  if (payload.value.kind !== 'train') return fail('sealed_malformed');
  const key = cacheKey(input, payload.value.datasetKey);
  const known = datasets.get(key);
  if (known) return shaped(known, task.work);
  const stored = await env.BLOBS.get(blobKey(bytesToHex(input)));
  if (!stored) return fail('unknown_dataset');
  const plain = await openContent(payload.value.datasetKey, 'dataset', new Uint8Array(await stored.arrayBuffer()));
  if (!plain) return fail('sealed_malformed');
  const table = decodeTable(plain);
  if (!table.ok) return table;
  datasets.put(key, table.value);
  return shaped(table.value, task.work);
}

function shaped(table: EncodedTable, work: WireTrainWork): Result<EncodedTable> {
  if (table.y.every((label) => label === table.y[0])) return fail('one_class');
  const fits = table.rows === work.rows && table.features === work.features && table.classes === work.classes;
  return fits ? ok(table) : fail('dataset_malformed', 'the data set has another shape than the order');
}

export interface PredictInputs {
  readonly model: MlpModel;
  readonly x: Float32Array;
  readonly rows: number;
}

export async function predictInputs(task: Task): Promise<Result<PredictInputs>> {
  if (task.work.kind !== 'predict' || !task.model || task.model.work.kind !== 'train') return fail('unknown_model');
  const payload = await payloadOf(task);
  if (!payload.ok) return payload;
  if (payload.value.kind !== 'predict') return fail('sealed_malformed');
  const model = await modelOf(task.model, payload.value.modelKey);
  if (!model.ok) return model;
  const rows = decodeRows(payload.value.rows);
  if (!rows.ok) return rows;
  if (rows.value.rows !== task.work.rows || rows.value.features !== model.value.shape.features) {
    return fail('dataset_malformed', 'the rows have another shape than the order');
  }
  return ok({ model: model.value, x: rows.value.x, rows: rows.value.rows });
}

async function modelOf(source: NonNullable<Task['model']>, modelKey: Uint8Array): Promise<Result<MlpModel>> {
  const key = cacheKey(source.order, modelKey);
  const known = models.get(key);
  if (known) return ok(known);
  const plain = await openContent(modelKey, 'result', source.result);
  if (!plain) return fail('unknown_model', 'the key does not open the model');
  const model = decodeModel(plain);
  if (model.ok) models.put(key, model.value);
  return model;
}
