/** A planned job as canonical bytes: what is sealed for its consumers, and what a checker's own plan is compared with. */
import { jsonBytes, parseCanonical } from '../../../ml/search/json.ts';
import type { Job } from '../../../ml/search/search.ts';

export const encodeJob = (job: Job): Uint8Array => jsonBytes({ ...job, cap: job.cap.toString() });

/** Of bytes that this network sealed itself: anything else is a fault. */
export function decodeJob(bytes: Uint8Array): Job {
  const value = parseCanonical(bytes) as (Omit<Job, 'cap'> & { cap: string }) | undefined;
  if (!value) throw new Error('not a job');
  return { ...value, cap: BigInt(value.cap) };
}
