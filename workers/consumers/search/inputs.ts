/** What every invocation reads of a search: its specification, and its table in the clear, kept in a small cache. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { SearchTask } from '../../../durable-objects/region/search-rpc.ts';
import { METRICS } from '../../../ml/metrics/metrics.ts';
import type { Metric, SearchSpec, TableShape } from '../../../ml/search/search.ts';
import { decodeTypedTable } from '../../../ml/table/canonical.ts';
import type { Table } from '../../../ml/table/table.ts';
import { FAMILIES, type Family } from '../../../ml/trainers/trainer.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { workOfWire } from '../../../protocol/order/wire-work.ts';
import type { SearchWork } from '../../../protocol/order/work.ts';
import { BoundedCache, cacheKey } from '../../../sealing/bounded-cache.ts';
import { openContent } from '../../../sealing/content.ts';
import { blobKey } from '../../blob-key.ts';
import type { Env } from '../../env.ts';
import { payloadOf } from '../plaintext.ts';
import { shapeFault } from './job-parts.ts';

/** Of at most 31 MiB each. */
const TABLES_MAX = 2;
const tables = new BoundedCache<Table>(TABLES_MAX);

export interface SearchPlan {
  readonly spec: SearchSpec;
  readonly shape: TableShape;
  readonly datasetKey: Uint8Array;
}

/** From the public work and the sealed payload. */
export async function searchPlan(task: SearchTask): Promise<Result<SearchPlan>> {
  if (task.work.kind !== 'search') return fail('work_invalid', 'not a search');
  const payload = await payloadOf(task, 'search');
  if (!payload.ok) return payload;
  const { datasetKey, task: kind, metric, families } = payload.value;
  const work = workOfWire(task.work);
  const known = families.filter((name): name is Family => (FAMILIES as readonly string[]).includes(name));
  if (known.length !== families.length || known.length === 0 || new Set(known).size !== known.length)
    return fail('work_invalid', 'families');
  const metrics = kind in METRICS ? METRICS[kind as SearchSpec['task']] : [];
  if (!(metrics as readonly string[]).includes(metric)) return fail('work_invalid', 'task or metric');
  if ((kind === 'classes') !== work.classes > 0) return fail('work_invalid', 'the task is not of these classes');
  const { rows, columns, classes, images } = work;
  const spec = specOf(work, kind as SearchSpec['task'], metric as Metric, known);
  return ok({ spec, shape: { rows, columns, classes, images }, datasetKey });
}

function specOf(
  { trials, budget, folds, seed, rowCycles }: SearchWork,
  task: SearchSpec['task'],
  metric: Metric,
  families: readonly Family[],
): SearchSpec {
  return { task, metric, families, trials, budget, folds, seed, rowCycles };
}

/** The table, which must have the shape that the order declares, and the target that its task asks for. */
export async function searchTable(
  env: Pick<Env, 'BLOBS'>,
  { inputs }: Pick<SearchTask, 'inputs'>,
  plan: SearchPlan,
): Promise<Result<Table>> {
  const input = inputs[0];
  if (!input) return fail('unknown_dataset');
  const key = cacheKey(input, plan.datasetKey);
  const known = tables.get(key);
  if (known) return shaped(known, plan);
  const stored = await env.BLOBS.get(blobKey(bytesToHex(input)));
  if (!stored) return fail('unknown_dataset');
  const plain = await openContent(plan.datasetKey, 'dataset', new Uint8Array(await stored.arrayBuffer()));
  if (!plain) return fail('sealed_malformed');
  const table = decodeTypedTable(plain);
  if (!table.ok) return fail('dataset_malformed', table.evidence);
  tables.set(key, table.value);
  return shaped(table.value, plan);
}

const shaped = (table: Table, { spec, shape }: SearchPlan): Result<Table> =>
  shapeFault(table, spec.task, shape) ?? ok(table);
