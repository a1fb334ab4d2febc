/** One job of a search in this process: opened, computed in slices of counted operations, sealed and handed in. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { startJob } from '../../ml/search/jobs.ts';
import type { RunningJob, SearchSpec } from '../../ml/search/search.ts';
import { decodeJobOfSearch } from '../../ml/search/task-bytes.ts';
import { decodeTypedTable } from '../../ml/table/canonical.ts';
import type { Table } from '../../ml/table/table.ts';
import type { TrainerKernels } from '../../ml/trainers/kernels.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Hash } from '../../protocol/hash.ts';
import type { WireProviderJob } from '../../protocol/provider-jobs.ts';
import { BoundedCache, cacheKey } from '../../sealing/bounded-cache.ts';
import { openContent, sealContent } from '../../sealing/content.ts';
import type { SealKeyPair } from '../../sealing/envelope.ts';
import { type JobSecret, openJobSecret } from '../../sealing/job-secret.ts';
import { neededResults, recordOf, shapeFault } from '../../workers/consumers/search/job-parts.ts';
import { HaiError, UntrustedError } from '../sdk/errors.ts';
import type { ProviderJobs } from '../sdk/provider-jobs.ts';
import { breath } from './drive.ts';

/** Multiply-adds between two looks at signals and clock: 6 to 90 ms of an idle core, by family (workers/consumers/search/slice.ts). */
const STEP_OPERATIONS = 1 << 24;
/** From one checkpoint to the next. With a step and a slow line to it, it stays below PROCESS_SILENT_MS_MAX; where it cuts changes no byte. */
const CHECKPOINT_MS = 1_000;

/** Of at most 31 MiB each, in the clear, in memory alone. */
const TABLES_MAX = 2;

export interface ProcessRun {
  readonly jobs: ProviderJobs;
  /** The ciphertext of a data set. */
  download(id: string): Promise<Uint8Array>;
  readonly genesisHash: Hash;
  readonly pair: SealKeyPair;
  readonly kernels: TrainerKernels;
  readonly tables: BoundedCache<Table>;
  readonly signal: AbortSignal;
  /** Milliseconds, from whenever. */
  clock(): number;
  readonly operations?: number;
}

export const newTables = (): BoundedCache<Table> => new BoundedCache(TABLES_MAX);

/** `done`: recorded. `late`: somebody else's counts, or the search is over. `returned`: stopped, and given back. */
export type WorkOutcome = 'done' | 'late' | 'returned';

/** Refusals of a record that comes too late: somebody else's counts, or the order went on without it. */
const LATE: readonly ErrorCode[] = ['lease_lost', 'illegal_transition'];

/** Throws UntrustedError for what is not what it should be. */
export async function workOn(run: ProcessRun, job: WireProviderJob): Promise<WorkOutcome> {
  const sealed = { encapsulated: base64.decode(job.encapsulated), ciphertext: base64.decode(job.secret) };
  const secret = await openJobSecret(run.pair, sealed, run.genesisHash, hexToBytes(job.order));
  if (!secret) throw new UntrustedError(`job ${job.index} of order ${job.order} does not open`);
  const running = await begun(run, job, secret);
  const operations = run.operations ?? STEP_OPERATIONS;
  let saidMs = run.clock();
  while (!running.advance(operations)) {
    await breath();
    const { aborted } = run.signal;
    if (run.clock() - saidMs < CHECKPOINT_MS && !aborted) continue;
    const checkpoint = await sealContent(secret.contentKey, 'state', running.checkpoint());
    const goesOn = await run.jobs.checkpoint(job, checkpoint, running.cycles, !aborted);
    if (!goesOn) return 'late';
    if (aborted) return 'returned';
    saidMs = run.clock();
  }
  return handIn(run, job, secret, running);
}

async function begun(run: ProcessRun, job: WireProviderJob, secret: JobSecret): Promise<RunningJob> {
  const { spec, job: planned } = decodeJobOfSearch(secret.job);
  const table = await tableOf(run, job, secret.datasetKey, spec.task);
  const needs = job.needs.map(({ stateHash, summary, ...need }) => {
    return { ...need, stateHash: hexToBytes(stateHash), summary: base64.decode(summary) };
  });
  const inputs = await neededResults(secret.contentKey, needs, planned.kind, async ({ resultId }) =>
    openContent(secret.contentKey, 'result', await run.jobs.blob(job.order, resultId)),
  );
  if (!inputs.ok) throw new UntrustedError(`order ${job.order}: ${inputs.evidence}`);
  const checkpoint = job.checkpoint === null ? undefined : await checkpointOf(run, job, secret.contentKey);
  const running = startJob(run.kernels, table, spec, planned, inputs.value, checkpoint);
  if (!running.ok) throw new UntrustedError(`job ${job.index} of order ${job.order}: ${running.evidence}`);
  return running.value;
}

async function tableOf(
  run: ProcessRun,
  { dataset: id, shape }: WireProviderJob,
  key: Uint8Array,
  task: SearchSpec['task'],
): Promise<Table> {
  const cached = cacheKey(hexToBytes(id), key);
  const table = run.tables.get(cached) ?? (await downloadedTable(run, id, key));
  run.tables.set(cached, table);
  const fault = shapeFault(table, task, shape);
  if (fault) throw new UntrustedError(`data set ${id}: ${fault.evidence}`);
  return table;
}

async function downloadedTable(run: ProcessRun, id: string, key: Uint8Array): Promise<Table> {
  const plain = await openContent(key, 'dataset', await run.download(id));
  const table = plain && decodeTypedTable(plain);
  if (!table?.ok) throw new UntrustedError(`data set ${id} is no table`);
  return table.value;
}

/** One that is gone was replaced: the job begins anew, and comes to the same. */
async function checkpointOf(run: ProcessRun, job: WireProviderJob, key: Uint8Array): Promise<Uint8Array | undefined> {
  const stored = await run.jobs.blob(job.order, job.checkpoint as string).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'not_found') return undefined;
    throw error;
  });
  return stored && openContent(key, 'state', stored);
}

async function handIn(
  run: ProcessRun,
  job: WireProviderJob,
  { contentKey }: JobSecret,
  running: RunningJob,
): Promise<WorkOutcome> {
  const { result, summary } = running.finish();
  const record = await recordOf(contentKey, result, summary);
  try {
    const resultId = await run.jobs.result(job, await sealContent(contentKey, 'result', result));
    return (await run.jobs.done(job, { ...record, resultId })) ? 'done' : 'late';
  } catch (error) {
    if (error instanceof HaiError && LATE.includes(error.code)) return 'late';
    throw error;
  }
}
