/** The trials of a search as they arrive: a row each on a terminal, a JSON line each with --events, elsewhere nothing. */
import { deviation, leaderboardOf } from '../../../ml/report/leaderboard.ts';
import type { JobSummary, Metric } from '../../../ml/search/search.ts';
import type { Params } from '../../../ml/trainers/trainer.ts';
import { paramsText } from '../../sdk/params-text.ts';
import { scoreText } from '../../sdk/score-text.ts';
import type { Output } from '../output.ts';
import { ProgressLine } from '../progress.ts';
import { printable } from '../text-width.ts';

const PARAMS_CHARACTERS_MAX = 48;

/** What fits of the parameters in a line of a terminal. */
export function paramsCell(params: Params): string {
  const text = printable(paramsText(params));
  return text.length <= PARAMS_CHARACTERS_MAX ? text : `${text.slice(0, PARAMS_CHARACTERS_MAX - 1)}…`;
}

export const grouped = (amount: bigint | number): string => amount.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** One finished job as a row; `isBest`: no trial before it was better. */
export function jobRow(metric: Metric, summary: JobSummary, isBest: boolean): string {
  const { kind, state, score, folds, candidate, cycles } = summary;
  const what = kind === 'trial' && candidate ? candidate.family : kind;
  const effort = candidate && candidate.effort < 16 ? `${candidate.effort}/16` : '';
  const isScored = score !== undefined && state === 'done';
  const spread = folds && folds.length > 1 ? ` ±${deviation(folds).toPrecision(2)}` : '';
  const told = state === 'done' ? '' : state;
  const cells = [
    String(summary.index).padStart(4),
    what.padEnd(12),
    (isScored ? `${scoreText(metric, score)}${spread}` : told).padEnd(18),
    effort.padEnd(5),
    `${grouped(cycles)} cycles`.padStart(21),
    candidate ? paramsCell(candidate.params) : '',
  ];
  return `${cells.join(' ').trimEnd()}${isBest ? '  *' : ''}`;
}

export interface BoardOptions {
  readonly metric: Metric;
  readonly trials: number;
  readonly budget: bigint;
  /** Whether each job is written as a JSON line on stdout. */
  readonly events: boolean;
}

export class LiveBoard {
  readonly #out: Output;
  readonly #options: BoardOptions;
  readonly #line: ProgressLine;
  readonly #seen = new Map<number, JobSummary>();
  #attempt: number | undefined;
  #resume: string | undefined;

  constructor(out: Output, options: BoardOptions) {
    this.#out = out;
    this.#options = options;
    this.#line = new ProgressLine(out);
  }

  /** Each job of an attempt is told once, however often it comes. */
  job(summary: JobSummary, attempt = 1): void {
    if (attempt !== this.#attempt) this.#seen.clear();
    this.#attempt = attempt;
    if (this.#seen.has(summary.index)) return;
    this.#seen.set(summary.index, summary);
    const best = leaderboardOf(this.#seen.values()).find(({ state }) => state === 'done')?.trial;
    if (this.#options.events) {
      const { cycles, ...rest } = summary;
      this.#event({ event: 'job', attempt, ...rest, cycles: cycles.toString() });
    }
    this.#line.end();
    this.#out.note(jobRow(this.#options.metric, summary, best === summary.index));
    this.progress();
  }

  /** All jobs before this cursor were told: whoever is cut off behind this line goes on from it. */
  told(resume: string): void {
    if (this.#options.events && resume !== this.#resume) this.#event({ event: 'resume', cursor: resume });
    this.#resume = resume;
  }

  #event(event: object): void {
    this.#out.io.stdout(`${JSON.stringify(event)}\n`);
  }

  progress(): void {
    const jobs = [...this.#seen.values()];
    // A candidate that was promoted has two trials, and counts once.
    const trials = leaderboardOf(jobs).length;
    const cycles = jobs.reduce((sum, job) => sum + job.cycles, 0n);
    const { budget } = this.#options;
    const share = budget === 0n ? 0n : (cycles * 100n) / budget;
    this.#line.show(`${trials} of ${this.#options.trials} trials, ${grouped(cycles)} cycles, ${share}% of the budget`);
  }

  end(): void {
    this.#line.end();
  }
}
