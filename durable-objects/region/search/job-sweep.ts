/** What is left of a search once it is final: summaries and the model of the attempt that was paid. Everything else goes. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { RegionContext } from '../context.ts';
import type { OrderRow } from '../orders.ts';
import { jobKey, jobsOfOrder } from './job-key.ts';
import { forgetJobs } from './job-table.ts';
import { bundleOf } from './search-result.ts';
import { forgetStop } from './stop-table.ts';

/** A consumer that works on a job meanwhile has put its blobs by then, and heard that nobody wants them. */
const SWEEP_AFTER_MS = 60_000;
/** R2 lists, and deletes, at most a thousand at a time: a checkpoint a slice, most of them replaced and gone. */
const PAGES_MAX = 16;

export function sweepJobsLater(context: RegionContext, row: OrderRow, now: number): void {
  if (row.record.work.kind === 'search') context.due.set('jobs', bytesToHex(row.id), now + SWEEP_AFTER_MS);
}

export async function sweepJobs(context: RegionContext, order: Uint8Array): Promise<void> {
  const row = context.orders.find(order);
  if (!row?.final) return;
  const paid = row.record.state === 'settled' ? row.record.attempt : undefined;
  const bundle = paid === undefined ? undefined : bundleOf(context, row);
  const kept = bundle && jobKey(order, bundle);
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const listed = await context.env.BLOBS.list({
      prefix: jobsOfOrder(order),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const unwanted = listed.objects.map(({ key }) => key).filter((key) => key !== kept);
    if (unwanted.length > 0) await context.env.BLOBS.delete(unwanted);
    if (!listed.truncated) break;
    cursor = listed.cursor;
  }
  forgetJobs(context, order, paid);
  // Of a paid search it is part of what its jobs say.
  if (paid === undefined) forgetStop(context, order);
}
