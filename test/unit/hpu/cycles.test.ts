import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FLOAT_BLOCK_ROWS,
  floatGemmCycles,
  freivaldsCycles,
  gemmCycles,
  type MlpSpec,
  predictCycles,
  predictFloatCycles,
  trainChunkCycles,
  trainCycles,
  trainPlan,
  vectorCycles,
} from '../../../protocol/cycles.ts';
import { MLP_LIMITS, validateMlpShape, validateMlpSpec } from '../../../protocol/mlp.ts';

const digits: MlpSpec = { rows: 1437, features: 64, hidden: 32, classes: 10, epochs: 40, batch: 32, seed: 1n };

describe('price table', () => {
  it.each([
    [32, 768, 768, 2846n], // the white paper's array at 10% utilisation
    [1024, 1024, 1024, 17_150n], // at 95.5%
    [1, 1, 1, 767n],
    [256, 256, 256, 1022n],
    [256, 257, 256, 1278n],
    [0, 5, 5, 0n],
    [5, 0, 5, 0n],
    [5, 5, 0, 0n],
  ])('int8 product %i x %i x %i costs %i cycles', (m, k, n, cycles) => {
    expect(gemmCycles(m, k, n)).toBe(cycles);
  });

  it('prices float products by four times the rows, lanes by started groups of 256', () => {
    expect(floatGemmCycles(100, 300, 20)).toBe(gemmCycles(400, 300, 20));
    expect(vectorCycles(0, 8)).toBe(0n);
    expect(vectorCycles(1, 8)).toBe(8n);
    expect(vectorCycles(256)).toBe(1n);
    expect(vectorCycles(257, 3)).toBe(6n);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses %d as a dimension', (side) => {
    expect(() => gemmCycles(side, 1, 1)).toThrow(RangeError);
    expect(() => vectorCycles(side)).toThrow(RangeError);
  });

  it('prices a check below a large product', () => {
    expect(freivaldsCycles(1, 2, 3)).toBe(gemmCycles(8, 3, 2) + gemmCycles(8, 2, 1) + gemmCycles(8, 3, 4));
    expect(freivaldsCycles(4096, 4096, 4096) < gemmCycles(4096, 4096, 4096) / 2n).toBe(true);
  });

  it('prices predictions from shapes alone', () => {
    expect(predictCycles(digits, 360)).toBe(3572n);
    const two = predictFloatCycles(digits, 2 * FLOAT_BLOCK_ROWS);
    expect(two).toBe(2n * predictFloatCycles(digits, FLOAT_BLOCK_ROWS));
    expect(predictFloatCycles(digits, 2 * FLOAT_BLOCK_ROWS + 1)).toBe(two + predictFloatCycles(digits, 1));
  });

  const specs = fc.record({
    rows: fc.integer({ min: 2, max: 3000 }),
    features: fc.integer({ min: 1, max: 80 }),
    hidden: fc.integer({ min: 1, max: 40 }),
    classes: fc.integer({ min: 2, max: 12 }),
    epochs: fc.integer({ min: 1, max: 60 }),
    batch: fc.integer({ min: 1, max: 200 }),
    seed: fc.constant(0n),
  });

  it('quotes to the cycle the sum of the chunks', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        fc.pre(validateMlpSpec(spec) === undefined);
        const { chunks } = trainPlan(spec);
        let sum = 0n;
        for (let chunk = 0; chunk < chunks; chunk++) sum += trainChunkCycles(spec, chunk);
        expect(trainCycles(spec)).toBe(sum);
      }),
      { numRuns: 200 },
    );
  });

  it('cuts the digits job into a few dozen chunks', () => {
    expect(trainPlan(digits)).toEqual({
      stepsPerEpoch: 45,
      steps: 1800,
      stepsPerChunk: 31,
      chunks: 61,
      calibrationRows: 1024,
    });
    expect(() => trainChunkCycles(digits, 61)).toThrow(RangeError);
    expect(() => trainChunkCycles(digits, -1)).toThrow(RangeError);
  });
});

describe('validateMlpSpec', () => {
  it('takes the digits job and the bounds themselves', () => {
    expect(validateMlpSpec(digits)).toBeUndefined();
    expect(validateMlpSpec({ ...digits, seed: (1n << 64n) - 1n })).toBeUndefined();
    expect(validateMlpSpec({ ...digits, rows: MLP_LIMITS.rowsMax, epochs: 1 })).toBeUndefined();
    expect(validateMlpSpec({ ...digits, rows: 2, batch: MLP_LIMITS.batchMax })).toBeUndefined();
  });

  it.each<[Partial<MlpSpec>, RegExp]>([
    [{ rows: 1 }, /rows/],
    [{ rows: MLP_LIMITS.rowsMax + 1 }, /rows/],
    [{ features: 0 }, /features/],
    [{ features: MLP_LIMITS.featuresMax + 1 }, /features/],
    [{ hidden: 0 }, /hidden/],
    [{ hidden: 1.5 }, /hidden/],
    [{ hidden: MLP_LIMITS.hiddenMax + 1 }, /hidden/],
    [{ classes: 1 }, /classes/],
    [{ classes: 257 }, /classes/],
    [{ epochs: 0 }, /epochs/],
    [{ epochs: 1001 }, /epochs/],
    [{ batch: 0 }, /batch/],
    [{ batch: 1025 }, /batch/],
    [{ seed: -1n }, /seed/],
    [{ seed: 1n << 64n }, /seed/],
    [{ rows: 65_536, features: 65 }, /rows x features/],
    [{ rows: 1000, features: 4096, hidden: 64 }, /features x hidden/],
    [{ rows: 1000, features: 4096, batch: 1000, hidden: 1 }, /one chunk/],
    [{ rows: 65_536, epochs: 1000, batch: 1 }, /chunks/],
    [{ rows: Number.NaN }, /rows/],
  ])('refuses %o', (change, reason) => {
    expect(validateMlpSpec({ ...digits, ...change })).toMatch(reason);
  });

  it('bounds shapes alone too', () => {
    expect(validateMlpShape({ features: 4, hidden: 3, classes: 2 })).toBeUndefined();
    expect(validateMlpShape({ features: 0, hidden: 3, classes: 2 })).toMatch(/features/);
  });
});
