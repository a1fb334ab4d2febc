/**
 * Step 3 for a search: rounds of jobs are recorded, given out under leases, and done. What is recorded is the truth; a message names
 * a job to look at. Jobs come in any order; one that comes twice, late or for another attempt changes nothing.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { NO_JOB } from '../../../protocol/order/search-log.ts';
import { wireWorkOf } from '../../../protocol/order/wire-work.ts';
import { hpuCycles } from '../../../protocol/units.ts';
import type { WireJob } from '../../../protocol/wire.ts';
import type { Network, RegionContext } from '../context.ts';
import type { OrderRow } from '../orders.ts';
import type {
  FinishedJob,
  JobDone,
  JobPage,
  JobPlace,
  JobRound,
  JobSlice,
  JobTaken,
  JobTask,
  SearchClaim,
  SearchState,
  SearchTask,
  SliceTaken,
} from '../search-rpc.ts';
import { providersKey } from '../tiles.ts';
import { claimWork, leasedRow } from '../work.ts';
import {
  countJobs,
  dropJob,
  finishJob,
  firstOpenJob,
  insertJob,
  insertLink,
  type JobRow,
  jobOf,
  jobsBehind,
  jobsOf,
  updateJob,
} from './job-table.ts';
import { stopOf } from './stop-table.ts';

/** The order as it is leased under this token; a search. */
export function leasedSearch(context: RegionContext, order: Uint8Array, token: number): Result<OrderRow> {
  const row = leasedRow(context, order, token);
  if (!row.ok) return row;
  return row.value.record.work.kind === 'search' ? row : fail('work_invalid', 'not a search');
}

export const searchTask = (context: RegionContext, row: OrderRow, contentKey: Uint8Array): SearchTask => ({
  order: row.id,
  attempt: row.record.attempt,
  token: row.token,
  work: wireWorkOf(row.record.work),
  demander: row.demander,
  contentKey,
  sealed: context.orders.sealed(row.id),
  inputs: row.record.inputs,
});

export function finishedJob(job: JobRow): FinishedJob {
  if (job.state === 'open' || !job.stateHash) throw new Error('a job that is not over');
  return { ...job, state: job.state, stateHash: job.stateHash };
}

export async function searchState(
  context: RegionContext,
  network: Network,
  order: Uint8Array,
  token: number,
): Promise<Result<SearchState | null>> {
  const row = leasedSearch(context, order, token);
  if (!row.ok) return row.code === 'work_invalid' ? row : ok(null);
  const contentKey = await providersKey(context, network, row.value);
  if (!contentKey) return fail('sealed_malformed');
  const jobs = jobsOf(context, order, row.value.record.attempt);
  if (jobs.some(({ state }) => state === 'open')) return ok(null);
  const stop = stopOf(context, order);
  return ok({
    task: searchTask(context, row.value, contentKey),
    jobs: jobs.map(finishedJob),
    stoppedFrom: stop?.fromRound ?? null,
    lie: row.value.lie,
  });
}

/** Counts what is done, lengthens the order's lease and tells whoever watches. Inside the transaction that changed a job. */
function progress(context: RegionContext, row: OrderRow, now: number): number {
  const { planned, over } = countJobs(context, row.id, row.record.attempt);
  row.chunks = planned;
  row.chunksDone = over;
  row.leasedUntil = now + context.leaseMs;
  context.orders.save(row);
  context.due.set('lease', bytesToHex(row.id), row.leasedUntil);
  return planned - over;
}

export function planJobs(context: RegionContext, round: JobRound, now: number): Result<number[] | null> {
  const { order, token, jobs, stopped } = round;
  const planned = context.transaction((): Result<{ row: OrderRow; open: number[] } | null> => {
    const found = leasedSearch(context, order, token);
    if (!found.ok) return found;
    const row = found.value;
    const { attempt } = row.record;
    const stop = stopOf(context, order);
    if (stopped !== (stop !== undefined && round.round >= stop.fromRound)) return ok(null);
    for (const job of jobs) insertJob(context, order, attempt, job);
    // An earlier attempt was stopped in this round: what it left out stays out, so that the result is the same.
    // That attempt was false, so its indices may stand for other jobs here, or for none.
    const dropped = stop && round.round === stop.fromRound - 1 ? stop.dropped : [];
    const left = jobs.filter(({ index, droppable }) => droppable && dropped.includes(index));
    for (const { index } of left) dropJob(context, order, attempt, index, NO_JOB);
    progress(context, row, now);
    return ok({ row, open: openIn(context, order, attempt) });
  });
  if (!planned.ok) return planned;
  if (!planned.value) return ok(null);
  context.watchers.orderChanged(planned.value.row);
  return ok(planned.value.open);
}

