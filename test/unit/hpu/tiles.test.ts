/** A product in tiles is the product: whatever the cut, the order of arrivals, the repetitions and the losses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ProductPlan,
  productPlan,
  productTile,
  runTiled,
  type TileBounds,
  TiledProduct,
  tileOperands,
} from '../../../hpu/product/tiles.ts';
import { gemmReference } from '../../../hpu/reference/product.ts';
import { K_MAX, KernelFault, type KernelFaultNumber } from '../../../hpu/shape.ts';
import { randomBytes } from '../../support/random-bytes.ts';

/** Words of a 32-bit linear congruential stream: a failing run is reproduced by its seed alone. */
function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

const operandsOf = ({ shape: { m, k, n } }: ProductPlan, seed: number) => ({
  a: randomBytes(m * k, seed),
  b: randomBytes(k * n, seed + 1),
});

function computed(plan: ProductPlan, index: number, { a, b }: { a: Int8Array; b: Int8Array }): Int32Array {
  const tile = productTile(plan, index);
  const operands = tileOperands(plan, index, a, b);
  return gemmReference(operands.a, operands.b, tile.m, tile.k, tile.n);
}

const plans = fc
  .record({
    shape: fc.record({
      m: fc.integer({ min: 0, max: 30 }),
      k: fc.integer({ min: 0, max: 60 }),
      n: fc.integer({ min: 0, max: 30 }),
    }),
    bounds: fc.record({
      aBytes: fc.integer({ min: 4, max: 300 }),
      bBytes: fc.integer({ min: 4, max: 300 }),
      cBytes: fc.integer({ min: 4, max: 400 }),
    }),
  })
  .map(({ shape, bounds }) => ({ plan: productPlan(shape, bounds), bounds }));

