/**
 * Step 4, prove: checks a claim from the bytes that the region stored, in an invocation of its own. A false claim is a verdict,
 * never an error; an error means that the check could not be made and must be tried again.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { CheckJob, Verdict } from '../../durable-objects/region/rpc.ts';
import { initState } from '../../ml/mlp/state.ts';
import { chunkCount, trainChunk } from '../../ml/mlp/train.ts';
import { type Failure, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { resultRoot, resultSalt } from '../../protocol/order/results.ts';
import { workOfWire } from '../../protocol/order/wire-work.ts';
import { stateHash } from '../../protocol/order/worklog.ts';
import { openContent } from '../../sealing/content.ts';
import type { Env, RegionStub } from '../env.ts';
import { giveWay } from '../give-way.ts';
import { type Judgement, judgeRows, pass, refuse } from './judge-rows.ts';
import { mlKernel } from './kernels.ts';
import { predictInputs, trainingSet } from './plaintext.ts';
import { judgeTablePrediction } from './search/predict-table.ts';

/** Fails when the inputs can't be read any more: that is nobody's lie. */
export async function judge(env: Env, region: RegionStub, job: CheckJob): Promise<Result<Verdict>> {
  const judged = await judgement(env, region, job);
  const { order, attempt } = job.lease;
  return 'code' in judged ? judged : ok({ order, attempt, resultRoot: job.resultRoot, ...judged });
}

function judgement(env: Env, region: RegionStub, job: CheckJob): Promise<Judgement | Failure> {
  const { kind } = job.lease.work;
  if (kind === 'predictTable') return judgeTablePrediction(env, job);
  return kind === 'predict' ? judgePrediction(job) : judgeTraining(env, region, job);
}

async function judgePrediction(job: CheckJob): Promise<Judgement | Failure> {
  const inputs = await predictInputs(job.lease);
  if (!inputs.ok) return inputs;
  const { result, trace, challenge, resultRoot: root } = job;
  const claimed = { result, trace, root, stateHash: job.log[0]?.stateHash, from: 0, challenge };
  return judgeRows(job.lease.contentKey, inputs.value, claimed);
}

async function judgeTraining(env: Env, region: RegionStub, job: CheckJob): Promise<Judgement | Failure> {
  const { lease } = job;
  if (lease.work.kind !== 'train') return refuse('replay', 'not training');
  const spec = workOfWire(lease.work);
  if (job.chunks !== chunkCount(spec) || job.log.length !== job.chunks)
    return refuse('replay', 'the log has another length');
  const set = await trainingSet(env, lease);
  if (!set.ok) return set;
  const final = await openContent(lease.contentKey, 'result', job.result);
  const last = job.log.at(-1);
  if (!final || !last || !equalBytes(stateHash(final), last.stateHash))
    return refuse('replay', 'the model is not the last state');
  if (!equalBytes(resultRoot(resultSalt(lease.contentKey), [final]), job.resultRoot))
    return refuse('replay', 'another model was committed');
  let known: { chunk: number; state: Uint8Array } | undefined;
  for (const chunk of job.sampled) {
    // A chunk right after one that was replayed starts from its state; any other from the stored checkpoint.
    const before: Uint8Array | undefined =
      known?.chunk === chunk - 1 ? known.state : await checkpoint(region, job, chunk - 1);
    if (!before) return refuse('replay', `the state before chunk ${chunk} is not there`);
    const replayed = trainChunk(mlKernel(), spec, set.value, chunk, before);
    const logged = job.log[chunk];
    if (!replayed.ok || !logged) return refuse('replay', `chunk ${chunk} does not run`);
    if (!equalBytes(stateHash(replayed.value.state), logged.stateHash))
      return refuse('replay', `chunk ${chunk} gives another state`);
    if (replayed.value.cycles !== logged.cycles) return refuse('replay', `chunk ${chunk} costs other cycles`);
    known = { chunk, state: replayed.value.state };
    await giveWay();
  }
  return pass('replay', job.sampled.length);
}

async function checkpoint(region: RegionStub, job: CheckJob, chunk: number): Promise<Uint8Array | undefined> {
  const { lease, log } = job;
  if (lease.work.kind !== 'train') return undefined;
  if (chunk < 0) return initState(workOfWire(lease.work));
  const sealed = await region.chunkState(lease.order, chunk);
  const state = sealed && (await openContent(lease.contentKey, 'state', sealed));
  const logged = log[chunk];
  return state && logged && equalBytes(stateHash(state), logged.stateHash) ? state : undefined;
}

export const describeVerdict = (verdict: Pick<Verdict, 'order' | 'passed' | 'reason'>): string =>
  JSON.stringify({
    event: 'verdict',
    order: bytesToHex(verdict.order),
    passed: verdict.passed,
    reason: verdict.reason,
  });