const openIn = (context: RegionContext, order: Uint8Array, attempt: number): number[] =>
  jobsOf(context, order, attempt)
    .filter(({ state }) => state === 'open')
    .map(({ index }) => index);

export function openJobs(context: RegionContext, order: Uint8Array, token: number): number[] {
  const row = leasedSearch(context, order, token);
  return row.ok ? openIn(context, order, row.value.record.attempt) : [];
}

export function isHeld(job: JobRow, token: number, now: number): boolean {
  return job.leaseToken === token && job.leasedUntil > now;
}

/** Under the order's lease as it is. */
export function leaseJob(
  context: RegionContext,
  { id, record, token }: OrderRow,
  job: JobRow,
  now: number,
  by: 'consumer' | 'process' = 'consumer',
): JobRow {
  const leased = { leasedUntil: now + context.leaseMs, leaseToken: token, leases: job.leases + 1 };
  const change = by === 'process' ? { ...leased, offers: job.offers + 1 } : leased;
  updateJob(context, id, record.attempt, job, change);
  return { ...job, ...change };
}

export async function takeJob(
  context: RegionContext,
  network: Network,
  { order, token, index }: { order: Uint8Array; token: number; index: number },
  now: number,
  by: 'consumer' | 'process' = 'consumer',
): Promise<Result<JobTask | null>> {
  const found = leasedSearch(context, order, token);
  if (!found.ok) return found.code === 'work_invalid' ? found : ok(null);
  const row = found.value;
  const contentKey = await providersKey(context, network, row);
  if (!contentKey) return fail('sealed_malformed');
  const job = context.transaction(() => {
    const one = leasedSearch(context, order, token).ok ? jobOf(context, order, row.record.attempt, index) : undefined;
    if (one?.state !== 'open' || isHeld(one, token, now)) return undefined;
    return leaseJob(context, row, one, now, by);
  });
  if (!job) return ok(null);
  return ok(jobTask(context, row, job, contentKey, row.lie));
}

export function jobTask(
  context: RegionContext,
  row: OrderRow,
  { index, spec, needs, checkpoint, leases }: JobRow,
  contentKey: Uint8Array,
  lie: boolean,
): JobTask {
  const read = needs.flatMap((needed) => {
    const job = jobOf(context, row.id, row.record.attempt, needed);
    const { stateHash, resultId, summary } = job ?? {};
    return stateHash && resultId && summary ? [{ index: needed, stateHash, resultId, summary }] : [];
  });
  return { task: searchTask(context, row, contentKey), index, lease: leases, spec, needs: read, checkpoint, lie };
}

/** Of a slice, whether it counts or not: a repeated request must not take away what its first one left. */
export function unwantedBy(job: JobRow | undefined, checkpoint: Uint8Array, isTaken: boolean): Uint8Array | null {
  const kept = job?.checkpoint ?? null;
  if (kept && equalBytes(kept, checkpoint)) return null;
  return isTaken ? kept : checkpoint;
}

/** The slice's consumer leaves the job to whoever gets its message; a process that goes on keeps it. */
export function recordSlice(context: RegionContext, slice: JobSlice, now: number): Result<SliceTaken> {
  const { order, token, index, checkpoint, cycles } = slice;
  return context.transaction((): Result<SliceTaken> => {
    const row = leasedSearch(context, order, token);
    const job = row.ok ? jobOf(context, order, row.value.record.attempt, index) : undefined;
    if (!row.ok || job?.state !== 'open' || job.leases !== slice.lease)
      return ok({ goesOn: false, unwanted: unwantedBy(job, checkpoint, false) });
    const isProcess = slice.goesOn !== undefined;
    if (isProcess) context.processHeardMs = now;
    const leasedUntil = slice.goesOn ? now + context.leaseMs : 0;
    const offers = isProcess ? 0 : job.offers;
    updateJob(context, order, row.value.record.attempt, job, { leasedUntil, offers, checkpoint, cycles });
    progress(context, row.value, now);
    return ok({ goesOn: true, unwanted: unwantedBy(job, checkpoint, true) });
  });
}

