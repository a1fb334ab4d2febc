/** Follows a search to its end: trials as they arrive, and the offer to stop early at the first Ctrl-C. */
import { decodeSummary } from '../../../ml/search/canonical.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import { HaiError, UntrustedError } from '../../sdk/errors.ts';
import type { SearchJobs } from '../../sdk/search.ts';
import { agree } from '../ask.ts';
import { Interrupted, isStop } from '../exit-codes.ts';
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
  /** Jobs before it were told before. */
  readonly cursor?: string;
  /** At the word of its demander; absent where that is somebody else, whose allowance this key used. */
  readonly stop?: () => Promise<void>;
}

/** Shows whatever jobs are new to the board. */
function showJobs(board: LiveBoard, { jobs, attempt, resume }: SearchJobs): void {
  for (const { index, summary } of jobs) {
    if (!summary) continue;
    const decoded = decodeSummary(summary);
    if (!decoded.ok) throw new UntrustedError(`the summary of job ${index} is none`);
    board.job(decoded.value, attempt);
  }
  board.told(resume);
}

const QUESTION = 'Stop the search with what it has? The bill is for what was done';

/**
 * The order with its result. Refusal when it ends without one. The first Ctrl-C asks whether to stop the search, where somebody can be
 * asked; whoever says no, or presses it again, leaves: Interrupted, and the search goes on.
 */
export async function followSearch(
  client: Client,
  { io, out }: Pick<Session, 'io' | 'out'>,
  followed: Followed,
  ask = agree,
): Promise<WireOrder> {
  const { file, board, stop } = followed;
  try {
    return await watched(client, followed, io.signal);
  } catch (error) {
    if (!isStop(error, io.signal)) throw error;
    board.end();
    const later = stop ? `, or end it with what it has: hai order stop ${file.order}` : '; its payer may stop it';
    const goesOn = `the search goes on: hai order watch ${file.order}${later}`;
    if (!stop || !(await isAgreed(ask(io, QUESTION)))) throw new Interrupted(`stopped watching; ${goesOn}`);
    await stopped(stop, () => out.warn(goesOn));
    return await watched(client, followed);
  } finally {
    board.end();
  }
}

/** Ctrl-C at the question is a no. */
async function isAgreed(asked: Promise<boolean | undefined>): Promise<boolean> {
  try {
    return (await asked) === true;
  } catch (error) {
    if (error instanceof Interrupted) return false;
    throw error;
  }
}

/** One that ended while the question stood there needs no stop any more. */
async function stopped(stop: () => Promise<void>, onRefused: () => void): Promise<void> {
  try {
    await stop();
  } catch (error) {
    if (error instanceof HaiError && error.code === 'illegal_transition') return;
    onRefused();
    throw error;
  }
}

async function watched(
  client: Client,
  { file, board, until, known, cursor }: Followed,
  signal?: AbortSignal,
): Promise<WireOrder> {
  if (isThere(known, until)) {
    showJobs(board, await client.jobs(file.order, file.contentKey, cursor));
    return known;
  }
  for await (const { order, jobs } of client.watchSearch(file.order, file.contentKey, signal, cursor)) {
    showJobs(board, jobs);
    if (isThere(order, until)) return order;
  }
  throw new Error('the events ended before the search did');
}
