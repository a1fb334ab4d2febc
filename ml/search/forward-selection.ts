/** Forward selection as a job runs it: step by step, over some of the folds. */
import { bestAddition, type Predictions, type Scored } from './selection.ts';

export const STEPS_MAX = 24;
/** Steps without a gain after which it ends. */
const PATIENCE = 6;

export class ForwardSelection {
  readonly #scored: Scored;
  readonly #models: readonly Predictions[];
  readonly #may: (chosen: readonly number[], at: number) => boolean;
  readonly #steps: number[] = [];
  #best: { readonly length: number; readonly criterion: number } | undefined;
  #isOver = false;

  /** `models`: predictions of the folds of `scored`. `may`: whether a model may join what is chosen. */
  constructor(scored: Scored, models: readonly Predictions[], may: (chosen: readonly number[], at: number) => boolean) {
    this.#scored = scored;
    this.#models = models;
    this.#may = may;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Every model added so far: of them and the same models the same selection is made again. */
  get steps(): readonly number[] {
    return this.#steps;
  }

  /** Up to the best step; empty when no model may be taken. */
  get chosen(): readonly number[] {
    return this.#steps.slice(0, this.#best?.length ?? 0);
  }

  /** Predicted numbers that a step scores for each model. */
  get predictions(): number {
    return (this.#models[0] ?? []).reduce((sum, { length }) => sum + length, 0);
  }

  step(): void {
    const addition = bestAddition(this.#scored, this.#models, this.#steps, (at) => this.#may(this.#steps, at));
    if (addition) this.#note(addition.at, addition.criterion);
    else this.#isOver = true;
  }

  /** Takes the steps of a checkpoint again: their criteria follow from what was chosen. */
  resume(steps: readonly number[]): void {
    for (const at of steps) {
      const addition = bestAddition(this.#scored, this.#models, this.#steps, (other) => other === at);
      if (!addition) throw new Error('not a checkpoint of this ensemble');
      this.#note(at, addition.criterion);
    }
  }

  #note(at: number, criterion: number): void {
    const length = this.#steps.push(at);
    if (!this.#best || criterion > this.#best.criterion) this.#best = { length, criterion };
    this.#isOver = length >= STEPS_MAX || length - this.#best.length >= PATIENCE;
  }
}
