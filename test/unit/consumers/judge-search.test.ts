import { beforeAll, describe, expect, it } from 'vitest';
import type { FinishedJob, SearchCheck } from '../../../durable-objects/region/search-rpc.ts';
import type { Job, JobSummary } from '../../../ml/search/search.ts';
import { judgeSearch, SAMPLED_TRIALS } from '../../../workers/consumers/search/judge-plan.ts';
import { type Claimed, checkOf, claimOf, honestSearch, SHAPE, SPEC } from '../../support/claimed-search.ts';

const judge = (check: SearchCheck) => judgeSearch({ spec: SPEC, shape: SHAPE }, check, async () => {});

const honest = honestSearch(SPEC);
const kindOf = (kind: Job['kind']) => honest.filter(({ job }) => job.kind === kind).map(({ job }) => job.index);
const indexOf = (kind: Job['kind']): number => kindOf(kind)[0] as number;
const chosen = honest[indexOf('ensemble')]?.summary?.members?.map(({ trial }) => trial) ?? [];
const members = new Set(chosen.flatMap((trial) => [trial, ...(honest[trial]?.job.needs ?? [])]));
/** That no check is bound to replay. */
const spare = (state: JobSummary['state']): number =>
  honest.findIndex(({ job, summary }) => job.kind === 'trial' && !members.has(job.index) && summary?.state === state);

/** One job's summary changed, in a log and under a bill that agree with it. */
function saying(index: number, change: (summary: JobSummary, job: Job) => Partial<JobSummary>): Claimed[] {
  return honest.map((one) => {
    const { job, summary } = one;
    return summary && job.index === index ? { ...one, summary: { ...summary, ...change(summary, job) } } : one;
  });
}

/** One job's row changed, in a claim that agrees with it. */
async function rowed(index: number, change: Partial<FinishedJob>): Promise<SearchCheck> {
  const { jobs, resultRoot } = await checkOf(honest);
  return claimOf(
    jobs.map((job) => (job.index === index ? { ...job, ...change } : job)),
    null,
    resultRoot,
  );
}

