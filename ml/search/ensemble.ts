/**
 * The ensemble's job: from the trials' out-of-fold predictions, members and their weights. They are chosen over all folds. The score
 * is another thing: a choice tells too much good of itself on the rows that it was made by, so each fold is scored by the members
 * that would be chosen on the other folds (cross-fitting).
 */
import { vectorCycles } from '../../protocol/cycles.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { SCORE_LANE_OPS } from '../metrics/metrics.ts';
import { baselineScore } from './baseline.ts';
import { encodeSummary } from './canonical.ts';
import { centredTargets } from './centred.ts';
import { type JobContext, unfinished, withinCap } from './context.ts';
import { joined } from './fold-rows.ts';
import { PREDICTIONS_MAX } from './folds.ts';
import { ForwardSelection, STEPS_MAX } from './forward-selection.ts';
import { ensembleCheckpoint, ensembleResult, MEMBERS_MAX } from './results.ts';
import { OPERATIONS_A_CYCLE } from './rows-fit.ts';
import type { JobSummary, RunningJob, TableShape } from './search.ts';
import { combined, foldScores, type Predictions, type Scored, WEIGHT_UNIT, weightsOf } from './selection.ts';
import { decodeTrial } from './trial.ts';

/** Trials that it chooses from. */
export const CANDIDATES_MAX = 24;
/** A fit to all rows is a little dearer to run than one to four fifths of them. */
const ROW_CYCLES_MARGIN_PERCENT = 125n;

/** Adding a weighted prediction and scoring the sum. */
const ADDITION_LANE_OPS = 2 + SCORE_LANE_OPS;

interface Candidate {
  readonly trial: number;
  readonly rowCycles: bigint;
  readonly predicted: Predictions;
}

const stepCycles = (predictions: number, candidates: number): bigint =>
  vectorCycles(predictions, ADDITION_LANE_OPS * candidates);

const isCrossed = (folds: number, candidates: number): boolean => folds > 1 && candidates > 1;

/** What the job may cost, whatever it finds: a selection over all folds, and one a fold over the others. */
export const ensembleCyclesMax = ({ rows, classes }: TableShape, folds: number, candidates: number): bigint =>
  BigInt((STEPS_MAX + 1) * (isCrossed(folds, candidates) ? folds : 1)) *
  stepCycles(Math.min(PREDICTIONS_MAX, rows * Math.max(1, classes)), candidates);

/** `inputs`: the results of the trials that the job needs. */
export function startEnsemble(
  context: JobContext,
  inputs: ReadonlyMap<number, Uint8Array>,
  checkpoint?: Uint8Array,
): Result<RunningJob> {
  const candidates: Candidate[] = [];
  for (const trial of context.job.needs) {
    const bytes = inputs.get(trial);
    if (!bytes) return fail('result_mismatch', `the result of job ${trial} is not there`);
    const decoded = decodeTrial(context, bytes);
    if (!decoded.ok) return decoded;
    const { predicted, rowCycles } = decoded.value;
    if (predicted.length === 0) return fail('result_mismatch', `job ${trial} has no predictions`);
    candidates.push({ trial, rowCycles, predicted });
  }
  // Usually all were scored in all folds; at low effort only the first ones.
  const folds = Math.min(...candidates.map(({ predicted }) => predicted.length));
  const cut = candidates.map((candidate) => ({ ...candidate, predicted: candidate.predicted.slice(0, folds) }));
  return ok(new Ensemble(context, cut, folds, checkpoint));
}

class Ensemble implements RunningJob {
  readonly #context: JobContext;
  readonly #candidates: readonly Candidate[];
  readonly #scored: Scored;
  /** Over all folds; then, for each fold, over the others. */
  readonly #selections: readonly ForwardSelection[];
  #cycles = 0n;

  constructor(context: JobContext, candidates: readonly Candidate[], folds: number, checkpoint?: Uint8Array) {
    const { table, spec, classes, offset, whole } = context;
    this.#context = context;
    this.#candidates = candidates;
    const truths = context.folds.slice(0, folds).map(({ scored }) => centredTargets(table.target, offset, scored));
    this.#scored = { metric: spec.metric, classes, whole, truths };
    this.#selections = this.#selectionsOf(folds);
    if (checkpoint) this.#resume(checkpoint);
  }

