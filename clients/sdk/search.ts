/** A search while it runs: its jobs, followed live, and the word that ends it early. */
import { base64 } from '@scure/base';
import type { WireJob, WireJobs, WireOrder } from '../../protocol/wire.ts';
import { openContent } from '../../sealing/content.ts';
import type { Context } from './context.ts';
import { UntrustedError } from './errors.ts';
import { signedRequest } from './signed-request.ts';
import { newIdempotencyKey, type Transport } from './transport.ts';
import { watchOrder } from './watch-order.ts';

export interface SearchJob extends Omit<WireJob, 'summary' | 'cycles'> {
  readonly cycles: bigint;
  /** Canonical bytes (ml/search), opened; undefined before the job is done. */
  readonly summary: Uint8Array | undefined;
}

export interface SearchJobs {
  readonly budget: bigint;
  /** Of all jobs that are done. */
  readonly cycles: bigint;
  readonly stopped: boolean;
  readonly jobs: readonly SearchJob[];
}

export interface SearchState {
  readonly order: WireOrder;
  readonly jobs: SearchJobs;
}

/** Throws UntrustedError for a summary that the key does not open. */
export async function jobsOf(transport: Transport, id: string, contentKey: Uint8Array): Promise<SearchJobs> {
  const told = await transport.json<WireJobs>({ method: 'GET', path: `/v1/orders/${id}/jobs` });
  const jobs = await Promise.all(
    told.jobs.map(async ({ summary, cycles, ...job }) => ({
      ...job,
      cycles: BigInt(cycles),
      summary: summary === null ? undefined : await opened(id, contentKey, summary),
    })),
  );
  return { budget: BigInt(told.budget), cycles: BigInt(told.cycles), stopped: told.stopped, jobs };
}

async function opened(id: string, contentKey: Uint8Array, sealed: string): Promise<Uint8Array> {
  const summary = await openContent(contentKey, 'summary', base64.decode(sealed));
  if (!summary) throw new UntrustedError(`a summary of order ${id} does not open under its content key`);
  return summary;
}

export async function* watchSearch(
  transport: Transport,
  id: string,
  contentKey: Uint8Array,
  signal?: AbortSignal,
): AsyncGenerator<SearchState, void> {
  for await (const order of watchOrder(transport, id, signal)) {
    yield { order, jobs: await jobsOf(transport, id, contentKey) };
  }
}

export async function stopSearch(context: Context, id: string): Promise<void> {
  const path = `/v1/orders/${id}/stop`;
  const request = { method: 'POST', path, idempotencyKey: newIdempotencyKey() } as const;
  await context.transport.json(await signedRequest(context, request));
}
