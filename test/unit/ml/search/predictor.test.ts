import { describe, expect, it } from 'vitest';
import { expectedImprovement, fitPredictor, type Tried } from '../../../../ml/search/predictor.ts';
import { propose } from '../../../../ml/search/proposals.ts';
import { Draws } from '../../../../ml/search/random.ts';
import { type Choice, choiceAt, choiceKey, dimensionsOf, placeOf, portfolioOf } from '../../../../ml/search/space.ts';
import { FAMILIES } from '../../../../ml/trainers/trainer.ts';

const logistic = (at: number): Choice => choiceAt('logistic', [at]);
/** Best in the middle of the grid. */
const tried: Tried[] = [0, 2, 4, 6, 8, 10].map((at) => ({
  choice: logistic(at),
  score: 0.9 - 0.01 * (at - 5) * (at - 5),
}));

describe('the space', () => {
  it.each(FAMILIES)('%s: a grid ascends, and its places name its candidates', (family) => {
    for (const { values, usual } of dimensionsOf(family)) {
      expect([...values]).toEqual([...new Set(values)].sort((a, b) => a - b));
      expect(usual).toBeLessThan(values.length);
    }
    const last = dimensionsOf(family).map(({ values }) => values.length - 1);
    expect(placeOf(choiceAt(family, last))).toEqual(last);
  });

  it('the portfolio names no candidate twice', () => {
    const keys = portfolioOf([...FAMILIES]).map(choiceKey);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the predictor', () => {
  it('is near what was tried, and less sure of what is far from it', () => {
    const guess = fitPredictor(tried);
    expect(guess(logistic(4)).mean).toBeCloseTo(0.89, 1);
    expect(guess(logistic(5)).mean).toBeGreaterThan(guess(logistic(9)).mean);
    expect(guess(choiceAt('ridge', [3])).deviation).toBeGreaterThan(guess(logistic(4)).deviation);
  });

  it('one trial, or equal ones, give a finite guess', () => {
    for (const known of [tried.slice(0, 1), [tried[0], tried[0], { ...tried[1], score: tried[0]?.score }] as Tried[]]) {
      const { mean, deviation } = fitPredictor(known)(logistic(7));
      expect(Number.isFinite(mean) && deviation > 0).toBe(true);
    }
  });

  it('expects more of a better and of a less certain candidate', () => {
    const of = (mean: number, deviation: number): number => expectedImprovement({ mean, deviation }, 1);
    expect(of(1, 1)).toBeCloseTo(0.3989422804, 7);
    expect(of(2, 0.001)).toBeCloseTo(1, 6);
    expect(of(0, 0.001)).toBeCloseTo(0, 6);
    expect(of(0.9, 0.2)).toBeGreaterThan(of(0.9, 0.1));
  });
});

describe('proposals', () => {
  const best = [...tried].sort((a, b) => b.score - a.score);
  const ask = (count: number, seen: ReadonlySet<string>) =>
    propose(['logistic'], best, seen, count, new Draws([1, 2]), () => 1n);

  it('are new, distinct, and near the best', () => {
    const seen = new Set(tried.map(({ choice }) => choiceKey(choice)));
    const proposals = ask(3, seen);
    const keys = proposals.map(({ choice }) => choiceKey(choice));
    expect(new Set([...keys, ...seen]).size).toBe(seen.size + 3);
    expect(keys).toContain(choiceKey(logistic(5)));
    expect(proposals.map(({ from }) => from)).toEqual(['predictor', 'predictor', 'local']);
  });

  it('end when the grid is used up', () => {
    const all = new Set(Array.from({ length: 11 }, (_, at) => choiceKey(logistic(at))));
    expect(ask(3, all)).toEqual([]);
  });
});
