/** A provider's process: takes jobs, one at a time, until it is stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WireProviderJob } from '../../protocol/provider-jobs.ts';
import type { Region } from '../../protocol/regions.ts';
import { HaiError, UnreachableError, UntrustedError } from '../sdk/errors.ts';
import { type ProcessRun, type WorkOutcome, workOn } from './provider-work.ts';

/** Between two looks for work: short after a job, because a round may just have ended; well below PROCESS_SILENT_MS_MAX. */
const IDLE_MS_MIN = 25;
const IDLE_MS_MAX = 800;
/** After a fault, which may be of more than this job. */
const FAULT_MS = 4_000;

export interface LoopEvents {
  took(job: WireProviderJob, outcome: WorkOutcome): void;
  /** Told once for each new message. */
  fault(message: string): void;
}

/** A network that is away may come back; so may a lease, a blob, a job that can be read. */
const mayPass = (error: unknown): error is Error =>
  error instanceof UnreachableError ||
  error instanceof UntrustedError ||
  (error instanceof HaiError && error.code !== 'not_authorised');

/** Throws HaiError not_authorised where the deployment does not list the key. */
export async function workUntilStopped(run: ProcessRun, regions: readonly Region[], events: LoopEvents): Promise<void> {
  let idleMs = IDLE_MS_MIN;
  let told = '';
  while (!run.signal.aborted) {
    try {
      const job = await run.jobs.take(run.pair.publicKey, regions);
      if (job) {
        events.took(job, await workOrFail(run, job));
        idleMs = IDLE_MS_MIN;
        continue;
      }
      await pauseOrStop(idleMs, run.signal);
      idleMs = Math.min(2 * idleMs, IDLE_MS_MAX);
      told = '';
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (error.message !== told) events.fault(error.message);
      told = error.message;
      await pauseOrStop(FAULT_MS, run.signal);
    }
  }
}

/** A job that can't be done here is given up, so that it is not taken again and again: whoever else is there is to have it. */
async function workOrFail(run: ProcessRun, job: WireProviderJob): Promise<WorkOutcome> {
  try {
    return await workOn(run, job);
  } catch (error) {
    // Its own failure says nothing more; the job is then left to its lease.
    await run.jobs.failed(job).catch(() => false);
    throw error;
  }
}

async function pauseOrStop(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
