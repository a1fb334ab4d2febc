/**
 * The first trials, until one is done. A small budget makes few that come to an end, and not many that don't; and while there is
 * anything dearer, what the cheapest model takes is kept: where all of them meet their caps, it is still there to be had.
 */
import { type Costs, type Finished, foldsOfShape, type Pick, smaller } from './costs.ts';
import { FULL_EFFORT, hasLowEffort, LOW_EFFORT } from './effort.ts';
import { admitted, type CappedPick, type Purse, withCaps } from './round-caps.ts';
import type { SearchSpec, TableShape } from './search.ts';
import { type Choice, choiceKey, familiesOf, frugalOf } from './space.ts';
import { UNIT } from './usual-costs.ts';

/** Of what is expected, in thousandths: the last cycles are staked on a trial that has so many. */
const LIKELY = 1250n;

/** With fewer candidates of the portfolio than these the first might be the wrong ones. */
const FEW = 3;

interface Begun {
  readonly spec: SearchSpec;
  readonly shape: TableShape;
  readonly costs: Costs;
  /** Trials, none of them done. */
  readonly finished: readonly Finished[];
}

interface Opening extends Begun {
  /** Cycles that the round's jobs may take. */
  readonly room: bigint;
  /** What is left of the budget but for the cheapest ensemble and the assembly: it pays trials and refits. */
  readonly ending: bigint;
}

const pickOf = (choice: Choice, effort: number): Pick => ({
  candidate: { ...choice, effort, from: 'portfolio' },
  needs: [],
});

/** With its refit. */
const withRefit = (costs: Costs, pick: Pick, cycles: bigint): bigint => cycles + costs.refitAfter(pick, cycles);

const byCycles =
  (cycles: (pick: Pick) => bigint) =>
  (a: Pick, b: Pick): number => {
    const [first, second] = [cycles(a), cycles(b)];
    return first < second ? -1 : first > second ? 1 : 0;
  };

/** The frugal candidates that were not seen, at the least effort, the cheapest with its refit first. */
function frugalPicks({ spec, shape, costs, finished }: Begun): Pick[] {
  const seen = new Set(finished.map(({ candidate }) => choiceKey(candidate)));
  const least = hasLowEffort(spec.task, foldsOfShape(spec, shape)) ? LOW_EFFORT : FULL_EFFORT;
  return frugalOf(familiesOf(spec, shape))
    .filter((choice) => !seen.has(choiceKey(choice)))
    .map((choice) => pickOf(choice, least))
    .sort(byCycles((pick) => withRefit(costs, pick, costs.least(pick))));
}

/** Cycles that a model surely takes, as far as estimates go, with its refit; undefined where no family can be tried. */
export function cheapestModel(opening: Begun): bigint | undefined {
  const { costs } = opening;
  const [cheapest] = frugalPicks(opening);
  return cheapest && withRefit(costs, cheapest, costs.least(cheapest));
}

/**
 * The cheapest frugal one first, in all folds where that can be paid; beside it what fits of `known`, then the other frugal ones. It
 * is itself what is kept for when the others meet their caps.
 */
function frugalTrials(
  { costs, room, ending }: Opening,
  frugal: readonly Pick[],
  known: readonly Pick[],
  places: number,
) {
  const purse: Purse = { room: ending, ending };
  const whole = frugal.map(({ candidate }) => pickOf(candidate, FULL_EFFORT));
  for (const [cheapest, ...others] of [whole, frugal]) {
    const first = admitted(costs, [], cheapest ? [cheapest] : [], places, purse);
    const chosen = admitted(costs, first, [...known, ...others], places, { room, ending });
    if (first.length > 0) return withCaps(costs, chosen, purse);
  }
  // The cheapest gets all there is, where that is likely to be enough.
  const [cheapest] = frugal;
  if (!cheapest) return [];
  const cap = costs.capWithRefit(cheapest, ending);
  const { candidate, needs } = cheapest;
  const likely = (costs.expected(candidate, candidate.effort) * LIKELY) / UNIT;
  return likely <= cap ? [{ candidate, needs, cap }] : [];
}

/** Of `known`, in their order, `places` at most; where not all fit, the cheapest; where only few do, frugal ones with them. */
export function opening(of: Opening, known: readonly Pick[], places: number): CappedPick[] {
  const { costs, room, ending } = of;
  if (places <= 0) return [];
  const kept = ending - (cheapestModel(of) ?? 0n);
  const purse: Purse = { room: smaller(room, kept), ending };
  const wanted = Math.min(places, known.length);
  const cheapFirst = [...known].sort(byCycles((pick) => costs.least(pick)));
  const inOrder = admitted(costs, [], known, places, purse);
  const chosen = inOrder.length < wanted ? admitted(costs, [], cheapFirst, places, purse) : inOrder;
  const isEnough = chosen.length > 0 && chosen.length >= Math.min(FEW, wanted);
  const frugal = isEnough ? [] : frugalPicks(of);
  if (isEnough || (frugal.length === 0 && chosen.length > 0)) return withCaps(costs, chosen, purse);
  return frugalTrials(of, frugal, cheapFirst, places);
}
