/**
 * Step 3, compute: the one function behind the direct path and both queues. Predictions run in one piece, large ones by tiles
 * (tiles.ts); searches by jobs (search/plan.ts); training runs chunk by chunk, each recorded before the next, so that whoever takes the lease over goes on from the
 * last recorded state.
 */

import type { Lease } from '../../durable-objects/region/rpc.ts';
import { predictInt8 } from '../../ml/mlp/predict.ts';
import { encodePrediction, encodeTrace, predictionLeaves } from '../../ml/mlp/prediction.ts';
import { initState } from '../../ml/mlp/state.ts';
import { chunkCount, trainChunk } from '../../ml/mlp/train.ts';
import type { MlpSpec } from '../../protocol/cycles.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { resultRoot, resultSalt } from '../../protocol/order/results.ts';
import { workOfWire } from '../../protocol/order/wire-work.ts';
import { stateHash } from '../../protocol/order/worklog.ts';
import { openContent, sealContent } from '../../sealing/content.ts';
import type { Env, RegionStub } from '../env.ts';
import { giveWay } from '../give-way.ts';
import { flipProduct } from './flip-product.ts';
import { hpu, mlKernel } from './kernels.ts';
import { predictInputs, trainingSet } from './plaintext.ts';
import { handOutJobs } from './search/plan.ts';
import { computeTablePrediction } from './search/predict-table.ts';
import { handOutTiles } from './tiles.ts';

/**
 * `done`: the work was submitted. `yielded`: the slice is used up, and the rest is for the next invocation. `handedOut`: tiles
 * are on their way, each with a message of its own.
 */
export type Computed = 'done' | 'yielded' | 'handedOut';

/**
 * A slice that has run this many chunks of at most some 15 ms hands on to a successor. Between chunks the isolate answers
 * other requests.
 */
export const CHUNKS_PER_SLICE = 16;

export async function compute(env: Env, region: RegionStub, lease: Lease): Promise<Result<Computed>> {
  if (lease.tiles) return handOutTiles(env, region, lease);
  switch (lease.work.kind) {
    case 'search':
      return handOutJobs(env, region, lease);
    case 'predictTable':
      return predictTable(env, region, lease);
    case 'predict':
      return predict(region, lease);
    case 'train':
      return train(env, region, lease);
  }
}

async function predict(region: RegionStub, lease: Lease): Promise<Result<Computed>> {
  const inputs = await predictInputs(lease);
  if (!inputs.ok) return inputs;
  const { model, x, rows } = inputs.value;
  const predicted = predictInt8(hpu(), model, x, rows);
  if (lease.lie) flipProduct(predicted.trace.c2, predicted);
  const result = encodePrediction(predicted, model.shape.classes);
  const trace = encodeTrace(predicted.trace, model.shape);
  const root = resultRoot(resultSalt(lease.contentKey), predictionLeaves(predicted, model.shape.classes));
  return submit(region, lease, {
    entry: { stateHash: stateHash(trace), cycles: predicted.cycles },
    results: rows,
    resultRoot: root,
    result: await sealContent(lease.contentKey, 'result', result),
    trace: await sealContent(lease.contentKey, 'trace', trace),
  });
}

async function predictTable(env: Env, region: RegionStub, lease: Lease): Promise<Result<Computed>> {
  const computed = await computeTablePrediction(env, lease);
  if (!computed.ok || lease.work.kind !== 'predictTable') return computed.ok ? fail('work_invalid') : computed;
  const { result, root, stateHash: hash, cycles } = computed.value;
  if (lease.lie) result[result.length - 1] = (result.at(-1) as number) ^ 1;
  return submit(region, lease, {
    entry: { stateHash: hash, cycles },
    results: lease.work.rows,
    resultRoot: root,
    result: await sealContent(lease.contentKey, 'result', result),
    trace: null,
  });
}

type Submission = Omit<Parameters<RegionStub['submitWork']>[0], 'order' | 'token'>;

async function submit(region: RegionStub, lease: Lease, submission: Submission): Promise<Result<Computed>> {
  const { order, token } = lease;
  const submitted = await region.submitWork({ order, token, ...submission });
  return submitted.ok ? ok('done') : submitted;
}

async function train(env: Env, region: RegionStub, lease: Lease): Promise<Result<Computed>> {
  if (lease.work.kind !== 'train') return fail('work_invalid');
  const set = await trainingSet(env, lease);
  if (!set.ok) return set;
  const spec = workOfWire(lease.work);
  const chunks = chunkCount(spec);
  let state = await stateBefore(lease, spec);
  if (!state) return fail('sealed_malformed', 'the checkpoint does not open');
  const last = Math.min(chunks, lease.chunksDone + CHUNKS_PER_SLICE);
  for (let chunk = lease.chunksDone; chunk < last; chunk++) {
    const step = trainChunk(mlKernel(), spec, set.value, chunk, state);
    if (!step.ok) return step;
    state = step.value.state;
    if (lease.lie && chunk === chunks - 1) state[state.length - 1] = (state.at(-1) as number) ^ 1;
    const recorded = await region.recordChunk({
      order: lease.order,
      token: lease.token,
      chunk,
      chunks,
      stateHash: stateHash(state),
      state: await sealContent(lease.contentKey, 'state', state),
      cycles: step.value.cycles,
    });
    if (!recorded.ok) return recorded;
    await giveWay();
  }
  if (last < chunks) {
    await region.yieldLease(lease.order, lease.token);
    return ok('yielded');
  }
  return submit(region, lease, {
    entry: null,
    results: 1,
    resultRoot: resultRoot(resultSalt(lease.contentKey), [state]),
    result: await sealContent(lease.contentKey, 'result', state),
    trace: null,
  });
}

async function stateBefore(lease: Lease, spec: MlpSpec): Promise<Uint8Array | undefined> {
  if (lease.chunksDone === 0) return initState(spec);
  return lease.state ? openContent(lease.contentKey, 'state', lease.state) : undefined;
}
