/**
 * Step 4 for a search: the checker plans every round again from the summaries, says which jobs it replays, and replays each in
 * slices of its own. One verdict is made of them.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { checkChallenge } from '../../../protocol/order/challenge.ts';
import { recordVerdict } from '../check.ts';
import type { Network, RegionContext } from '../context.ts';
import type { OrderRow } from '../orders.ts';
import type { Verdict } from '../rpc.ts';
import type { JobCheck, JobSlice, JobVerdict, SearchCheck, SliceTaken } from '../search-rpc.ts';
import { checkersKey } from '../tile-checks.ts';
import { jobOf, jobsOf, passJob, updateJob, wantJob } from './job-table.ts';
import { finishedJob, isHeld, jobTask, leaseJob, searchTask, unwantedBy } from './jobs.ts';
import { stopOf } from './stop-table.ts';

/** The computed search of this token: each attempt has its own. Undefined when it went on since. */
function computedSearch(context: RegionContext, order: Uint8Array, token: number) {
  const row = context.orders.find(order);
  const isCurrent = row?.record.state === 'computed' && row.record.work.kind === 'search' && row.token === token;
  const claim = row?.record.claim;
  return row && isCurrent && claim ? { row, claim } : undefined;
}

export async function searchCheckOf(
  context: RegionContext,
  network: Network,
  order: Uint8Array,
  token: number,
): Promise<Result<SearchCheck | null>> {
  const found = computedSearch(context, order, token);
  if (!found) return ok(null);
  const { row, claim } = found;
  const contentKey = await checkersKey(context, network, row);
  if (!contentKey) return fail('sealed_malformed');
  const { attempt, quoteCycles } = row.record;
  const jobs = jobsOf(context, order, attempt);
  const wanted = jobs.filter((job) => job.wanted);
  return ok({
    task: searchTask(context, row, contentKey),
    jobs: jobs.map(finishedJob),
    stoppedFrom: stopOf(context, order)?.fromRound ?? null,
    quoteCycles,
    resultRoot: claim.resultRoot,
    claimed: { chunks: claim.chunks, cycles: claim.cycles, logHead: claim.logHead },
    challenge: checkChallenge(order, attempt, claim.logHead, claim.resultRoot),
    open: wanted.length > 0 ? wanted.filter(({ passed }) => !passed).map(({ index }) => index) : null,
  });
}

export function wantReplays(
  context: RegionContext,
  order: Uint8Array,
  token: number,
  jobs: readonly number[],
  now: number,
): Result<null> {
  const found = computedSearch(context, order, token);
  if (!found) return fail('lease_lost');
  const { attempt } = found.row.record;
  context.transaction(() => {
    for (const index of jobs) wantJob(context, order, attempt, index);
    context.due.set('check', bytesToHex(order), now + context.leaseMs);
  });
  return ok(null);
}

export async function takeJobCheck(
  context: RegionContext,
  network: Network,
  { order, token, index }: { order: Uint8Array; token: number; index: number },
  now: number,
): Promise<Result<JobCheck | null>> {
  const found = computedSearch(context, order, token);
  if (!found) return ok(null);
  const { row } = found;
  const contentKey = await checkersKey(context, network, row);
  if (!contentKey) return fail('sealed_malformed');
  const { attempt } = row.record;
  const job = context.transaction(() => {
    const one = computedSearch(context, order, token) && jobOf(context, order, attempt, index);
    if (!one?.wanted || one.passed || isHeld(one, token, now)) return undefined;
    return leaseJob(context, row, one, now);
  });
  if (!job) return ok(null);
  const { stateHash, resultId, root, cycles } = job;
  if (!stateHash || !resultId || !root) throw new Error('a job to replay that was dropped');
  return ok({
    job: jobTask(context, row, job, contentKey, false),
    claimed: { stateHash, resultId, root, cycles },
  });
}

export function recordCheckSlice(context: RegionContext, slice: JobSlice, now: number): Result<SliceTaken> {
  const { order, token, index, checkpoint } = slice;
  return context.transaction((): Result<SliceTaken> => {
    const found = computedSearch(context, order, token);
    const attempt = found?.row.record.attempt ?? 0;
    const job = found && jobOf(context, order, attempt, index);
    if (!job?.wanted || job.passed || job.leases !== slice.lease)
      return ok({ goesOn: false, unwanted: unwantedBy(job, checkpoint, false) });
    updateJob(context, order, attempt, job, { leasedUntil: 0, checkpoint });
    context.due.set('check', bytesToHex(order), now + context.leaseMs);
    return ok({ goesOn: true, unwanted: unwantedBy(job, checkpoint, true) });
  });
}

/** The order passes with the last of the jobs that are to be replayed, and fails with the first false one. Null while neither is so. */
export function recordJobVerdict(
  context: RegionContext,
  network: Network,
  verdict: JobVerdict,
  now: number,
): Result<OrderRow | null> {
  return context.transaction((): Result<OrderRow | null> => {
    const found = computedSearch(context, verdict.order, verdict.token);
    if (!found) return ok(null);
    const { row } = found;
    if (verdict.passed) passJob(context, row.id, row.record.attempt, verdict.index);
    const whole = wholeVerdict(context, row, verdict);
    if (!whole) {
      context.due.set('check', bytesToHex(row.id), now + context.leaseMs);
      return ok(null);
    }
    context.checkerKeys.take(row.id);
    return recordVerdict(context, network, whole, now);
  });
}

function wholeVerdict(context: RegionContext, row: OrderRow, { passed, reason }: JobVerdict): Verdict | undefined {
  const { attempt, claim } = row.record;
  if (!claim) throw new Error('a computed order without a claim');
  const common = { order: row.id, attempt, resultRoot: claim.resultRoot, method: 'replay' } as const;
  if (!passed) return { ...common, passed, checkedParts: 0, reason };
  const wanted = jobsOf(context, row.id, attempt).filter((job) => job.wanted);
  if (wanted.some((job) => !job.passed)) return undefined;
  return { ...common, passed, checkedParts: wanted.length, reason: null };
}
