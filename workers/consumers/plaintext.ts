/**
 * What a compute or check invocation reads in the clear: the payload, the training set, the model. Decrypted bytes live in the
 * isolate's memory only, in small caches keyed by ciphertext and key, so that a slice does not decrypt what the last one did.
 */

import { bytesToHex } from '@noble/hashes/utils.js';
import type { Lease, TileJob } from '../../durable-objects/region/rpc.ts';
import { decodeRows, decodeTable, type EncodedTable } from '../../ml/dataset/rows.ts';
import { decodeModel, type MlpModel } from '../../ml/mlp/model.ts';
import { type Failure, fail, ok, type Result } from '../../protocol/errors.ts';
import { rowsBytes } from '../../protocol/order/rows.ts';
import type { SealedPayload } from '../../protocol/order/sealed.ts';
import { tileRows } from '../../protocol/order/tiles.ts';
import type { WireTrainWork } from '../../protocol/wire.ts';
import { BoundedCache, cacheKey } from '../../sealing/bounded-cache.ts';
import { openContent, SEALING_OVERHEAD_BYTES } from '../../sealing/content.ts';
import { openPayload } from '../../sealing/envelope.ts';
import { blobKey } from '../blob-key.ts';
import type { Env } from '../env.ts';

/** Two training sets of at most 16 MiB, and a few models of at most 1 MiB: well inside a 128 MB isolate. */
const DATASETS_MAX = 2;
const MODELS_MAX = 16;

const datasets = new BoundedCache<EncodedTable>(DATASETS_MAX);
const models = new BoundedCache<MlpModel>(MODELS_MAX);

export type Task = Pick<Lease, 'work' | 'contentKey' | 'sealed' | 'inputs' | 'model'>;

type PayloadOf<K extends SealedPayload['kind']> = Extract<SealedPayload, { kind: K }>;

export async function payloadOf<K extends SealedPayload['kind']>(
  { sealed, contentKey }: Pick<Task, 'sealed' | 'contentKey'>,
  kind: K,
): Promise<Result<PayloadOf<K>>> {
  const payload = await openPayload(sealed, contentKey);
  if (!payload) return fail('sealed_malformed');
  return payload.kind === kind
    ? ok(payload as PayloadOf<K>)
    : fail('sealed_malformed', 'the payload is for other work');
}

/** The training set, which must have the shape that the order declares: the quote was made from it. */
export async function trainingSet(env: Pick<Env, 'BLOBS'>, task: Task): Promise<Result<EncodedTable>> {
  const input = task.inputs[0];
  if (!input || task.work.kind !== 'train') return fail('unknown_dataset');
  const payload = await payloadOf(task, 'train');
  if (!payload.ok) return payload;
  const key = cacheKey(input, payload.value.datasetKey);
  const known = datasets.get(key);
  if (known) return shaped(known, task.work);
  const stored = await env.BLOBS.get(blobKey(bytesToHex(input)));
  if (!stored) return fail('unknown_dataset');
  const plain = await openContent(payload.value.datasetKey, 'dataset', new Uint8Array(await stored.arrayBuffer()));
  if (!plain) return fail('sealed_malformed');
  const table = decodeTable(plain);
  if (!table.ok) return table;
  datasets.set(key, table.value);
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
  const payload = await payloadOf(task, 'predict');
  if (!payload.ok) return payload;
  const model = await modelOf(task.model, payload.value.modelKey);
  if (!model.ok) return model;
  return decodedRows(payload.value.rows, task.work.rows, model.value);
}

function decodedRows(bytes: Uint8Array, rows: number, model: MlpModel): Result<PredictInputs> {
  const decoded = decodeRows(bytes);
  if (!decoded.ok) return decoded;
  if (decoded.value.rows !== rows || decoded.value.features !== model.shape.features) {
    return fail('dataset_malformed', 'the rows have another shape than the order');
  }
  return ok({ model, x: decoded.value.x, rows });
}

type TileTask = Task & Pick<TileJob, 'tile' | 'from' | 'to'>;

/** One tile's rows, from the ciphertext that the payload names in its place. */
export async function tileInputs(env: Pick<Env, 'BLOBS'>, task: TileTask): Promise<Result<PredictInputs>> {
  if (task.model?.work.kind !== 'train') return fail('unknown_model');
  const payload = await payloadOf(task, 'predictTiles');
  if (!payload.ok) return payload;
  const { modelKey, rowsKey, tiles } = payload.value;
  const model = await modelOf(task.model, modelKey);
  if (!model.ok) return model;
  const id = tiles[task.tile];
  const stored = id && (await env.BLOBS.get(blobKey(bytesToHex(id))));
  if (!stored) return fail('unknown_dataset', `tile ${task.tile}`);
  const plain = await openContent(rowsKey, 'dataset', new Uint8Array(await stored.arrayBuffer()));
  return plain ? decodedRows(plain, task.to - task.from, model.value) : fail('sealed_malformed', `tile ${task.tile}`);
}

/** Ids of the uploaded tiles, as many as the plan has. */
export async function tileIds(lease: Lease): Promise<Result<Uint8Array[]>> {
  const payload = await payloadOf(lease, 'predictTiles');
  if (!payload.ok) return payload;
  const { tiles } = payload.value;
  const planned = lease.tiles?.plan.tiles;
  return tiles.length === planned ? ok(tiles) : fail('dataset_malformed', `${tiles.length} tiles for ${planned}`);
}

/**
 * Why the uploaded tiles can't be those of the plan, as far as that shows without opening them: one is missing, or has another
 * length. Asked before any is computed, so that a batch which would be declined in the end costs no provider its work.
 */
export async function tilesFault(
  env: Pick<Env, 'BLOBS'>,
  ids: readonly Uint8Array[],
  { plan, features }: NonNullable<Lease['tiles']>,
): Promise<Failure | undefined> {
  const stored = await Promise.all(ids.map((id) => env.BLOBS.head(blobKey(bytesToHex(id)))));
  const missing = stored.indexOf(null);
  if (missing >= 0) return fail('unknown_dataset', `tile ${missing}`);
  const misshapen = stored.findIndex((blob, tile) => {
    const { from, to } = tileRows(plan, tile);
    return blob?.size !== rowsBytes(to - from, features) + SEALING_OVERHEAD_BYTES;
  });
  return misshapen < 0 ? undefined : fail('dataset_malformed', `tile ${misshapen} has another length than its rows`);
}

async function modelOf(source: NonNullable<Task['model']>, modelKey: Uint8Array): Promise<Result<MlpModel>> {
  const key = cacheKey(source.order, modelKey);
  const known = models.get(key);
  if (known) return ok(known);
  const plain = await openContent(modelKey, 'result', source.result);
  if (!plain) return fail('unknown_model', 'the key does not open the model');
  const model = decodeModel(plain);
  if (model.ok) models.set(key, model.value);
  return model;
}
