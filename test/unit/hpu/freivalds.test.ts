import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMethod, checkProduct, checkRows, prepareWeightCheck } from '../../../hpu/freivalds/freivalds.ts';
import { RESIDUE_PRIME } from '../../../hpu/freivalds/residues.ts';
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import { KernelFault } from '../../../hpu/shape.ts';

const hpu = createHpu(loadKernels());

function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

function product(m: number, k: number, n: number, seed: number) {
  const next = stream(seed);
  const a = Int8Array.from({ length: m * k }, () => next() >>> 24);
  const b = Int8Array.from({ length: k * n }, () => next() >>> 24);
  return { a, b, c: hpu.gemm(a, hpu.packWeights(b, k, n), m), m, k, n };
}

function passes({ a, b, c, m, k, n }: ReturnType<typeof product>, challenge: Uint8Array): boolean {
  return checkProduct(hpu, a, b, c, m, k, n, challenge);
}

const challengeOf = (seed: number): Uint8Array => Uint8Array.from({ length: 32 }, stream(seed));

describe('Freivalds check', () => {
  it('passes every true product', () => {
    const side = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(
        side,
        side,
        side,
        fc.nat(),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (m, k, n, seed, challenge) => {
          expect(passes(product(m, k, n, seed), challenge)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
    expect(passes(product(300, 4099, 265, 5), challengeOf(1))).toBe(true);
    const [m, k, n] = [2, 65_533, 2];
    const a = new Int8Array(m * k).fill(-128);
    const b = new Int8Array(k * n).fill(-128);
    const c = new Int32Array(m * n).fill(k * 16384);
    expect(passes({ a, b, c, m, k, n }, challengeOf(2))).toBe(true);
  });

  it('catches 1000 of 1000 single-entry corruptions', () => {
    const { c, ...rest } = product(256, 300, 260, 11);
    const next = stream(17);
    let caught = 0;
    for (let i = 0; i < 1000; i++) {
      const wrong = c.slice();
      const at = next() % c.length;
      wrong[at] = (wrong[at] as number) + (i % 3 === 0 ? 1 : i % 3 === 1 ? -1 : 1 << (next() % 22));
      if (!passes({ ...rest, c: wrong }, challengeOf(i))) caught++;
    }
    expect(caught).toBe(1000);
  });

  it('catches swapped rows, a zeroed product and rows that cancel each other', () => {
    const whole = product(256, 256, 256, 23);
    const swapped = whole.c.slice();
    swapped.copyWithin(0, 256, 512);
    swapped.set(whole.c.subarray(0, 256), 256);
    expect(passes({ ...whole, c: swapped }, challengeOf(3))).toBe(false);
    expect(passes({ ...whole, c: new Int32Array(whole.c.length) }, challengeOf(4))).toBe(false);
    const balanced = whole.c.slice();
    balanced[0] = (balanced[0] as number) + 5;
    balanced[1] = (balanced[1] as number) - 5;
    expect(passes({ ...whole, c: balanced }, challengeOf(5))).toBe(false);
  });

  it('refuses an entry that is wrong by the prime itself, which no residue shows', () => {
    const [a, b] = [Int8Array.of(-1), Int8Array.of(1)];
    expect(checkProduct(hpu, a, b, Int32Array.of(-1), 1, 1, 1, challengeOf(6))).toBe(true);
    expect(checkProduct(hpu, a, b, Int32Array.of(RESIDUE_PRIME - 1), 1, 1, 1, challengeOf(6))).toBe(false);
  });

  it('chooses the method by shape', () => {
    expect(checkMethod(256, 256, 256)).toBe('freivalds');
    expect(checkMethod(255, 1024, 1024)).toBe('recompute');
    expect(checkMethod(1024, 255, 1024)).toBe('recompute');
    expect(checkMethod(1024, 1024, 255)).toBe('recompute');
    expect(checkMethod(256, 65_533, 256)).toBe('freivalds');
    expect(checkMethod(256, 65_534, 256)).toBe('recompute');
  });

  it('refuses none of 1000 true products', () => {
    const { a, b, c, m, k, n } = product(24, 30, 40, 3);
    let passed = 0;
    for (let i = 0; i < 1000; i++) if (checkProduct(hpu, a, b, c, m, k, n, challengeOf(i))) passed++;
    expect(passed).toBe(1000);
  });

  it('refuses short buffers, bad sides, a short challenge and a k that it can not vouch for', () => {
    const { a, b, c } = product(2, 3, 4, 1);
    const challenge = challengeOf(1);
    expect(checkProduct(hpu, a, b, c, 2, 3, 4, challenge)).toBe(true);
    expect(() => checkProduct(hpu, a, b, c, 2, 3, 5, challenge)).toThrow(KernelFault);
    expect(() => checkProduct(hpu, a.subarray(1), b, c, 2, 3, 4, challenge)).toThrow(KernelFault);
    expect(() => checkProduct(hpu, a, b.subarray(1), c, 2, 3, 4, challenge)).toThrow(KernelFault);
    expect(() => checkProduct(hpu, a, b, c.subarray(1), 2, 3, 4, challenge)).toThrow(KernelFault);
    expect(() => checkProduct(hpu, a, b, c, 2, 3, 4, new Uint8Array(31))).toThrow(KernelFault);
    for (const [m, k, n] of [
      [-2, -3, 4],
      [0.5, 12, 8],
      [2, 3, Number.NaN],
    ] as const) {
      expect(() => checkProduct(hpu, a, b, c, m, k, n, challenge)).toThrow(KernelFault);
    }
    const long = new Int8Array(65_534);
    expect(() => checkProduct(hpu, long, long, Int32Array.of(0), 1, 65_534, 1, challenge)).toThrow(KernelFault);
  });
});

describe('the check of products by fixed weights', () => {
  const [k, n] = [130, 70];
  const weights = product(1, k, n, 41).b;
  const packed = hpu.packWeights(weights, k, n);
  const check = prepareWeightCheck(hpu, weights, k, n, challengeOf(99));
  const rowsOf = (rows: number, seed: number) => {
    const next = stream(seed);
    const a = Int8Array.from({ length: rows * k }, () => next() >>> 24);
    return { a, c: hpu.gemm(a, packed, rows) };
  };

  it('refuses none of 1000 true blocks of rows', () => {
    let passed = 0;
    for (let i = 0; i < 1000; i++) {
      const { a, c } = rowsOf(i % 6, i);
      if (checkRows(hpu, check, a, c, i % 6)) passed++;
    }
    expect(passed).toBe(1000);
  });

  it('catches 1000 of 1000 single-entry corruptions', () => {
    const next = stream(5);
    let caught = 0;
    for (let i = 0; i < 1000; i++) {
      const rows = 1 + (i % 5);
      const { a, c } = rowsOf(rows, i);
      const at = next() % c.length;
      c[at] = (c[at] as number) + (i % 3 === 0 ? 1 : i % 3 === 1 ? -1 : 1 << (next() % 20));
      if (!checkRows(hpu, check, a, c, rows)) caught++;
    }
    expect(caught).toBe(1000);
  });

  it('decides as the check of the whole product does', () => {
    const side = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(side, side, side, fc.nat(), fc.boolean(), (m, depth, width, seed, corrupt) => {
        const { a, b, c } = product(m, depth, width, seed);
        if (corrupt && c.length > 0) c[seed % c.length] = (c[seed % c.length] as number) + 1;
        const secret = challengeOf(seed);
        const prepared = prepareWeightCheck(hpu, b, depth, width, secret);
        expect(checkRows(hpu, prepared, a, c, m)).toBe(checkProduct(hpu, a, b, c, m, depth, width, secret));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses other weights, other shapes, short secrets and a k that it can not vouch for', () => {
    const { a, c } = rowsOf(2, 1);
    const other = prepareWeightCheck(
      hpu,
      weights.map((w) => w ^ 1),
      k,
      n,
      challengeOf(99),
    );
    expect(checkRows(hpu, check, a, c, 2)).toBe(true);
    expect(checkRows(hpu, other, a, c, 2)).toBe(false);
    expect(() => checkRows(hpu, check, a, c, 3)).toThrow(KernelFault);
    expect(() => checkRows(hpu, check, a, c.subarray(1), 2)).toThrow(KernelFault);
    expect(() => checkRows(hpu, check, a, c, -2)).toThrow(KernelFault);
    expect(() => prepareWeightCheck(hpu, weights, k, n + 1, challengeOf(1))).toThrow(KernelFault);
    expect(() => prepareWeightCheck(hpu, weights, k + 0.5, n, challengeOf(1))).toThrow(KernelFault);
    expect(() => prepareWeightCheck(hpu, weights, k, n, new Uint8Array(33))).toThrow(KernelFault);
    expect(() => prepareWeightCheck(hpu, new Int8Array(65_534), 65_534, 1, challengeOf(1))).toThrow(KernelFault);
  });
});
