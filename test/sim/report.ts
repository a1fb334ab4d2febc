/** What a child process answers, and what several of them add up to. */
import { type Counts, noCounts } from './world.ts';

export interface Failing {
  readonly seed: number;
  readonly violations: readonly string[];
}

export interface ChildReport {
  readonly seeds: number;
  readonly failing: readonly Failing[];
  readonly acknowledged: number;
  readonly counts: Counts;
}

export function summed(reports: readonly ChildReport[]): ChildReport {
  const counts = noCounts();
  for (const report of reports) {
    for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += report.counts[key];
  }
  return {
    seeds: reports.reduce((sum, { seeds }) => sum + seeds, 0),
    failing: reports.flatMap(({ failing }) => failing),
    acknowledged: reports.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    counts,
  };
}
