/** New candidates once the portfolio is used up: where the predictor expects most, and steps from the best so far. */
import type { Family } from '../trainers/trainer.ts';
import { expectedImprovement, fitPredictor, type Tried } from './predictor.ts';
import type { Draws } from './random.ts';
import { type Choice, choiceAt, choiceKey, dimensionsOf, placeOf } from './space.ts';

export interface Proposal {
  readonly choice: Choice;
  readonly from: 'predictor' | 'local';
}

/** Random candidates that the predictor looks at for each that it names. */
const LOOKED_AT = 96;
/** Local steps start from one of this many best. */
const PARENTS = 3;
/** Draws for a candidate that was not seen before, at most: grids are finite. */
const TRIES_MAX = 32;

function randomChoice(families: readonly Family[], draws: Draws): Choice {
  const family = families[draws.below(families.length)] as Family;
  return choiceAt(
    family,
    dimensionsOf(family).map(({ values }) => draws.below(values.length)),
  );
}

/** One or two dimensions moved by one or two steps of the grid. */
function neighbour(choice: Choice, draws: Draws): Choice {
  const place = placeOf(choice);
  const dimensions = dimensionsOf(choice.family);
  for (let moves = 1 + draws.below(2); moves > 0; moves--) {
    const d = draws.below(dimensions.length);
    const length = dimensions[d]?.values.length ?? 1;
    const step = (1 + draws.below(2)) * (draws.below(2) === 0 ? -1 : 1);
    place[d] = Math.min(length - 1, Math.max(0, (place[d] as number) + step));
  }
  return choiceAt(choice.family, place);
}

/**
 * Up to `count` candidates of `families` that are not in `seen`; every third is a local step. `tried` is not empty, the best of it
 * first. `cost`: cycles of a trial. Each proposal counts as tried with its guessed score for the next one, so that a round does not ask one thing twice.
 */
export function propose(
  families: readonly Family[],
  tried: readonly Tried[],
  seen: ReadonlySet<string>,
  count: number,
  draws: Draws,
  cost: (choice: Choice) => bigint,
): Proposal[] {
  const known = [...tried];
  const taken = new Set(seen);
  const proposals: Proposal[] = [];
  const best = (tried[0] as Tried).score;
  const usual =
    tried.map(({ choice }) => cost(choice)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))[tried.length >> 1] ?? 1n;
  // Twice the cost of the usual candidate halves the promise, about; what is cheaper than that is hardly cheaper to wait for.
  const priceOf = (choice: Choice): number => 1 + Number((cost(choice) * 1000n) / (usual + 1n)) / 1000;
  for (let i = 0; i < count; i++) {
    const guess = fitPredictor(known);
    const isLocal = i % 3 === 2;
    const choice = isLocal
      ? fresh(taken, () => neighbour((tried[draws.below(Math.min(PARENTS, tried.length))] as Tried).choice, draws))
      : mostPromising(families, taken, draws, (choice) => expectedImprovement(guess(choice), best) / priceOf(choice));
    if (!choice) continue;
    taken.add(choiceKey(choice));
    known.push({ choice, score: guess(choice).mean });
    proposals.push({ choice, from: isLocal ? 'local' : 'predictor' });
  }
  return proposals;
}

function fresh(taken: ReadonlySet<string>, draw: () => Choice): Choice | undefined {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const choice = draw();
    if (!taken.has(choiceKey(choice))) return choice;
  }
  return undefined;
}

/** The first of the best. */
function mostPromising(
  families: readonly Family[],
  taken: ReadonlySet<string>,
  draws: Draws,
  promise: (choice: Choice) => number,
): Choice | undefined {
  let best: { choice: Choice; promise: number } | undefined;
  for (let i = 0; i < LOOKED_AT; i++) {
    const choice = randomChoice(families, draws);
    if (taken.has(choiceKey(choice))) continue;
    const value = promise(choice);
    if (!best || value > best.promise) best = { choice, promise: value };
  }
  return best?.choice;
}
