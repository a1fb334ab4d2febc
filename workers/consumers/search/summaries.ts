/** Summaries of jobs that are over, opened. */
import type { FinishedJob } from '../../../durable-objects/region/search-rpc.ts';
import { decodeSummary } from '../../../ml/search/canonical.ts';
import type { JobSummary } from '../../../ml/search/search.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { openContent } from '../../../sealing/content.ts';

/** By index, of the jobs that are done: a plan takes those that a stop dropped as given up. */
export async function summariesOf(contentKey: Uint8Array, jobs: readonly FinishedJob[]): Promise<Result<JobSummary[]>> {
  const summaries: JobSummary[] = [];
  for (const { summary: sealed } of jobs) {
    if (!sealed) continue;
    const plain = await openContent(contentKey, 'summary', sealed);
    const summary = plain ? decodeSummary(plain) : fail('result_mismatch', 'a summary that does not open');
    if (!summary.ok) return summary;
    summaries.push(summary.value);
  }
  return ok(summaries);
}
