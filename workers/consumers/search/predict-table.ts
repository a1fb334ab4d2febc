/** A prediction of typed rows by the model of a search: computed in one piece, and checked by computing it again. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { CheckJob, Lease } from '../../../durable-objects/region/rpc.ts';
import { type Bundle, decodeBundle } from '../../../ml/bundle/bundle.ts';
import { predictBundle } from '../../../ml/bundle/predict.ts';
import { encodePrediction, predictionLeaves } from '../../../ml/bundle/prediction.ts';
import { Meter } from '../../../ml/meter.ts';
import { decodeTypedTable, encodeSchema } from '../../../ml/table/canonical.ts';
import { schemaOf } from '../../../ml/table/rows.ts';
import type { Table } from '../../../ml/table/table.ts';
import { type Failure, fail, ok, type Result } from '../../../protocol/errors.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { resultRoot, resultSalt } from '../../../protocol/order/results.ts';
import { tablePredictionHash } from '../../../protocol/order/search-log.ts';
import { BoundedCache, cacheKey } from '../../../sealing/bounded-cache.ts';
import { openContent } from '../../../sealing/content.ts';
import type { Env } from '../../env.ts';
import { type Judgement, pass, refuse } from '../judge-rows.ts';
import { newTrainerKernels } from '../kernels.ts';
import { payloadOf } from '../plaintext.ts';

/** Of at most 16 MiB each. */
const BUNDLES_MAX = 2;
const bundles = new BoundedCache<Bundle>(BUNDLES_MAX);

type Task = Pick<Lease, 'work' | 'contentKey' | 'sealed' | 'bundle'>;

async function bundleFor(
  env: Pick<Env, 'BLOBS'>,
  { key }: NonNullable<Lease['bundle']>,
  modelKey: Uint8Array,
): Promise<Result<Bundle>> {
  const id = cacheKey(sha256(new TextEncoder().encode(key)), modelKey);
  const known = bundles.get(id);
  if (known) return ok(known);
  const stored = await env.BLOBS.get(key);
  const plain = stored && (await openContent(modelKey, 'result', new Uint8Array(await stored.arrayBuffer())));
  if (!plain) return fail('unknown_model', 'the key does not open the model');
  const bundle = decodeBundle(plain);
  if (!bundle.ok) return fail('unknown_model', bundle.evidence);
  bundles.set(id, bundle.value);
  return bundle;
}

/** Rows that have the model's columns, one for one, and its categories. */
function rowsFor(bytes: Uint8Array, rows: number, { schema }: Bundle): Result<Table> {
  const table = decodeTypedTable(bytes);
  if (!table.ok) return fail('dataset_malformed', table.evidence);
  if (table.value.rows !== rows) return fail('dataset_malformed', 'another number of rows than the order');
  const fits = equalBytes(encodeSchema(schemaOf(table.value)), encodeSchema(schema));
  return fits ? table : fail('dataset_malformed', "the rows have other columns than the model's table");
}

export interface TablePrediction {
  readonly result: Uint8Array;
  readonly root: Uint8Array;
  readonly stateHash: Uint8Array;
  readonly cycles: bigint;
}

/** What the order's result must be. */
export async function computeTablePrediction(env: Pick<Env, 'BLOBS'>, task: Task): Promise<Result<TablePrediction>> {
  if (task.work.kind !== 'predictTable' || !task.bundle) return fail('unknown_model');
  const payload = await payloadOf(task, 'predict');
  if (!payload.ok) return payload;
  const bundle = await bundleFor(env, task.bundle, payload.value.modelKey);
  if (!bundle.ok) return bundle;
  const table = rowsFor(payload.value.rows, task.work.rows, bundle.value);
  if (!table.ok) return table;
  const meter = new Meter();
  const prediction = predictBundle(newTrainerKernels(), bundle.value, table.value, meter);
  const result = encodePrediction(prediction);
  const { quoteCycles } = task.bundle;
  // The quote is what the model was made to keep within; beyond it nothing may be billed.
  const isBeyond = meter.cycles > quoteCycles;
  const salt = resultSalt(task.contentKey);
  return ok({
    result,
    root: resultRoot(salt, predictionLeaves(prediction)),
    stateHash: tablePredictionHash(salt, result),
    cycles: isBeyond ? quoteCycles : meter.cycles,
  });
}

/** Fails when the inputs can't be read any more: that is nobody's lie. */
export async function judgeTablePrediction(env: Pick<Env, 'BLOBS'>, job: CheckJob): Promise<Judgement | Failure> {
  const computed = await computeTablePrediction(env, job.lease);
  if (!computed.ok) return computed;
  const { result, root, stateHash: hash, cycles } = computed.value;
  const claimed = await openContent(job.lease.contentKey, 'result', job.result);
  const entry = job.log[0];
  if (!claimed || !equalBytes(claimed, result)) return refuse('recompute', 'the rows give another result');
  if (!equalBytes(root, job.resultRoot)) return refuse('recompute', 'another result was committed');
  if (job.log.length !== 1 || !entry || !equalBytes(entry.stateHash, hash) || entry.cycles !== cycles)
    return refuse('recompute', 'the log has another hash or other cycles');
  return pass('recompute', 1);
}
