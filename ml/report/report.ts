/** What a search tells about its model. It travels inside the bundle, as JSON with sorted names. */
import type { Metric, Precision, SearchSpec } from '../search/search.ts';
import type { Family, Params } from '../trainers/trainer.ts';
import type { LeaderboardRow } from './leaderboard.ts';

/**
 * `noBetterThanPrior`: guessing the commonest class, or the mean, scores as well, give or take a standard error. `fewRows`: folds are too
 * small to trust. `rowsRepeated`: rows are equal in every column, beyond what chance would do (search/repeats.ts). `classesUneven`: one
 * class has most rows, and the metric is accuracy. `rowsNearlyRepeated`: rows are equal in every column but one that only names them.
 * `columnTells`: the target follows from one column alone. `rowsFollowDate`: rows are in the order of a date (telling.ts). Each of these
 * three names its column.
 */
export const REPORT_NOTICES = [
  'noBetterThanPrior',
  'fewRows',
  'memberDropped',
  'lowEffortOnly',
  'rareClass',
  'rowsRepeated',
  'classesUneven',
  'rowsNearlyRepeated',
  'columnTells',
  'rowsFollowDate',
] as const;
export type ReportNotice = (typeof REPORT_NOTICES)[number];

export interface NoticeColumn {
  readonly notice: ReportNotice;
  readonly column: string;
}

export interface ReportMember {
  /** Job of its trial. */
  readonly trial: number;
  readonly family: Family;
  readonly params: Params;
  /** In 1/64. */
  readonly weight: number;
  /** Of a network that has an int8 form: which it is, and what either scored in the first fold. */
  readonly precision?: Precision;
}

/** Fields of a class report, with the class's name. */
export interface ReportClass {
  readonly name: string;
  readonly support: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface Report {
  readonly version: 1;
  readonly task: SearchSpec['task'];
  readonly metric: Metric;
  /** Name of the target column; empty for clusters. */
  readonly target: string;
  readonly rows: number;
  /** Of the table, without the target; samples of an image. */
  readonly columns: number;
  /** u64 and cycles are decimal. */
  readonly seed: string;
  readonly budget: string;
  /** Folds of the cross-validation; 1 is a hold-out. */
  readonly folds: number;
  /**
   * Out of fold: the delivered members' mean score, that of each fold, and their standard deviation; in each fold, as members and
   * weights are chosen on the other folds. Higher is better.
   */
  readonly score?: number;
  readonly foldScores: readonly number[];
  readonly sd: number;
  /** Score of the prior. */
  readonly baseline?: number;
  readonly members: readonly ReportMember[];
  readonly leaderboard: readonly LeaderboardRow[];
  /** Hex. */
  readonly leaderboardHash: string;
  /** Of the leaderboard's first trials: [step, train] or [step, train, watched]. */
  readonly curves: readonly { readonly trial: number; readonly points: readonly (readonly number[])[] }[];
  /** Out of fold; rows by true class, columns by predicted one. For up to 64 classes. */
  readonly confusion?: readonly (readonly number[])[];
  readonly classes?: readonly ReportClass[];
  /** Shares that sum to 1, the largest first; empty where no member can tell. */
  readonly importance: readonly { readonly column: string; readonly share: number }[];
  readonly cycles: { readonly trials: string; readonly ensemble: string; readonly refits: string };
  /** HPU cycles that a single row's prediction takes. */
  readonly rowCycles: string;
  readonly notices: readonly ReportNotice[];
  /** Of notices that are about a column. */
  readonly noticeColumns?: readonly NoticeColumn[];
}

/** Empty for a notice that is about no column. */
export const noticeColumn = ({ noticeColumns }: Report, notice: ReportNotice): string =>
  noticeColumns?.find((one) => one.notice === notice)?.column ?? '';