describe('the check of a search', () => {
  it('replays what made the model, and trials that the challenge draws', async () => {
    const drawn = new Set<number>();
    for (const draw of [1, 2, 3, 4]) {
      const judgement = await judge(await checkOf(honest, null, draw));
      if (!judgement.holds) throw new Error(judgement.reason);
      const { replays } = judgement;
      const made = [...kindOf('ensemble'), ...kindOf('refit'), ...kindOf('assemble'), ...members];
      expect(replays).toEqual(expect.arrayContaining(made));
      expect(replays).toEqual([...new Set(replays)].sort((a, b) => a - b));
      expect(replays).toHaveLength(made.length + SAMPLED_TRIALS);
      for (const index of replays) drawn.add(index);
    }
    expect(drawn.size).toBeGreaterThan(members.size + kindOf('refit').length + 2 + SAMPLED_TRIALS);
  });

  it('holds for a stopped search, with the trials that the stop dropped, and for one without a job', async () => {
    const stopped = honestSearch(SPEC, 1);
    const judgement = await judge(await checkOf(stopped, 2));
    const dropped = stopped.filter(({ summary }) => !summary).map(({ job }) => job.index);
    expect(dropped).not.toEqual([]);
    expect(judgement).toMatchObject({ holds: true });
    expect(judgement.holds && judgement.replays.filter((index) => dropped.includes(index))).toEqual([]);
    const between = honestSearch(SPEC, 1, () => false);
    expect(await judge(await checkOf(between, 2))).toMatchObject({ holds: true });
    expect(await judge(await checkOf(between))).toMatchObject({ holds: false });
    expect(await judge(await checkOf([], 0))).toEqual({ holds: true, replays: [] });
  });

  it('takes from the plan what a job is', async () => {
    for (const kind of ['ensemble', 'refit', 'assemble'] as const) {
      const index = indexOf(kind);
      const check = await checkOf(saying(index, () => ({ kind: 'trial' })));
      expect(await judge(check)).toEqual({ holds: false, reason: `job ${index} is summed up as another` });
    }
    const other = honest[indexOf('trial') + 1]?.summary?.candidate;
    for (const index of [spare('done'), indexOf('refit')]) {
      const check = await checkOf(saying(index, () => (other ? { candidate: other } : {})));
      expect(await judge(check)).toEqual({ holds: false, reason: `job ${index} is summed up with another candidate` });
    }
  });

  it('pays no job more than its cap, however it ended', async () => {
    const forgeries = [
      [spare('done'), 'done'],
      [spare('done'), 'failed'],
      [spare('capped'), 'capped'],
      [indexOf('assemble'), 'done'],
    ] as const;
    for (const [index, state] of forgeries) {
      const check = await checkOf(saying(index, (_, { cap }) => ({ state, cycles: cap + 1n })));
      expect(await judge(check)).toEqual({ holds: false, reason: `job ${index} bills more than its cap` });
    }
  });

  describe('refuses', () => {
    let check: SearchCheck;
    beforeAll(async () => {
      check = await checkOf(honest);
    });
    const refused = async (forged: SearchCheck, reason: string) =>
      expect(await judge(forged)).toEqual({ holds: false, reason });

    it('a bill that the log does not make, and a log of other jobs', async () => {
      const { claimed } = check;
      const dearer = { ...claimed, cycles: claimed.cycles + 1n };
      await refused({ ...check, claimed: dearer }, 'the bill is another than that of the jobs');
      const other = { ...claimed, logHead: new Uint8Array(32) };
      await refused({ ...check, claimed: other }, 'the log is of other jobs');
      await refused({ ...check, claimed: { ...claimed, chunks: claimed.chunks + 1 } }, 'the log is of other jobs');
      const stateHash = new Uint8Array(32).fill(1);
      const jobs = check.jobs.map((job) => (job.index === 2 ? { ...job, stateHash } : job));
      await refused({ ...check, jobs }, 'the log is of other jobs');
      await refused({ ...check, quoteCycles: claimed.cycles - 1n }, 'beyond the budget');
    });

    it('a row that bills other cycles than its summary says', async () => {
      const cycles = (check.jobs[3]?.cycles ?? 0n) + 1n;
      await refused(await rowed(3, { cycles }), 'job 3 bills other cycles than it says');
    });

    it('a trial that was left out without a stop, or before it, or that bills all the same', async () => {
      const without = honest.map((one) => (one.job.index === 3 ? { ...one, summary: undefined } : one));
      await refused(await checkOf(without), 'job 3 was left out');
      await refused(await checkOf(without, 3), 'job 3 was left out');
      const stopped = await checkOf(honestSearch(SPEC, 1), 2);
      const { index } = stopped.jobs.find(({ state }) => state === 'dropped') as FinishedJob;
      const jobs = stopped.jobs.map((job) => (job.index === index ? { ...job, cycles: 1n } : job));
      await refused(claimOf(jobs, 2, stopped.resultRoot), `job ${index} was dropped and bills`);
    });

    it('a job that the plan does not have, one too few, or another in its place', async () => {
      const { jobs, resultRoot } = check;
      const last = honest.at(-1) as Claimed;
      const more = { ...last, round: last.round + 1, job: { ...last.job, index: honest.length } };
      await refused(await checkOf([...honest, more]), 'jobs that the plan does not have');
      await refused(claimOf(jobs.slice(0, -1), null, resultRoot), `job ${jobs.length - 1} was not planned`);
      await refused(await rowed(2, { spec: (jobs[1] as FinishedJob).spec }), 'job 2 was not planned');
      await refused(await rowed(2, { round: 1 }), 'job 2 was not planned');
    });

    it('another result than that of the last job', async () => {
      await refused({ ...check, resultRoot: new Uint8Array(32) }, 'another result than the plan ends with');
    });
  });
});
