/** Follows a search to its end: trials as they arrive, and the offer to stop early at the first Ctrl-C. */
import { decodeSummary } from '../../../ml/search/canonical.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import type { SearchJobs } from '../../sdk/search.ts';
import { agree } from '../ask.ts';
import { Interrupted } from '../exit-codes.ts';
import { isThere, type Until } from '../follow.ts';
import type { SearchFile } from '../search-files.ts';
import type { Session } from '../session.ts';
import type { LiveBoard } from './live-board.ts';

interface Followed {
  readonly file: SearchFile;
  readonly board: LiveBoard;
  readonly until: Until;
  /** What the caller last heard of it. */
  readonly known: WireOrder;
}

/** Shows whatever jobs are new to the board. */
function showJobs(board: LiveBoard, { jobs }: SearchJobs): void {
  for (const { index, summary } of jobs) {
    if (!summary) continue;
    const decoded = decodeSummary(summary);
    if (!decoded.ok) throw new UntrustedError(`the summary of job ${index} is none`);
    board.job(decoded.value);
  }
}

const QUESTION = 'Stop the search with what it has? The bill is for what was done';

/**
 * The order with its result. Refusal when it ends without one. The first Ctrl-C asks whether to stop the search, where somebody can be
 * asked; whoever says no, or presses it again, leaves: Interrupted, and the search goes on.
 */
export async function followSearch(client: Client, { io }: Session, followed: Followed): Promise<WireOrder> {
  const { file, board } = followed;
  try {
    return await watched(client, followed, io.signal);
  } catch (error) {
    if (!io.signal.aborted) throw error;
    board.end();
    if (await agree(io, QUESTION)) {
      await client.stopSearch(file.order);
      return await watched(client, followed);
    }
    const more = `hai order watch ${file.order}, or end it with what it has: hai order stop ${file.order}`;
    throw new Interrupted(`stopped watching; the search goes on: ${more}`);
  } finally {
    board.end();
  }
}

async function watched(
  client: Client,
  { file, board, until, known }: Followed,
  signal?: AbortSignal,
): Promise<WireOrder> {
  if (isThere(known, until)) {
    showJobs(board, await client.jobs(file.order, file.contentKey));
    return known;
  }
  for await (const { order, jobs } of client.watchSearch(file.order, file.contentKey, signal)) {
    showJobs(board, jobs);
    if (isThere(order, until)) return order;
  }
  throw new Error('the events ended before the search did');
}
