/** The repository's real data set and a small network trained on it, for the tests of this folder. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseCsv, type Table } from '../../../ml/dataset/csv.ts';
import type { TrainingSet } from '../../../ml/dataset/rows.ts';
import type { MlKernel } from '../../../ml/kernel.ts';
import { initState } from '../../../ml/mlp/state.ts';
import { type ChunkResult, chunkCount, trainChunk } from '../../../ml/mlp/train.ts';
import type { MlpSpec } from '../../../protocol/cycles.ts';
import type { Result } from '../../../protocol/errors.ts';

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
}

export function digitsTable(): Table {
  const packed = readFileSync(new URL('../../../data/digits.csv.gz', import.meta.url));
  return unwrap(parseCsv(gunzipSync(packed).toString('utf8')));
}

export const specOf = (table: Table, rest: Pick<MlpSpec, 'hidden' | 'epochs' | 'batch' | 'seed'>): MlpSpec => ({
  rows: table.rows,
  features: table.features,
  classes: table.classes,
  ...rest,
});

/** Every chunk's result, in order; the last state is the model. */
export function trainAll(ml: MlKernel, spec: MlpSpec, set: TrainingSet): ChunkResult[] {
  const results: ChunkResult[] = [];
  let state = initState(spec);
  for (let chunk = 0; chunk < chunkCount(spec); chunk++) {
    const result = unwrap(trainChunk(ml, spec, set, chunk, state));
    results.push(result);
    state = result.state;
  }
  return results;
}
