/**
 * Jobs for processes that the provider attached (docs/decisions/0026). While one has given word lately, open jobs are left to it.
 * Who did is soft state: an evicted object has heard of none, and its consumers go on.
 */
import { ok, type Result } from '../../../protocol/errors.ts';
import { PROCESS_SILENT_MS_MAX } from '../../../protocol/provider-jobs.ts';
import type { Network, RegionContext } from '../context.ts';
import type { JobTask } from '../search-rpc.ts';
import { jobOf, openJobNames } from './job-table.ts';
import { isHeld, leasedSearch, takeJob } from './jobs.ts';

interface Leased {
  readonly order: Uint8Array;
  readonly token: number;
  readonly index: number;
}

/** A provider that lies, on a development network, lies by its consumers. */
function isOpen(context: RegionContext, { order, token, index }: Leased, now: number): boolean {
  const row = leasedSearch(context, order, token);
  if (!row.ok || row.value.lie) return false;
  const job = jobOf(context, order, row.value.record.attempt, index);
  return job?.state === 'open' && !isHeld(job, token, now);
}

export const isOffered = (context: RegionContext, job: Leased, now: number): boolean =>
  now - context.processHeardMs < PROCESS_SILENT_MS_MAX && isOpen(context, job, now);

/** Takes the lease of an open job, of the search that has come least far. Null where there is none. */
export async function offerJob(context: RegionContext, network: Network, now: number): Promise<Result<JobTask | null>> {
  context.processHeardMs = now;
  for (const { order, attempt, index } of openJobNames(context)) {
    const row = context.orders.find(order);
    const job = { order, token: row?.token ?? -1, index };
    if (row?.record.attempt === attempt && isOpen(context, job, now)) return takeJob(context, network, job, now);
  }
  return ok(null);
}
