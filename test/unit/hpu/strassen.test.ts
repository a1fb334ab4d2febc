import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import type { Tile } from '../../../hpu/product/host.ts';
import { strassenScratch } from '../../../hpu/product/strassen.ts';
import { conv2dReference, gemmReference } from '../../../hpu/reference/product.ts';
import { randomBytes } from '../../support/random-bytes.ts';

const extent = (m: number, k: number, n: number) => ({
  mPanels: Math.ceil(m / 4),
  pairs: Math.ceil(k / 2),
  nPanels: Math.ceil(n / 8),
});
const levels = (m: number, k: number, n: number): number =>
  [1, 2].filter((level) => {
    const whole = strassenScratch(extent(m, k, n), level);
    return whole > strassenScratch(extent(m, k, n), level - 1);
  }).length;

const firstDifference = (a: Int32Array, b: ArrayLike<number>): number => a.findIndex((x, i) => x !== b[i]);

describe.each<Tile>(['splat', 'shuffle'])('products by sums of quarters, by the %s tile', (tile) => {
  const hpu = createHpu(loadKernels(), { tile });
  const product = (a: Int8Array, b: Int8Array, m: number, k: number, n: number) =>
    hpu.gemm(a, hpu.packWeights(b, k, n, 'd16'), m);

  // Even and odd counts of row panels, of pairs and of column panels; a last single row; a level within a level.
  it.each([
    [256, 256, 256, 1],
    [260, 258, 264, 1],
    [257, 261, 250, 1],
    [201, 1030, 131, 2],
    [516, 770, 520, 2],
    [517, 1025, 523, 2],
  ])('equals the reference: %i x %i x %i, levels: %i', (m, k, n, depth) => {
    expect(levels(m, k, n)).toBe(depth);
    const [a, b] = [randomBytes(m * k, m), randomBytes(k * n, n)];
    expect(firstDifference(product(a, b, m, k, n), gemmReference(a, b, m, k, n))).toBe(-1);
  });

  it('equals the reference on random shapes', () => {
    const [side, depth] = [fc.integer({ min: 100, max: 300 }), fc.integer({ min: 150, max: 500 })];
    fc.assert(
      fc.property(side, depth, side, fc.nat(), (m, k, n, seed) => {
        const [a, b] = [randomBytes(m * k, seed), randomBytes(k * n, seed + 1)];
        expect(firstDifference(product(a, b, m, k, n), gemmReference(a, b, m, k, n))).toBe(-1);
      }),
      { numRuns: 12 },
    );
  });

  it('is exact where the sums of quarters are as large as they can be', () => {
    const [m, k, n] = [512, 1024, 512];
    expect(levels(m, k, n)).toBe(2);
    // s4 = a12 - a21 - a22 + a11 and t4 = b21 - b22 + b12 - b11, at both levels.
    const bitAt = (value: number, side: number): [number, number] => [
      Number(value >= side / 2),
      Number(value % (side / 2) >= side / 4),
    ];
    const entries = (rows: number, columns: number, lowest: (row: number, column: number) => boolean): Int8Array =>
      Int8Array.from({ length: rows * columns }, (_, i) => {
        const [row, column] = [bitAt(Math.floor(i / columns), rows), bitAt(i % columns, columns)];
        const signs = [0, 1].map((level) => lowest(row[level] as number, column[level] as number));
        return signs[0] === signs[1] ? 127 : -128;
      });
    const a = entries(m, k, (row) => row === 1);
    const b = entries(k, n, (row, column) => row === column);
    expect(firstDifference(product(a, b, m, k, n), gemmReference(a, b, m, k, n))).toBe(-1);
    const low = new Int8Array(m * k).fill(-128);
    expect([...new Set(product(low, low, m, k, n))]).toEqual([k * 16_384]);
  });

  it('does so in a convolution', () => {
    const shape = { images: 2, height: 19, width: 17, channels: 40 };
    const window = { height: 3, width: 3, padding: { top: 1, bottom: 1, left: 1, right: 1 } };
    const [k, n] = [360, 136];
    expect(levels(256, k, n)).toBe(1);
    const x = randomBytes(2 * 19 * 17 * 40, 5);
    const b = randomBytes(k * n, 6);
    const found = hpu.conv2d(x, shape, window, hpu.packWeights(b, k, n, 'd16'), -3);
    expect(firstDifference(found, conv2dReference(x, shape, window, b, n, -3))).toBe(-1);
  });
});

describe('where sums of quarters do not pay', () => {
  it.each([
    [1, 784, 128],
    [64, 64, 64],
    [128, 128, 128],
    [3, 4096, 4096],
    [4096, 4096, 8],
    [4096, 30, 4096],
    [0, 0, 0],
  ])('%i x %i x %i is multiplied as it stands', (m, k, n) => {
    expect(strassenScratch(extent(m, k, n))).toBe(0);
  });
});
