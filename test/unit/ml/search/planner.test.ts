import { describe, expect, it } from 'vitest';
import { nextJobs, Planner } from '../../../../ml/search/plan.ts';
import type { JobSummary, SearchSpec } from '../../../../ml/search/search.ts';
import { honestSearch, outcomeOf, SHAPE, SPEC } from '../../../support/claimed-search.ts';

/** A specification that counts how often a round of trials was planned from it. */
function counting(): { spec: SearchSpec; reads: () => number } {
  let reads = 0;
  const spec = {
    ...SPEC,
    get trials() {
      reads += 1;
      return SPEC.trials;
    },
  };
  return { spec, reads: () => reads };
}

describe('the forward planner', () => {
  it('says what nextJobs says, round for round, and plans each round once', () => {
    const { spec, reads } = counting();
    const planner = new Planner(spec, SHAPE);
    const summaries: JobSummary[] = [];
    let rounds = 0;
    for (let done: JobSummary[] = []; ; rounds++) {
      const next = planner.next(done, false);
      expect(next).toEqual(nextJobs(SPEC, SHAPE, summaries, false));
      if (next.kind !== 'jobs') break;
      done = next.jobs.map(outcomeOf);
      summaries.push(...done);
    }
    const once = counting();
    nextJobs(once.spec, SHAPE, summaries, false);
    expect(rounds).toBeGreaterThan(5);
    expect(reads()).toBe(once.reads());
  });

  it('does so when it is stopped, in a round or between two', () => {
    for (const dropped of [[9, 11], []]) {
      const planner = new Planner(SPEC, SHAPE);
      const summaries: JobSummary[] = [];
      let done: JobSummary[] = [];
      for (let round = 0; ; round++) {
        const isStopped = round > 1;
        const next = planner.next(done, isStopped);
        expect(next).toEqual(nextJobs(SPEC, SHAPE, summaries, isStopped));
        if (next.kind !== 'jobs') break;
        done = next.jobs.filter(({ index }) => !dropped.includes(index)).map(outcomeOf);
        summaries.push(...done);
      }
      expect(summaries.filter(({ kind }) => kind === 'trial').length).toBeLessThan(
        honestSearch(SPEC).filter(({ job }) => job.kind === 'trial').length,
      );
    }
  });

  it('goes on asking for what is missing', () => {
    const planner = new Planner(SPEC, SHAPE);
    const first = planner.next([], false);
    if (first.kind !== 'jobs') throw new Error(first.kind);
    const [one, ...others] = first.jobs.map(outcomeOf);
    expect(planner.next(others, false)).toEqual(first);
    expect(planner.next(one ? [one] : [], false)).toEqual(nextJobs(SPEC, SHAPE, first.jobs.map(outcomeOf), false));
  });
});
