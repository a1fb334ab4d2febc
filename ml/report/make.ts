/**
 * The report of a search, from what its jobs left. Every score in it is out of fold; the model's is of the members that it was
 * delivered with, and of a choice that did not see the fold (search/ensemble.ts).
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Bundle } from '../bundle/bundle.ts';
import { targetsOf } from '../features/train-set.ts';
import { classReports, confusionMatrix, labelsOf } from '../metrics/classes.ts';
import { balancedBy } from '../metrics/metrics.ts';
import type { JobContext } from '../search/context.ts';
import { FULL_EFFORT } from '../search/effort.ts';
import { repeatsOf } from '../search/repeats.ts';
import type { JobSummary } from '../search/search.ts';
import { importanceOf } from './importance.ts';
import { deviation, leaderboardHash, leaderboardOf } from './leaderboard.ts';
import type { NoticeColumn, Report, ReportClass, ReportMember, ReportNotice } from './report.ts';
import { followedDate, tellingColumn } from './telling.ts';

/** Classes that a confusion matrix is shown for. */
const CLASSES_SHOWN = 64;
const CURVES_SHOWN = 8;
/** A fold with fewer rows than this has a score that a few rows decide. */
const FOLD_ROWS_FEW = 20;
/** A class with fewer rows than folds is missing from some of them. */
const CLASS_ROWS_FEW = 5;
/** Of the most important: one that tells the target alone is among them. */
const COLUMNS_LOOKED = 64;
/** A class of more than this share of the rows makes accuracy look good. */
const UNEVEN_SHARE = 0.8;

export interface ReportInputs {
  /** Of all trials. */
  readonly summaries: readonly JobSummary[];
  readonly ensemble: JobSummary;
  readonly predicted: readonly Float32Array[];
  readonly baseline: number | undefined;
  /** Those that were delivered. */
  readonly members: readonly ReportMember[];
  readonly refits: readonly { readonly summary: JobSummary }[];
}

const cyclesOf = (summaries: readonly JobSummary[]): string =>
  summaries.reduce((sum, { cycles }) => sum + cycles, 0n).toString();

const columnsOf = ({ schema }: Pick<Bundle, 'schema'>): number =>
  schema.kind === 'columns' ? schema.columns.length : schema.height * schema.width * schema.channels;

export function makeReport(
  context: JobContext,
  inputs: ReportInputs,
  bundle: Omit<Bundle, 'report'>,
  rowCycles: bigint,
): Report {
  const { spec, table } = context;
  const { summaries, ensemble, baseline } = inputs;
  const leaderboard = leaderboardOf(summaries);
  const importance = importanceOf(bundle.schema, bundle.members);
  const about = columnNotices(context, importance);
  return {
    version: 1,
    task: spec.task,
    metric: spec.metric,
    target: bundle.target,
    rows: table.rows,
    columns: columnsOf(bundle),
    seed: spec.seed.toString(),
    budget: spec.budget.toString(),
    folds: inputs.predicted.length,
    ...scoresOf(ensemble, leaderboard[0]),
    ...(baseline === undefined ? {} : { baseline }),
    members: inputs.members,
    leaderboard,
    leaderboardHash: bytesToHex(leaderboardHash(leaderboard)),
    curves: leaderboard.slice(0, CURVES_SHOWN).flatMap(({ trial }) => {
      const points = summaries.find(({ index }) => index === trial)?.curve ?? [];
      return points.length > 0 ? [{ trial, points }] : [];
    }),
    ...classesOf(context, inputs),
    importance,
    cycles: {
      trials: cyclesOf(summaries),
      ensemble: ensemble.cycles.toString(),
      refits: cyclesOf(inputs.refits.map(({ summary }) => summary)),
    },
    rowCycles: rowCycles.toString(),
    notices: [...noticesOf(context, inputs, bundle), ...about.map(({ notice }) => notice)],
    ...(about.length > 0 ? { noticeColumns: about } : {}),
  };
}

