/** The job of an order, run again on this machine's software HPU: the same bytes, the same work log, or it was not what was ordered. */
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import type { EncodedRows, TrainingSet } from '../../../ml/dataset/rows.ts';
import { createMlKernel } from '../../../ml/kernel.ts';
import type { MlpModel } from '../../../ml/mlp/model.ts';
import { predictInt8 } from '../../../ml/mlp/predict.ts';
import { encodePrediction, encodeTrace, joinPredictions, predictionLeaves } from '../../../ml/mlp/prediction.ts';
import { initState } from '../../../ml/mlp/state.ts';
import { chunkCount, trainChunk } from '../../../ml/mlp/train.ts';
import { ok, type Result } from '../../../protocol/errors.ts';
import type { Hash } from '../../../protocol/hash.ts';
import { resultRoot, resultSalt, tiledResultRoot } from '../../../protocol/order/results.ts';
import { tileCycles, tilePlan, tileRows } from '../../../protocol/order/tiles.ts';
import type { TrainWork } from '../../../protocol/order/work.ts';
import { type ChunkEntry, stateHash } from '../../../protocol/order/worklog.ts';

export interface RunAgain {
  readonly result: Uint8Array;
  readonly root: Hash;
  /** Of the work log, in order. */
  readonly entries: readonly ChunkEntry[];
}

/** `onChunk` is told of each chunk that is done. Refuses as `trainChunk` does. */
export function trainAgain(
  spec: TrainWork,
  set: TrainingSet,
  contentKey: Uint8Array,
  onChunk: (done: number, chunks: number) => void,
): Result<RunAgain> {
  const kernel = createMlKernel(loadKernels().float);
  const chunks = chunkCount(spec);
  const entries: ChunkEntry[] = [];
  let state = initState(spec);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const step = trainChunk(kernel, spec, set, chunk, state);
    if (!step.ok) return step;
    ({ state } = step.value);
    entries.push({ chunk, stateHash: stateHash(state), cycles: step.value.cycles });
    onChunk(chunk + 1, chunks);
  }
  return ok({ result: state, root: resultRoot(resultSalt(contentKey), [state]), entries });
}

/** Cut into tiles where the order was, so that the work log is the same. */
export function predictAgain(
  model: MlpModel,
  { x, rows }: Pick<EncodedRows, 'x' | 'rows'>,
  contentKey: Uint8Array,
  onTile: (done: number, tiles: number) => void,
): Result<RunAgain> {
  const hpu = createHpu(loadKernels());
  const { features, classes } = model.shape;
  const plan = tilePlan(model.shape, rows);
  const tiles = plan?.tiles ?? 1;
  const salt = resultSalt(contentKey);
  const entries: ChunkEntry[] = [];
  const roots: Hash[] = [];
  const results: Uint8Array[] = [];
  for (let tile = 0; tile < tiles; tile++) {
    const { from, to } = plan ? tileRows(plan, tile) : { from: 0, to: rows };
    const predicted = predictInt8(hpu, model, x.subarray(from * features, to * features), to - from);
    const trace = encodeTrace(predicted.trace, model.shape);
    const cycles = plan ? tileCycles(model.shape, plan, tile) : predicted.cycles;
    entries.push({ chunk: tile, stateHash: stateHash(trace), cycles });
    roots.push(resultRoot(salt, predictionLeaves(predicted, classes), from));
    results.push(encodePrediction(predicted, classes));
    onTile(tile + 1, tiles);
  }
  const joined = joinPredictions(results, classes);
  return joined.ok ? ok({ result: joined.value, root: tiledResultRoot(roots), entries }) : joined;
}
