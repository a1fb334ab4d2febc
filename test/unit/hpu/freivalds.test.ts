import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { challengeVector, checkMethod, checkProduct } from '../../../hpu/freivalds.ts';
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import { RESIDUE_PRIME } from '../../../hpu/residues.ts';
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
    const [m, k, n] = [2, 65_535, 2];
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

  it('draws uniform residues from the challenge, another vector each round', () => {
    const first = challengeVector(challengeOf(7), 0, 1000);
    expect(first).toEqual(challengeVector(challengeOf(7), 0, 1000));
    expect(first.subarray(0, 10)).toEqual(challengeVector(challengeOf(7), 0, 10));
    expect(first).not.toEqual(challengeVector(challengeOf(7), 1, 1000));
    expect(first).not.toEqual(challengeVector(challengeOf(8), 0, 1000));
    expect(first.every((r) => r < RESIDUE_PRIME)).toBe(true);
    expect(new Set(first).size).toBeGreaterThan(990);
  });

  it('equals exact residue arithmetic', () => {
    const next = stream(31);
    const [rows, columns] = [3, 4100];
    const matrix = Int32Array.from({ length: rows * columns }, () => next() | 0);
    matrix[0] = -(2 ** 31);
    matrix[1] = 2 ** 31 - 1;
    const vectors = [challengeVector(challengeOf(9), 0, columns), challengeVector(challengeOf(9), 1, columns)] as const;
    const residues = hpu.residues.words(matrix, rows, vectors, 2 ** 31 - 1);
    expect(residues).toBeUndefined(); // -2^31 is beyond the magnitude
    matrix[0] = -(2 ** 31) + 1;
    const actual = hpu.residues.words(matrix, rows, vectors, 2 ** 31 - 1);
    const prime = BigInt(RESIDUE_PRIME);
    const expected = vectors.map((vector) =>
      Uint32Array.from({ length: rows }, (_, r) => {
        let sum = 0n;
        vector.forEach((v, c) => {
          sum += BigInt(matrix[r * columns + c] as number) * BigInt(v);
        });
        return Number(((sum % prime) + prime) % prime);
      }),
    );
    expect(actual).toEqual(expected);
  });

  it('chooses the method by shape', () => {
    expect(checkMethod(256, 256, 256)).toBe('freivalds');
    expect(checkMethod(255, 1024, 1024)).toBe('recompute');
    expect(checkMethod(1024, 255, 1024)).toBe('recompute');
    expect(checkMethod(1024, 1024, 255)).toBe('recompute');
    expect(checkMethod(256, 65_536, 256)).toBe('recompute');
  });

  it('refuses short buffers, a short challenge and a k that it can not vouch for', () => {
    const { a, b, c } = product(2, 3, 4, 1);
    expect(() => checkProduct(hpu, a, b, c, 2, 3, 5, challengeOf(1))).toThrow(KernelFault);
    expect(() => checkProduct(hpu, a, b, c, 2, 3, 4, new Uint8Array(31))).toThrow(KernelFault);
    const long = new Int8Array(65_536);
    expect(() => checkProduct(hpu, long, long, Int32Array.of(0), 1, 65_536, 1, challengeOf(1))).toThrow(KernelFault);
  });
});
