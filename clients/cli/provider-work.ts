/** One job of a search in this process: opened, computed in slices of counted operations, sealed and handed in. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { summaryInput } from '../../ml/search/assemble.ts';
import { decodeSummary, encodeSummary } from '../../ml/search/canonical.ts';
import { startJob } from '../../ml/search/jobs.ts';
import type { Job, RunningJob } from '../../ml/search/search.ts';
import { decodeJobOfSearch } from '../../ml/search/task-bytes.ts';
import { decodeTypedTable } from '../../ml/table/canonical.ts';
import type { Table } from '../../ml/table/table.ts';
import type { TrainerKernels } from '../../ml/trainers/kernels.ts';
import { equalBytes, type Hash } from '../../protocol/hash.ts';
import { resultRoot, resultSalt } from '../../protocol/order/results.ts';
import { jobHash } from '../../protocol/order/search-log.ts';
import type { WireProviderJob } from '../../protocol/provider-jobs.ts';
import { BoundedCache } from '../../sealing/bounded-cache.ts';
import { openContent, sealContent } from '../../sealing/content.ts';
import type { SealKeyPair } from '../../sealing/envelope.ts';
import { type JobSecret, openJobSecret } from '../../sealing/job-secret.ts';
import { UntrustedError } from '../sdk/errors.ts';
import type { ProviderJobs } from '../sdk/provider-jobs.ts';

/** Multiply-adds between two looks at signals: some 15 ms. */
const STEP_OPERATIONS = 1 << 24;
/** From one checkpoint to the next: about a second, well below PROCESS_SILENT_MS_MAX. */
const STEPS_PER_SLICE = 64;

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
  readonly operations?: number;
}

export const newTables = (): BoundedCache<Table> => new BoundedCache(TABLES_MAX);

/** `done`: recorded. `late`: somebody else's counts, or the search is over. `returned`: stopped, and given back. */
export type WorkOutcome = 'done' | 'late' | 'returned';

const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Throws UntrustedError for what is not what it should be: it is left to its lease. */
export async function workOn(run: ProcessRun, job: WireProviderJob): Promise<WorkOutcome> {
  const sealed = { encapsulated: base64.decode(job.encapsulated), ciphertext: base64.decode(job.secret) };
  const secret = await openJobSecret(run.pair, sealed, run.genesisHash, hexToBytes(job.order));
  if (!secret) throw new UntrustedError(`job ${job.index} of order ${job.order} does not open`);
  const running = await begun(run, job, secret);
  const operations = run.operations ?? STEP_OPERATIONS;
  for (let step = 1; !running.advance(operations); step++) {
    await breath();
    const { aborted } = run.signal;
    if (step % STEPS_PER_SLICE !== 0 && !aborted) continue;
    const checkpoint = await sealContent(secret.contentKey, 'state', running.checkpoint());
    const goesOn = await run.jobs.checkpoint(job, checkpoint, running.cycles, !aborted);
    if (!goesOn) return 'late';
    if (aborted) return 'returned';
  }
  return handIn(run, job, secret, running);
}

async function begun(run: ProcessRun, job: WireProviderJob, secret: JobSecret): Promise<RunningJob> {
  const { spec, job: planned } = decodeJobOfSearch(secret.job);
  const table = await tableOf(run, job.dataset, secret.datasetKey);
  const inputs = await neededResults(run, job, secret.contentKey, planned.kind);
  const checkpoint = job.checkpoint === null ? undefined : await checkpointOf(run, job, secret.contentKey);
  const running = startJob(run.kernels, table, spec, planned, inputs, checkpoint);
  if (!running.ok) throw new UntrustedError(`job ${job.index} of order ${job.order}: ${running.evidence}`);
  return running.value;
}

async function tableOf(run: ProcessRun, id: string, key: Uint8Array): Promise<Table> {
  const known = run.tables.get(id);
  if (known) return known;
  const plain = await openContent(key, 'dataset', await run.download(id));
  const table = plain && decodeTypedTable(plain);
  if (!table?.ok) throw new UntrustedError(`data set ${id} is no table`);
  run.tables.set(id, table.value);
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

/** Results that the job reads, each the one that the log has. Of the trials an assembly reads the summaries, which are here. */
async function neededResults(
  run: ProcessRun,
  { order, needs }: WireProviderJob,
  key: Uint8Array,
  kind: Job['kind'],
): Promise<Map<number, Uint8Array>> {
  const results = new Map<number, Uint8Array>();
  const salt = resultSalt(key);
  for (const { index, resultId, stateHash, summary } of needs) {
    const said = await openContent(key, 'summary', base64.decode(summary));
    if (said && kind === 'assemble' && isOfTrial(said)) {
      results.set(index, summaryInput(said));
      continue;
    }
    const result = await openContent(key, 'result', await run.jobs.blob(order, resultId));
    if (!result || !said || !equalBytes(jobHash(salt, result, said), hexToBytes(stateHash)))
      throw new UntrustedError(`the result of job ${index} of order ${order} is not the one in the log`);
    results.set(index, result);
  }
  return results;
}

function isOfTrial(bytes: Uint8Array): boolean {
  const summary = decodeSummary(bytes);
  return summary.ok && summary.value.kind === 'trial';
}

async function handIn(
  run: ProcessRun,
  job: WireProviderJob,
  { contentKey }: JobSecret,
  running: RunningJob,
): Promise<WorkOutcome> {
  const { result, summary } = running.finish();
  const summaryBytes = encodeSummary(summary);
  const salt = resultSalt(contentKey);
  const resultId = await run.jobs.result(job, await sealContent(contentKey, 'result', result));
  const taken = await run.jobs.done(job, {
    stateHash: jobHash(salt, result, summaryBytes),
    cycles: summary.cycles,
    root: resultRoot(salt, [result]),
    resultId,
    summary: await sealContent(contentKey, 'summary', summaryBytes),
  });
  return taken ? 'done' : 'late';
}
