/**
 * Jobs for processes that the provider attached (docs/decisions/0026). While one has given word lately, open jobs are left to it.
 * Who did is soft state: an evicted object has heard of none, and its consumers go on.
 */
import { ok, type Result } from '../../../protocol/errors.ts';
import { OFFERS_MAX, PROCESS_SILENT_MS_MAX } from '../../../protocol/provider-jobs.ts';
import type { Network, RegionContext } from '../context.ts';
import type { JobLease, JobTask } from '../search-rpc.ts';
import { type JobRow, jobOf, openJobNames, updateJob } from './job-table.ts';
import { isHeld, leasedSearch, takeJob } from './jobs.ts';

type Leased = Omit<JobLease, 'lease'>;

/** Undefined of a job that is over, or whose order's lease was given on. */
function openJob(context: RegionContext, { order, token, index }: Leased): JobRow | undefined {
  const row = leasedSearch(context, order, token);
  const job = row.ok ? jobOf(context, order, row.value.record.attempt, index) : undefined;
  return job?.state === 'open' ? job : undefined;
}

/** A provider that lies, on a development network, lies by its consumers. */
function isFree(context: RegionContext, leased: Leased, now: number): boolean {
  const job = openJob(context, leased);
  const isLie = context.orders.find(leased.order)?.lie === true;
  return job !== undefined && !isLie && job.offers < OFFERS_MAX && !isHeld(job, leased.token, now);
}

export const isOffered = (context: RegionContext, job: Leased, now: number): boolean =>
  now - context.processHeardMs < PROCESS_SILENT_MS_MAX && isFree(context, job, now);

export const isOpenJob = (context: RegionContext, job: Leased): boolean => openJob(context, job) !== undefined;

export function withholdJob(context: RegionContext, { lease, ...leased }: JobLease): boolean {
  return context.transaction(() => {
    const job = openJob(context, leased);
    const attempt = context.orders.find(leased.order)?.record.attempt;
    if (job?.leases !== lease || attempt === undefined) return false;
    updateJob(context, leased.order, attempt, job, { leasedUntil: 0, offers: OFFERS_MAX });
    return true;
  });
}

/** Takes the lease of an open job, of the search that has come least far. Null where there is none. */
export async function offerJob(context: RegionContext, network: Network, now: number): Promise<Result<JobTask | null>> {
  context.processHeardMs = now;
  for (const { order, attempt, index } of openJobNames(context)) {
    const row = context.orders.find(order);
    const job = { order, token: row?.token ?? -1, index };
    if (row?.record.attempt !== attempt || !isFree(context, job, now)) continue;
    return takeJob(context, network, job, now, 'process');
  }
  return ok(null);
}
