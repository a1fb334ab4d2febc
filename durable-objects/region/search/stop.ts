/**
 * A demander's word that its search has gone far enough. Trials that are not done are dropped at once and bill nothing; the rounds
 * that are planned from here on are those of a stopped search, which makes its model of what there is. Where the search is later
 * computed by another provider, it stops at the same place, so that the result is the same.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { NO_JOB } from '../../../protocol/order/search-log.ts';
import type { RegionContext } from '../context.ts';
import type { OrderRow } from '../orders.ts';
import { countJobs, dropJob, type JobRow, jobsOf } from './job-table.ts';
import { insertStop, stopOf } from './stop-table.ts';

/** `look`: nobody works on the search now; it has to be looked at. */
export interface Stopped {
  readonly row: OrderRow;
  readonly look: boolean;
}

export function stopSearch(
  context: RegionContext,
  order: Uint8Array,
  signer: Uint8Array,
  now: number,
): Result<Stopped> {
  const stopped = context.transaction((): Result<Stopped> => {
    const row = context.orders.find(order);
    if (!row) return fail('unknown_order');
    if (!equalBytes(row.demander, signer)) return fail('not_authorised');
    const { state, work, attempt } = row.record;
    if (work.kind !== 'search') return fail('illegal_transition', 'only a search can be stopped');
    if (stopOf(context, order)) return ok({ row, look: false });
    if (state !== 'open' && state !== 'matched') return fail('illegal_transition', state);
    const jobs = jobsOf(context, order, attempt);
    const seen = state === 'open' ? trialsBefore(context, row) : jobs;
    const dropped = jobs.filter((job) => job.state === 'open' && job.droppable).map(({ index }) => index);
    insertStop(context, order, { fromRound: (seen.at(-1)?.round ?? -1) + 1, dropped });
    for (const index of dropped) dropJob(context, order, attempt, index, NO_JOB);
    const { planned, over } = countJobs(context, order, attempt);
    row.chunks = Math.max(row.chunks, planned);
    row.chunksDone = over;
    // Those that computed the dropped jobs hear of it with their next word; the order's next consumer need not wait for them.
    const look = state === 'matched' && over === planned;
    if (look) {
      row.leasedUntil = 0;
      context.due.set('lease', bytesToHex(order), now + context.leaseMs);
    }
    context.orders.save(row);
    return ok({ row, look });
  });
  if (stopped.ok) context.watchers.orderChanged(stopped.value.row);
  return stopped;
}

/** Between two attempts the demander has seen the trials of the one that failed its check: the next one goes as far. */
const trialsBefore = (context: RegionContext, { id, record }: OrderRow): JobRow[] =>
  jobsOf(context, id, record.attempt - 1).filter(({ droppable }) => droppable);