/** A job is recorded once, whichever of its consumers comes first. Who repeats a record hears the same, even once the order went on. */
export function recordJob(context: RegionContext, done: JobDone, now: number): Result<JobTaken> {
  const { order, token, index } = done;
  const recorded = context.transaction((): Result<{ row: OrderRow; isNew: boolean } & JobTaken> => {
    const found = leasedSearch(context, order, token);
    if (!found.ok) return recordedBefore(context, done) ?? found;
    const row = found.value;
    const { attempt, quoteCycles } = row.record;
    const job = jobOf(context, order, attempt, index);
    if (!job) return fail('work_invalid', `there is no job ${index}`);
    const { planned, over, cycles } = countJobs(context, order, attempt);
    if (job.state !== 'open') {
      const taken = job.resultId !== null && equalBytes(job.resultId, done.resultId);
      return ok({ row, isNew: false, taken, left: planned - over });
    }
    if (cycles + done.cycles > quoteCycles) return fail('bill_mismatch', `job ${index} goes beyond the budget`);
    finishJob(context, attempt, done);
    return ok({ row, isNew: true, taken: true, left: progress(context, row, now) });
  });
  if (!recorded.ok) return recorded;
  const { row, isNew, taken, left } = recorded.value;
  if (isNew) context.watchers.orderChanged(row);
  return ok({ taken, left });
}

/** Undefined for what was not recorded in this attempt. */
function recordedBefore(context: RegionContext, { order, index, resultId }: JobDone) {
  const row = context.orders.find(order);
  const job = row && jobOf(context, order, row.record.attempt, index);
  if (!row || !job?.resultId || !equalBytes(job.resultId, resultId)) return undefined;
  const { planned, over } = countJobs(context, order, row.record.attempt);
  return ok({ row, isNew: false, taken: true, left: planned - over });
}

/** The log is of the jobs by index, and the result is that of the last one, or empty. */
export async function claimSearch(
  context: RegionContext,
  network: Network,
  { order, token, bundle, emptyRoot, empty }: SearchClaim,
  now: number,
): Promise<Result<null>> {
  const row = leasedSearch(context, order, token);
  if (!row.ok) return row;
  const { attempt } = row.value.record;
  const made = bundle === null ? undefined : jobOf(context, order, attempt, bundle);
  if (bundle !== null && made?.state !== 'done') return fail('result_not_ready', `job ${bundle}`);
  const { planned, over } = countJobs(context, order, attempt);
  if (over < planned) return fail('result_not_ready', `${over} of ${planned} jobs`);
  // A search that was stopped before its first job has a log all the same.
  if (planned === 0) insertLink(context, order, attempt, { chunk: 0, stateHash: NO_JOB, cycles: hpuCycles(0n) });
  const resultRoot = made?.root ?? emptyRoot;
  const done = { order, token, results: 1, resultRoot, result: made ? null : empty, trace: null };
  const claimed = await claimWork(context, network, done, now);
  if (claimed.ok) context.leaseKeys.take(order);
  return claimed;
}

function wireJob(job: JobRow, now: number): WireJob {
  const isRunning = job.state === 'open' && (job.leasedUntil > now || job.checkpoint !== null);
  const state = job.state === 'open' ? (isRunning ? 'running' : 'waiting') : job.state;
  const summary = job.summary ? base64.encode(job.summary) : null;
  return { index: job.index, round: job.round, state, cycles: job.cycles.toString(), summary };
}

/** From a place of another attempt on it begins anew: the same index is another job there. */
export function jobPage(
  context: RegionContext,
  order: Uint8Array,
  { after, limit }: { readonly after: JobPlace | null; readonly limit: number },
  now: number,
): Result<JobPage> {
  const row = context.orders.find(order);
  if (row?.record.work.kind !== 'search') return fail('unknown_order', 'not a search');
  const { attempt, work } = row.record;
  const from = after?.attempt === attempt ? after.index : -1;
  const found = jobsBehind(context, order, attempt, from, limit + 1);
  const jobs = found.slice(0, limit);
  const last = jobs.at(-1)?.index ?? from;
  const open = firstOpenJob(context, order, attempt);
  return ok({
    attempt,
    budget: work.budget.toString(),
    cycles: countJobs(context, order, attempt).cycles.toString(),
    stopped: stopOf(context, order) !== undefined,
    jobs: jobs.map((job) => wireJob(job, now)),
    next: found.length > limit ? last : null,
    resume: open === undefined ? last : Math.min(last, open - 1),
  });
}