describe('the plan', () => {
  it('covers every product of two entries once, within its bounds', () => {
    fc.assert(
      fc.property(plans, ({ plan, bounds }) => {
        const { m, k, n } = plan.shape;
        const seen = new Uint8Array(m * k * n);
        for (let index = 0; index < plan.tiles; index++) {
          const tile = productTile(plan, index);
          expect(tile.m * tile.k).toBeLessThanOrEqual(bounds.aBytes);
          expect(tile.k * tile.n).toBeLessThanOrEqual(bounds.bBytes);
          expect(tile.m * tile.n * 4).toBeLessThanOrEqual(bounds.cBytes);
          for (let i = tile.row; i < tile.row + tile.m; i++)
            for (let p = tile.inner; p < tile.inner + tile.k; p++)
              for (let j = tile.column; j < tile.column + tile.n; j++) {
                const at = (i * k + p) * n + j;
                seen[at] = (seen[at] as number) + 1;
              }
        }
        expect(seen.every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('is one tile where the whole fits', () => {
    expect(productPlan({ m: 7, k: 9, n: 5 }, { aBytes: 63, bBytes: 45, cBytes: 140 })).toMatchObject({
      tiles: 1,
      tile: { m: 7, k: 9, n: 5 },
    });
  });

  const bounds: TileBounds = { aBytes: 1 << 20, bBytes: 1 << 20, cBytes: 1 << 20 };
  const shape = { m: 2, k: 3, n: 2 };
  const refusals: [string, KernelFaultNumber, () => unknown][] = [
    ['a negative dimension', 1, () => productPlan({ ...shape, m: -1 }, bounds)],
    ['a fractional one', 1, () => productPlan({ ...shape, k: 1.5 }, bounds)],
    ['one that is no number', 1, () => productPlan({ ...shape, n: Number.NaN }, bounds)],
    ['a bound without an end', 1, () => productPlan(shape, { ...bounds, aBytes: Number.POSITIVE_INFINITY })],
    ['a bound that holds no entry', 4, () => productPlan(shape, { ...bounds, cBytes: 3 })],
    ['sums that may overflow', 2, () => productPlan({ ...shape, k: K_MAX + 1 }, bounds)],
    [
      'sums that overflow in spite of their bound',
      2,
      () => productPlan({ ...shape, k: 2 * K_MAX + 3 }, bounds, 2 ** 13),
    ],
    ['a bound that no int8 keeps', 4, () => productPlan(shape, bounds, 2 ** 14 + 1)],
    ['too many tiles', 5, () => productPlan({ m: 5000, k: 1, n: 5000 }, { aBytes: 4, bBytes: 4, cBytes: 4 })],
    ['a tile that is not there', 4, () => productTile(productPlan(shape, bounds), 1)],
    [
      'operands that are too short',
      3,
      () => tileOperands(productPlan(shape, bounds), 0, new Int8Array(5), new Int8Array(6)),
    ],
    ['a tile of another size', 3, () => new TiledProduct(productPlan(shape, bounds)).add(0, new Int32Array(3))],
  ];
  it.each(refusals)('refuses %s', (_, number, make) => {
    expect(make).toThrow(KernelFault);
    expect(make).toThrow(expect.objectContaining({ number }));
  });
});

describe('the merged product', () => {
  it('equals one piece under any order, repetition and loss', () => {
    fc.assert(
      fc.property(plans, fc.nat(), ({ plan }, seed) => {
        const operands = operandsOf(plan, seed);
        const product = new TiledProduct(plan);
        const next = stream(seed);
        // A message is sent for every missing tile; some are lost, some come twice, all in any order; the rest is sent again.
        for (let round = 0; round < 200 && product.missing().length > 0; round++) {
          expect(product.result()).toBeUndefined();
          const arriving = product.missing().flatMap((index) => {
            const fate = next() >>> 30;
            return fate === 0 ? [] : fate === 1 ? [index, index] : [index];
          });
          arriving.sort(() => (next() >>> 31 === 0 ? -1 : 1));
          for (const index of arriving) product.add(index, computed(plan, index, operands));
        }
        const { m, k, n } = plan.shape;
        expect(product.result()).toEqual(gemmReference(operands.a, operands.b, m, k, n));
      }),
      { numRuns: 300 },
    );
  });

  it('counts a tile once, even one that comes back changed', () => {
    const plan = productPlan({ m: 4, k: 8, n: 4 }, { aBytes: 8, bBytes: 8, cBytes: 16 });
    const operands = operandsOf(plan, 3);
    const product = new TiledProduct(plan);
    for (let index = 0; index < plan.tiles; index++) {
      const c = computed(plan, index, operands);
      expect(product.add(index, c)).toBe(true);
      expect(
        product.add(
          index,
          c.map((value) => value + 1),
        ),
      ).toBe(false);
    }
    expect(product.result()).toEqual(gemmReference(operands.a, operands.b, 4, 8, 4));
  });

  it('is exact at the largest sums, positive and negative, cut along k', () => {
    const plan = productPlan({ m: 1, k: K_MAX, n: 2 }, { aBytes: 40_000, bBytes: 80_000, cBytes: 64 });
    expect(plan.tiles).toBeGreaterThan(3);
    const a = new Int8Array(K_MAX).fill(-128);
    const b = Int8Array.from({ length: 2 * K_MAX }, (_, i) => (i % 2 === 0 ? -128 : 127));
    const sums = Int32Array.of(K_MAX * 16_384, -K_MAX * 16_256);
    expect(runTiled(gemmReference, plan, a, b)).toEqual(sums);
    // Twice as long with 7-bit weights: the caller's bound holds.
    const k = 2 * K_MAX;
    const long = productPlan({ m: 1, k, n: 1 }, { aBytes: 100_000, bBytes: 100_000, cBytes: 4 }, 2 ** 13);
    const product = runTiled(gemmReference, long, new Int8Array(k).fill(-128), new Int8Array(k).fill(-64));
    expect(product).toEqual(Int32Array.of(k * 8_192));
  });

  it('of an empty side is empty, and of an empty inner dimension zero', () => {
    const bounds = { aBytes: 4, bBytes: 4, cBytes: 4 };
    const run = (m: number, k: number, n: number) =>
      runTiled(gemmReference, productPlan({ m, k, n }, bounds), new Int8Array(m * k), new Int8Array(k * n));
    expect(run(0, 5, 3)).toEqual(new Int32Array(0));
    expect(run(3, 5, 0)).toEqual(new Int32Array(0));
    expect(run(3, 0, 2)).toEqual(new Int32Array(6));
  });
});
