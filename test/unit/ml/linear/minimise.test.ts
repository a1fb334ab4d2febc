import { describe, expect, it } from 'vitest';
import { Minimiser, type MinimiserOptions } from '../../../../ml/trainers/linear/minimise.ts';

type Evaluate = (x: Float64Array) => { value: number; slopes: Float64Array };

const options = (size: number, more: Partial<MinimiserOptions> = {}): MinimiserOptions => ({
  tolerance: 1e-9,
  iterationsMax: 500,
  scale: new Float64Array(size).fill(1),
  ...more,
});

/** Returns the number of evaluations. */
function run(minimiser: Minimiser, evaluate: Evaluate): number {
  let evaluations = 0;
  for (; !minimiser.done && evaluations < 5000; evaluations++) {
    const { value, slopes } = evaluate(minimiser.point);
    minimiser.observe(value, slopes);
  }
  return evaluations;
}

/** The sum of 10^i (x_i - i)^2 / 2. */
const bowl: Evaluate = (x) => ({
  value: x.reduce((sum, v, i) => sum + (10 ** i * (v - i) * (v - i)) / 2, 0),
  slopes: x.map((v, i) => 10 ** i * (v - i)),
});

/** x - log x at x = 9 + p: least at p = -8, infinite from p = -9 on. */
const barrier: Evaluate = ([p = 0]) => {
  const x = 9 + p;
  return {
    value: x > 0 ? x - Math.log(x) : Number.POSITIVE_INFINITY,
    slopes: Float64Array.of(x > 0 ? 1 - 1 / x : Number.NaN),
  };
};

describe('the minimiser', () => {
  it('finds the bottom of a bowl that is a million times steeper one way', () => {
    const minimiser = new Minimiser(options(7));
    expect(run(minimiser, bowl)).toBeLessThan(200);
    minimiser.point.forEach((x, i) => {
      expect(x).toBeCloseTo(i, 8);
    });
    expect(minimiser.value).toBeLessThan(1e-18);
  });

  it('takes one step more when it is told the curvatures', () => {
    const scale = Float64Array.from({ length: 7 }, (_, i) => 1 / 10 ** i);
    expect(run(new Minimiser(options(7, { scale })), bowl)).toBe(2);
  });

  it('steps back from where the function is infinite', () => {
    const minimiser = new Minimiser(options(1, { scale: Float64Array.of(1000) }));
    run(minimiser, barrier);
    expect(minimiser.point[0]).toBeCloseTo(-8, 8);
  });

  it('ends with the best point when nothing gets better, or the iterations are over', () => {
    const lying = new Minimiser(options(1));
    expect(run(lying, () => ({ value: 1, slopes: Float64Array.of(-1) }))).toBeLessThan(200);
    expect(lying.done).toBe(true);
    const short = new Minimiser(options(7, { iterationsMax: 3 }));
    run(short, bowl);
    expect(short.iterations).toBe(3);
    expect(short.value).toBeLessThan(bowl(new Float64Array(7)).value);
  });
});
