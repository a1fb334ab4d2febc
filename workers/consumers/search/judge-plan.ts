/**
 * Whether a claimed search is what its plan makes of its own summaries. What a job is, what it may cost and whether it is replayed
 * is read from the checker's plan; a summary that says otherwise is a false claim.
 */
import type { FinishedJob, SearchCheck } from '../../../durable-objects/region/search-rpc.ts';
import { canonicalJson } from '../../../ml/search/json.ts';
import { Planner } from '../../../ml/search/plan.ts';
import type { Job, JobSummary, SearchSpec, TableShape } from '../../../ml/search/search.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { drawn } from '../../../protocol/order/challenge.ts';
import { resultRoot, resultSalt } from '../../../protocol/order/results.ts';
import { NO_JOB } from '../../../protocol/order/search-log.ts';
import { type ChunkEntry, logCycles, logHead } from '../../../protocol/order/worklog.ts';
import { hpuCycles } from '../../../protocol/units.ts';
import { openContent } from '../../../sealing/content.ts';
import { encodeJob } from './job-bytes.ts';
import { summariesOf } from './summaries.ts';

/** Trials that are replayed beside those of the model's members. */
export const SAMPLED_TRIALS = 8;
const EMPTY = new Uint8Array(0);

/** `replays`: jobs, ascending. */
export type PlanJudgement =
  | { readonly holds: true; readonly replays: number[] }
  | { readonly holds: false; readonly reason: string };

/** What a job was planned as and what its provider says of it; no summary of one that a stop dropped. */
interface Judged {
  readonly job: Job;
  readonly summary: JobSummary | undefined;
}

const refuse = (reason: string): PlanJudgement => ({ holds: false, reason });

/** Plans forward, once; `pause` is awaited between rounds: to propose candidates after many trials takes a while. */
export async function judgeSearch(
  { spec, shape }: { readonly spec: SearchSpec; readonly shape: TableShape },
  check: SearchCheck,
  pause: () => Promise<void>,
): Promise<PlanJudgement> {
  const { task, jobs, stoppedFrom } = check;
  const fault = billFault(check);
  if (fault) return refuse(fault);
  const planner = new Planner(spec, shape);
  const judged: Judged[] = [];
  let before: JobSummary[] = [];
  // Each turn takes one job at least, so there are no more rounds than jobs.
  for (let round = 0; round <= jobs.length; round++) {
    const next = planner.next(before, stoppedFrom !== null && round >= stoppedFrom);
    if (next.kind !== 'jobs') {
      if (judged.length < jobs.length) return refuse('jobs that the plan does not have');
      return ended(check, judged, next.kind === 'done' ? next.bundle : undefined);
    }
    const claimed = jobs.slice(judged.length, judged.length + next.jobs.length);
    const opened = await summariesOf(task.contentKey, claimed);
    if (!opened.ok) return refuse(opened.evidence ?? opened.code);
    before = opened.value;
    const summaries = before.values();
    for (const [i, job] of next.jobs.entries()) {
      const row = claimed[i];
      if (!row || !(await isPlanned(task.contentKey, row, job, round)))
        return refuse(`job ${judged.length} was not planned`);
      const summary = row.summary ? summaries.next().value : undefined;
      const wrong = row.state === 'done' ? jobFault(row, job, summary) : dropFault(row, job, stoppedFrom);
      if (wrong) return refuse(`job ${job.index} ${wrong}`);
      judged.push({ job, summary });
    }
    await pause();
  }
  return refuse('a plan without an end');
}

/** The bill was made from the log: the jobs must be the log's, link for link. */
function billFault({ task, jobs, claimed, quoteCycles }: SearchCheck): string | undefined {
  const links = jobs.map(({ index, stateHash, cycles }) => ({ chunk: index, stateHash, cycles: hpuCycles(cycles) }));
  const log: ChunkEntry[] = links.length > 0 ? links : [{ chunk: 0, stateHash: NO_JOB, cycles: hpuCycles(0n) }];
  if (logCycles(log) > quoteCycles) return 'beyond the budget';
  if (logCycles(log) !== claimed.cycles) return 'the bill is another than that of the jobs';
  const isLog = log.length === claimed.chunks && equalBytes(logHead(task.order, task.attempt, log), claimed.logHead);
  return isLog ? undefined : 'the log is of other jobs';
}

async function isPlanned(contentKey: Uint8Array, row: FinishedJob, job: Job, round: number): Promise<boolean> {
  if (row.index !== job.index || row.round !== round) return false;
  const said = await openContent(contentKey, 'job', row.spec);
  return said !== undefined && equalBytes(said, encodeJob(job));
}

function jobFault({ cycles }: FinishedJob, job: Job, summary: JobSummary | undefined): string | undefined {
  if (summary?.index !== job.index || summary.kind !== job.kind) return 'is summed up as another';
  if (candidateText(summary) !== candidateText(job)) return 'is summed up with another candidate';
  if (summary.cycles !== cycles) return 'bills other cycles than it says';
  // Of a job that is not replayed, nothing else bounds them.
  return cycles <= job.cap ? undefined : 'bills more than its cap';
}

const candidateText = ({ candidate }: Job | JobSummary): string => canonicalJson(candidate ?? null);

/** A stop drops trials of the round that was under way, and no others. */
function dropFault(row: FinishedJob, job: Job, stoppedFrom: number | null): string | undefined {
  const mayDrop = job.kind === 'trial' && stoppedFrom !== null && row.round === stoppedFrom - 1;
  if (!mayDrop) return 'was left out';
  const isEmpty = row.cycles === 0n && row.summary === null && equalBytes(row.stateHash, NO_JOB);
  return isEmpty ? undefined : 'was dropped and bills';
}

function ended(
  { jobs, resultRoot: claimed, task, challenge }: SearchCheck,
  judged: readonly Judged[],
  bundle: number | undefined,
): PlanJudgement {
  const empty = resultRoot(resultSalt(task.contentKey), [EMPTY]);
  const root = bundle === undefined ? empty : jobs.find(({ index }) => index === bundle)?.root;
  if (!root || !equalBytes(root, claimed)) return refuse('another result than the plan ends with');
  const done = judged.filter(({ summary }) => summary !== undefined);
  const chosen = done
    .filter(({ job }) => job.kind === 'ensemble')
    .flatMap(({ summary }) => (summary?.members ?? []).map(({ trial }) => trial));
  // A promoted trial keeps the predictions of the one that it needs.
  const members = new Set(
    chosen.flatMap((trial) => [trial, ...(judged.find(({ job }) => job.index === trial)?.job.needs ?? [])]),
  );
  const isAlways = ({ job }: Judged): boolean => job.kind !== 'trial' || members.has(job.index);
  const others = done.filter((one) => !isAlways(one));
  const sampled = drawn(challenge, others.length, SAMPLED_TRIALS).map((i) => others[i] as Judged);
  const replays = [...done.filter(isAlways), ...sampled].map(({ job }) => job.index);
  return { holds: true, replays: replays.sort((a, b) => a - b) };
}
