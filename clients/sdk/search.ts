/** A search while it runs: its jobs, followed live, and the word that ends it early. */
import { base64 } from '@scure/base';
import type { WireJob, WireJobs, WireOrder } from '../../protocol/wire.ts';
import { openContent } from '../../sealing/content.ts';
import type { Context } from './context.ts';
import { UntrustedError } from './errors.ts';
import { signedRequest } from './signed-request.ts';
import { isPassing, newIdempotencyKey, pause, queryOf, type Tagged, type Transport } from './transport.ts';
import { FRUITLESS_MAX, RECONNECT_MS, watchOrder } from './watch-order.ts';

export interface SearchJob extends Omit<WireJob, 'summary' | 'cycles'> {
  readonly cycles: bigint;
  /** Canonical bytes (ml/search), opened; undefined before the job is done. */
  readonly summary: Uint8Array | undefined;
}

export interface SearchJobs {
  /** Jobs of another attempt are other jobs. */
  readonly attempt: number;
  readonly budget: bigint;
  /** Of all jobs that are done. */
  readonly cycles: bigint;
  readonly stopped: boolean;
  /** By index; all of them, or those behind the cursor that was begun from. */
  readonly jobs: readonly SearchJob[];
  /** Whoever reads on from this cursor misses nothing, and is told again at most of jobs that were not over. */
  readonly resume: string;
}

export interface SearchState {
  readonly order: WireOrder;
  readonly jobs: SearchJobs;
}

/** A search has some hundred jobs; a network that goes on giving pages is not followed. */
const PAGES_MAX = 64;

/**
 * Reads the jobs of a search, as often as it is called. What is over is asked for once: each read goes on behind it, from `cursor` on
 * (`resume` of an earlier one) or from the start, and a new attempt begins anew. Throws UntrustedError for a summary that the key
 * does not open, and HaiError invalid_field for what is no cursor.
 */
export function jobReader(
  transport: Transport,
  id: string,
  contentKey: Uint8Array,
  cursor?: string,
): () => Promise<SearchJobs> {
  const jobs = new Map<number, SearchJob>();
  let attempt: number | undefined;
  let from = cursor;
  /** The first page of the last read, by its path. */
  let known: { readonly path: string; readonly page: Tagged<WireJobs> } | undefined;

  async function take(page: WireJobs): Promise<void> {
    if (page.attempt !== attempt) jobs.clear();
    attempt = page.attempt;
    const read = page.jobs.map(async ({ summary, cycles, ...job }) => ({
      ...job,
      cycles: BigInt(cycles),
      // The first record of a job stays.
      summary: summary === null ? undefined : (jobs.get(job.index)?.summary ?? (await opened(id, contentKey, summary))),
    }));
    for (const job of await Promise.all(read)) jobs.set(job.index, job);
  }

  return async () => {
    let [at, page] = [from, undefined as WireJobs | undefined];
    for (let pages = 0; pages < PAGES_MAX && page?.next !== null; pages++) {
      const path = `/v1/orders/${id}/jobs${queryOf({ cursor: at })}`;
      const tagged = await transport.fresh({ method: 'GET', path }, known?.path === path ? known.page : undefined);
      if (pages === 0) known = { path, page: tagged };
      page = tagged.value;
      await take(page);
      at = page.next ?? undefined;
    }
    if (!page) throw new Error('no page was asked for');
    from = page.resume;
    const { budget, cycles, stopped, resume } = page;
    const all = [...jobs.values()].sort((a, b) => a.index - b.index);
    return { attempt: page.attempt, budget: BigInt(budget), cycles: BigInt(cycles), stopped, jobs: all, resume };
  };
}

async function opened(id: string, contentKey: Uint8Array, sealed: string): Promise<Uint8Array> {
  const summary = await openContent(contentKey, 'summary', base64.decode(sealed));
  if (!summary) throw new UntrustedError(`a summary of order ${id} does not open under its content key`);
  return summary;
}

async function* watchSearch(
  transport: Transport,
  id: string,
  contentKey: Uint8Array,
  signal?: AbortSignal,
  cursor?: string,
): AsyncGenerator<SearchState, void> {
  const read = jobReader(transport, id, contentKey, cursor);
  for await (const order of watchOrder(transport, id, signal)) yield { order, jobs: await patiently(read, signal) };
}

/** A network that is away for as long as a cut line may be (watch-order.ts) ends no watch. */
async function patiently<T>(read: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let fruitless = 1; ; fruitless++) {
    try {
      return await read();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error) || fruitless >= FRUITLESS_MAX) throw error;
      await pause(RECONNECT_MS * fruitless);
      signal?.throwIfAborted();
    }
  }
}

async function stopSearch(context: Context, id: string): Promise<void> {
  const path = `/v1/orders/${id}/stop`;
  const request = { method: 'POST', path, idempotencyKey: newIdempotencyKey() } as const;
  await context.transport.json(await signedRequest(context, request));
}

export function searchCalls(context: Context) {
  const { transport } = context;
  return {
    /** The jobs of a search, each finished one's summary opened; with a cursor (`resume` of an earlier answer) those behind it. */
    jobs: (id: string, contentKey: Uint8Array, cursor?: string) => jobReader(transport, id, contentKey, cursor)(),
    /**
     * A search's order and jobs as either changes, until the order is final. A cut line is taken up where it broke; whoever comes
     * back later goes on from the `resume` that it was told last.
     */
    watchSearch: (id: string, contentKey: Uint8Array, signal?: AbortSignal, cursor?: string) =>
      watchSearch(transport, id, contentKey, signal, cursor),
    /** Ends a search with what it has: the bill is for what was done. */
    stopSearch: (id: string) => stopSearch(context, id),
  };
}