  /** Clusters can't be averaged: none. One candidate, or one fold, leaves nothing to cross. */
  #selectionsOf(folds: number): ForwardSelection[] {
    if (this.#context.spec.task === 'clusters') return [];
    const over = (isIn: (fold: number) => boolean): ForwardSelection => {
      const of = <T>(parts: readonly T[]): T[] => parts.filter((_, fold) => isIn(fold));
      const models = this.#candidates.map(({ predicted }) => of(predicted));
      const scored = { ...this.#scored, truths: of(this.#scored.truths) };
      return new ForwardSelection(scored, models, (chosen, at) => this.#mayAdd(chosen, at));
    };
    const crossed = isCrossed(folds, this.#candidates.length) ? folds : 0;
    return [over(() => true), ...Array.from({ length: crossed }, (_, fold) => over((other) => other !== fold))];
  }

  get cycles(): bigint {
    return withinCap(this.#context.job.cap, this.#cycles);
  }

  advance(operations: number): boolean {
    const from = this.#cycles;
    for (const selection of this.#selections) {
      while (!selection.isOver) {
        if (Number(this.#cycles - from) * OPERATIONS_A_CYCLE >= operations) return false;
        selection.step();
        this.#cycles += stepCycles(selection.predictions, this.#candidates.length);
      }
    }
    return true;
  }

  #mayAdd(chosen: readonly number[], at: number): boolean {
    const members = new Set([...chosen, at]);
    if (members.size > MEMBERS_MAX) return false;
    let sum = 0n;
    for (const member of members) sum += (this.#candidates[member] as Candidate).rowCycles;
    return sum * ROW_CYCLES_MARGIN_PERCENT <= BigInt(this.#context.spec.rowCycles) * 100n;
  }

  checkpoint(): Uint8Array {
    return ensembleCheckpoint.encode({ cycles: this.#cycles, steps: this.#selections.map(({ steps }) => [...steps]) });
  }

  #resume(bytes: Uint8Array): void {
    const decoded = ensembleCheckpoint.decode(bytes);
    if (!decoded.ok) throw new Error(`not a checkpoint of this ensemble: ${decoded.evidence}`);
    const { cycles, steps } = decoded.value;
    if (steps.length !== this.#selections.length) throw new Error('not a checkpoint of this ensemble');
    this.#selections.forEach((selection, i) => {
      selection.resume(steps[i] ?? []);
    });
    this.#cycles = cycles;
  }

  finish(): { result: Uint8Array; summary: JobSummary } {
    const { job, spec } = this.#context;
    const [whole, ...crossed] = this.#selections;
    if (this.#selections.some(({ isOver }) => !isOver)) throw new Error('the ensemble is not over');
    // Of clusters, the best trial: the planner names it first.
    const weights = weightsOf(whole ? whole.chosen : [0]);
    // No model is cheap enough to run.
    if (weights.size === 0) return this.#none();
    const members = [...weights].map(([at, weight]) => ({ ...(this.#candidates[at] as Candidate), at, weight }));
    const bags = crossed.map(({ chosen }) => weightsOf(chosen));
    const predicted = this.#predicted(weights, bags);
    const folds = spec.task === 'clusters' ? undefined : foldScores(this.#scored, predicted);
    const summary: JobSummary = {
      index: job.index,
      kind: 'ensemble',
      state: 'done',
      cycles: this.cycles,
      ...(folds ? { score: folds.reduce((sum, score) => sum + score, 0) / folds.length, folds } : {}),
      members: members.map(({ trial, weight }) => ({ trial, weight })),
    };
    return {
      summary,
      result: this.#result(summary, predicted, {
        parts: members.map((member) => joined(member.predicted)),
        bags: bags.map((bag) => Uint8Array.from(members, ({ at }) => bag.get(at) ?? 0)),
      }),
    };
  }

  /** In each fold by what was chosen on the others, where there is such a choice. */
  #predicted(weights: ReadonlyMap<number, number>, bags: readonly ReadonlyMap<number, number>[]): Float32Array[] {
    return this.#scored.truths.map((_, fold) => {
      const bag = bags[fold] ?? weights;
      const [sum] = combined(
        [...bag].map(([at, weight]) => ({
          predicted: [(this.#candidates[at] as Candidate).predicted[fold] as Float32Array],
          share: weight / WEIGHT_UNIT,
        })),
      );
      return sum as Float32Array;
    });
  }

  #none(): { result: Uint8Array; summary: JobSummary } {
    const summary = unfinished(this.#context, this.#cycles, 'failed');
    return { summary, result: this.#result(summary, [], { parts: [], bags: [] }) };
  }

  #result(
    summary: JobSummary,
    predicted: Predictions,
    members: { readonly parts: Float32Array[]; readonly bags: Uint8Array[] },
  ): Uint8Array {
    const baseline = baselineScore(this.#context, this.#scored);
    return ensembleResult.encode({
      summary: encodeSummary(summary),
      folds: predicted.length,
      predicted: joined(predicted),
      ...members,
      baseline: baseline === undefined ? [] : [baseline],
    });
  }
}
