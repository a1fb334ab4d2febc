/**
 * A search between its rounds: what is next follows from the summaries of what is done. Whoever finds a round complete plans the next
 * one, records it, and sends a message a job; after the last round the provider claims the whole.
 */
import type { Lease } from '../../../durable-objects/region/rpc.ts';
import type { PlannedJob, SearchState } from '../../../durable-objects/region/search-rpc.ts';
import { Planner } from '../../../ml/search/plan.ts';
import type { Job, JobSummary, NextJobs } from '../../../ml/search/search.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { resultRoot, resultSalt } from '../../../protocol/order/results.ts';
import { sealContent } from '../../../sealing/content.ts';
import type { Env, RegionStub } from '../../env.ts';
import { giveWay } from '../../give-way.ts';
import { type SearchPlan, searchPlan, searchTable } from './inputs.ts';
import { encodeJob } from './job-bytes.ts';
import { sendJobs, sendSearch } from './job-messages.ts';
import { summariesOf } from './summaries.ts';

/** A round may have to be planned again when a stop comes between, and may then have nothing left to do. */
const PLANS_MAX = 4;
const EMPTY = new Uint8Array(0);

/** The lease's consumer. */
export async function handOutJobs(env: Env, region: RegionStub, lease: Lease): Promise<Result<'handedOut'>> {
  const open = await region.openJobs(lease.order, lease.token);
  if (open.length === 0) return advanceSearch(env, region, lease.order, lease.token);
  await sendJobs(env, lease.order, lease.token, open, 'compute');
  return ok('handedOut');
}

export async function advanceSearch(
  env: Env,
  region: RegionStub,
  order: Uint8Array,
  token: number,
): Promise<Result<'handedOut'>> {
  for (let tried = 0; tried < PLANS_MAX; tried++) {
    const state = await region.searchState(order, token);
    if (!state.ok) return state;
    // Somebody else went on meanwhile.
    if (!state.value) return ok('handedOut');
    const advanced = await advanceFrom(env, region, state.value);
    if (!advanced.ok || advanced.value) return advanced.ok ? ok('handedOut') : advanced;
  }
  return fail('overloaded', 'the search changes faster than it is planned');
}

/** False where the state has to be read again. */
async function advanceFrom(env: Env, region: RegionStub, state: SearchState): Promise<Result<boolean>> {
  const { task, jobs, stoppedFrom } = state;
  const plan = await searchPlan(task);
  if (!plan.ok) return plan;
  if (jobs.length === 0) {
    // Looked at before any provider computes: what can't be read is declined at once.
    const table = await searchTable(env, task, plan.value);
    if (!table.ok) return table;
  }
  const summaries = await summariesOf(task.contentKey, jobs);
  if (!summaries.ok) return summaries;
  const round = (jobs.at(-1)?.round ?? -1) + 1;
  const stopped = stoppedFrom !== null && round >= stoppedFrom;
  const next = await nextOf(plan.value, state, summaries.value);
  if (next.kind !== 'jobs') return claim(env, region, state, next.kind === 'done' ? next.bundle : null);
  const planned = await Promise.all(next.jobs.map((job) => sealedJob(task.contentKey, job, round)));
  const { order, token } = task;
  const open = await region.planJobs({ order, token, round, jobs: planned, stopped });
  if (!open.ok) return open;
  if (!open.value || open.value.length === 0) return ok(false);
  await sendJobs(env, order, token, open.value, 'compute');
  return ok(true);
}

/** `nextJobs`, a round at a time: to propose candidates after hundreds of trials takes a while, and others want this isolate. */
async function nextOf(
  { spec, shape }: SearchPlan,
  { jobs, stoppedFrom }: SearchState,
  summaries: readonly JobSummary[],
): Promise<NextJobs> {
  const planner = new Planner(spec, shape);
  const roundOf = new Map(jobs.map(({ index, round }) => [index, round]));
  const last = jobs.at(-1)?.round ?? -1;
  for (let round = 0; ; round++) {
    const before = summaries.filter(({ index }) => roundOf.get(index) === round - 1);
    const next = planner.next(before, stoppedFrom !== null && round >= stoppedFrom);
    if (round > last) return next;
    await giveWay();
  }
}

async function sealedJob(contentKey: Uint8Array, job: Job, round: number): Promise<PlannedJob> {
  return {
    index: job.index,
    round,
    needs: job.needs,
    droppable: job.kind === 'trial',
    spec: await sealContent(contentKey, 'job', encodeJob(job)),
  };
}

async function claim(
  env: Env,
  region: RegionStub,
  { task: { order, token, contentKey } }: SearchState,
  bundle: number | null,
): Promise<Result<boolean>> {
  const claimed = await region.claimSearch({
    order,
    token,
    bundle,
    emptyRoot: resultRoot(resultSalt(contentKey), [EMPTY]),
    empty: await sealContent(contentKey, 'result', EMPTY),
  });
  if (!claimed.ok) return claimed;
  await sendSearch(env, order);
  return ok(true);
}
