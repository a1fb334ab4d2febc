/** Searches as a checker is given them, of made-up outcomes: no job runs. What a provider might have claimed is changed job by job. */
import type { FinishedJob, SearchCheck, SearchTask } from '../../durable-objects/region/search-rpc.ts';
import { encodeSummary } from '../../ml/search/canonical.ts';
import { Planner } from '../../ml/search/plan.ts';
import type { Job, JobSummary, SearchSpec, TableShape } from '../../ml/search/search.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { checkChallenge } from '../../protocol/order/challenge.ts';
import { resultRoot, resultSalt } from '../../protocol/order/results.ts';
import { NO_JOB } from '../../protocol/order/search-log.ts';
import { logCycles, logHead } from '../../protocol/order/worklog.ts';
import { hpuCycles } from '../../protocol/units.ts';
import { sealContent } from '../../sealing/content.ts';
import { encodeJob } from '../../workers/consumers/search/job-bytes.ts';

export const SHAPE: TableShape = { rows: 600, columns: 12, classes: 3, images: false };
export const SPEC: SearchSpec = {
  task: 'classes',
  metric: 'accuracy',
  families: ['logistic', 'extraTrees', 'randomForest', 'boost'],
  trials: 24,
  budget: 3_000_000_000n,
  folds: 5,
  seed: 9n,
  rowCycles: 1_000_000,
};
const CONTENT_KEY = new Uint8Array(32).fill(7);
const ORDER = new Uint8Array(32).fill(5);
const ATTEMPT = 1;
const MEMBERS = 3;

/** A job and what is said of it; without a summary it was dropped. */
export interface Claimed {
  readonly job: Job;
  readonly round: number;
  readonly summary: JobSummary | undefined;
}

/** Half of its cap, and a score that goes up and down with its index; every fifth trial but one was capped. */
export function outcomeOf(job: Job): JobSummary {
  const { index, kind, cap, candidate } = job;
  const isCapped = kind === 'trial' && index % 5 === 4;
  const common = { index, kind, state: isCapped ? ('capped' as const) : ('done' as const) };
  const base = { ...common, cycles: isCapped ? cap : cap / 2n, ...(candidate ? { candidate } : {}) };
  if (kind === 'ensemble')
    return { ...base, members: job.needs.slice(0, MEMBERS).map((trial, i) => ({ trial, weight: i === 0 ? 40 : 12 })) };
  if (kind !== 'trial' || isCapped) return base;
  const folds = Array.from({ length: 5 }, (_, fold) => 0.5 + ((index * 37 + fold) % 80) / 200);
  return { ...base, score: 0.7, folds, criteria: folds };
}

/** An honest search; stopped while the trials of `stoppedIn` run, or after them, it drops those that `drops` names. */
export function honestSearch(
  spec: SearchSpec,
  stoppedIn?: number,
  drops = (index: number): boolean => index % 2 === 1,
): Claimed[] {
  const planner = new Planner(spec, SHAPE);
  const claimed: Claimed[] = [];
  let before: JobSummary[] = [];
  for (let round = 0; ; round++) {
    const next = planner.next(before, stoppedIn !== undefined && round > stoppedIn);
    if (next.kind !== 'jobs') return claimed;
    const made = next.jobs.map((job) => ({
      job,
      round,
      summary: round === stoppedIn && drops(job.index) ? undefined : outcomeOf(job),
    }));
    claimed.push(...made);
    before = made.flatMap(({ summary }) => summary ?? []);
  }
}

async function rowOf({ job, round, summary }: Claimed): Promise<FinishedJob> {
  const { index, kind, needs } = job;
  const spec = await sealContent(CONTENT_KEY, 'job', encodeJob(job));
  const planned = { index, round, needs, droppable: kind === 'trial', spec };
  const nothing = { summary: null, root: null, resultId: null };
  if (!summary) return { ...planned, ...nothing, state: 'dropped', cycles: 0n, stateHash: NO_JOB };
  const named = new Uint8Array([index]);
  return {
    ...planned,
    state: 'done',
    cycles: summary.cycles,
    stateHash: taggedHash('HAI/test-job', named),
    summary: await sealContent(CONTENT_KEY, 'summary', encodeSummary(summary)),
    root: resultRoot(resultSalt(CONTENT_KEY), [named]),
    resultId: taggedHash('HAI/test-result', named),
  };
}

/** A claim over these jobs; the last one's result is the order's. `draw` changes what is drawn. */
export async function checkOf(
  claimed: readonly Claimed[],
  stoppedFrom: number | null = null,
  draw = 0,
): Promise<SearchCheck> {
  const jobs = await Promise.all(claimed.map(rowOf));
  const empty = resultRoot(resultSalt(CONTENT_KEY), [new Uint8Array(0)]);
  return claimOf(jobs, stoppedFrom, jobs.at(-1)?.root ?? empty, draw);
}

export function claimOf(jobs: FinishedJob[], stoppedFrom: number | null, root: Uint8Array, draw = 0): SearchCheck {
  const links = jobs.map(({ index, stateHash, cycles }) => ({ chunk: index, stateHash, cycles: hpuCycles(cycles) }));
  const log = links.length > 0 ? links : [{ chunk: 0, stateHash: NO_JOB, cycles: hpuCycles(0n) }];
  const head = logHead(ORDER, ATTEMPT, log);
  const task = { order: ORDER, attempt: ATTEMPT, contentKey: CONTENT_KEY } as SearchTask;
  return {
    task,
    jobs,
    stoppedFrom,
    quoteCycles: SPEC.budget,
    resultRoot: root,
    claimed: { chunks: log.length, cycles: logCycles(log), logHead: head },
    challenge: checkChallenge(ORDER, ATTEMPT, head, new Uint8Array(32).fill(draw)),
    open: null,
  };
}
