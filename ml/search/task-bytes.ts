/** A search's specification with one of its jobs, as canonical bytes: what a process needs beside the table to compute that job. */
import { jsonBytes, parseCanonical } from './json.ts';
import type { Job, SearchSpec } from './search.ts';

export interface JobOfSearch {
  readonly spec: SearchSpec;
  readonly job: Job;
}

export const encodeJobOfSearch = ({ spec, job }: JobOfSearch): Uint8Array =>
  jsonBytes({
    spec: { ...spec, budget: spec.budget.toString(), seed: spec.seed.toString() },
    job: { ...job, cap: job.cap.toString() },
  });

interface Texts {
  readonly spec: Omit<SearchSpec, 'budget' | 'seed'> & { readonly budget: string; readonly seed: string };
  readonly job: Omit<Job, 'cap'> & { readonly cap: string };
}

/** Of bytes that a process' own network sealed to it: anything else throws. */
export function decodeJobOfSearch(bytes: Uint8Array): JobOfSearch {
  const value = parseCanonical(bytes) as Texts | undefined;
  if (!value) throw new Error('not a job of a search');
  const { spec, job } = value;
  return {
    spec: { ...spec, budget: BigInt(spec.budget), seed: BigInt(spec.seed) },
    job: { ...job, cap: BigInt(job.cap) },
  };
}