/** Clusters have no ensemble: the score is the chosen trial's. */
function scoresOf(
  { score, folds }: JobSummary,
  best: { readonly score?: number } | undefined,
): Pick<Report, 'score' | 'foldScores' | 'sd'> {
  const own = score ?? best?.score;
  return { ...(own === undefined ? {} : { score: own }), foldScores: folds ?? [], sd: deviation(folds ?? []) };
}

/** Confusion and report of each class over all scored rows. */
function classesOf(
  { table, folds, classes, whole }: JobContext,
  { predicted }: ReportInputs,
): Pick<Report, 'confusion' | 'classes'> {
  const { target } = table;
  if (target.kind !== 'classes' || classes > CLASSES_SHOWN) return {};
  const counts = new Uint32Array(classes * classes);
  predicted.forEach((part, fold) => {
    const truth = targetsOf(target, folds[fold]?.scored ?? []);
    confusionMatrix(labelsOf(balancedBy(whole, part), classes), truth, classes).forEach((count, i) => {
      counts[i] = (counts[i] as number) + count;
    });
  });
  const rows = target.classes.map((_, k) => [...counts.subarray(k * classes, (k + 1) * classes)]);
  const reports = classReports(counts, classes).map(
    (report, k): ReportClass => ({ name: target.classes[k] as string, ...report }),
  );
  return { confusion: rows, classes: reports };
}

function noticesOf(context: JobContext, inputs: ReportInputs, bundle: Omit<Bundle, 'report'>): ReportNotice[] {
  const { table, folds, spec } = context;
  const { ensemble, baseline, summaries } = inputs;
  const notices: ReportNotice[] = [];
  const add = (notice: ReportNotice, holds: boolean): void => {
    if (holds) notices.push(notice);
  };
  add('noBetterThanPrior', baseline !== undefined && (ensemble.score ?? 0) <= baseline + chance(ensemble.folds));
  add(
    'fewRows',
    folds.some(({ scored }) => scored.length < FOLD_ROWS_FEW),
  );
  add('memberDropped', bundle.members.length < (ensemble.members ?? []).length);
  const whole = summaries.some(({ state, candidate }) => state === 'done' && candidate?.effort === FULL_EFFORT);
  add('lowEffortOnly', !whole);
  const counts = classCounts(table.target);
  add(
    'rareClass',
    counts.some((count) => count < CLASS_ROWS_FEW),
  );
  const repeats = spec.task === 'clusters' ? undefined : repeatsOf(table);
  add('rowsRepeated', repeats !== undefined && repeats.but === undefined);
  add('classesUneven', spec.metric === 'accuracy' && Math.max(0, ...counts) > UNEVEN_SHARE * table.rows);
  return notices;
}

/** A date that rows follow is no copy of a target that changes slowly. */
function columnNotices({ spec, table }: JobContext, importance: Report['importance']): NoticeColumn[] {
  if (spec.task === 'clusters' || table.features.kind === 'images') return [];
  const named = importance.length > 0 ? importance.map(({ column }) => column) : table.features.columns.map(nameOf);
  const date = followedDate(table);
  const looked = new Set(named.slice(0, COLUMNS_LOOKED).filter((name) => name !== date));
  const columns = [
    ['rowsNearlyRepeated', repeatsOf(table)?.but?.name],
    ['columnTells', tellingColumn(table, looked)],
    ['rowsFollowDate', date],
  ] as const;
  return columns.flatMap(([notice, column]) => (column === undefined ? [] : [{ notice, column }]));
}

const nameOf = ({ name }: { readonly name: string }): string => name;

/** A standard error of the mean over the folds: a score that is above another by less may be so by luck. 0 with a hold-out. */
const chance = (folds: readonly number[] = []): number =>
  folds.length > 1 ? deviation(folds) / Math.sqrt(folds.length - 1) : 0;

/** Rows of each class; empty unless the target is classes. */
function classCounts(target: JobContext['table']['target']): number[] {
  if (target.kind !== 'classes') return [];
  const counts = target.classes.map(() => 0);
  for (const label of target.labels) counts[label] = (counts[label] as number) + 1;
  return counts;
}
