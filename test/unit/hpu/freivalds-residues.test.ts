import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESIDUE_PRIME, type ResiduePair, residueDots } from '../../../hpu/freivalds/residues.ts';
import { DEPTH_MAX, wordSplit } from '../../../hpu/freivalds/word-split.ts';
import { loadKernel } from '../../../hpu/node.ts';
import { challengeVectors } from '../../../hpu/reference/challenge.ts';
import { KernelFault } from '../../../hpu/shape.ts';
import { expectRefused } from '../../support/kernel-fault.ts';

const residues = residueDots(loadKernel('freivalds'));
const PRIME = BigInt(RESIDUE_PRIME);

function exact(matrix: Int8Array | Int32Array, rows: number, vectors: ResiduePair): ResiduePair {
  const dots = (vector: Uint32Array): Uint32Array =>
    Uint32Array.from({ length: rows }, (_, r) => {
      let sum = 0n;
      vector.forEach((v, c) => {
        sum += BigInt(matrix[r * vector.length + c] as number) * BigInt(v);
      });
      return Number(((sum % PRIME) + PRIME) % PRIME);
    });
  return [dots(vectors[0]), dots(vectors[1])];
}

const vectorsOf = (seed: number, count: number): ResiduePair => challengeVectors(new Uint8Array(32).fill(seed), count);
const constant = (residue: number, count: number): ResiduePair => [
  new Uint32Array(count).fill(residue),
  new Uint32Array(count).fill(RESIDUE_PRIME - 1 - residue),
];
/** The residues whose limbs are the largest, and others at the ends. */
const EXTREMES = [0, 1, 23_170, 23_171, 2 ** 30 - 1, 2 ** 30, 23_170 * 46_341 + 23_170, RESIDUE_PRIME - 1].map((x) =>
  Math.min(x, RESIDUE_PRIME - 1),
);

const sides = fc.integer({ min: 0, max: 40 });
const bytes = (length: number) => fc.int8Array({ minLength: length, maxLength: length });

describe('residue dots of int8', () => {
  it('equal exact arithmetic', () => {
    const cases = fc
      .tuple(sides, sides)
      .chain(([rows, columns]) =>
        fc.tuple(fc.constant(rows), fc.constant(columns), bytes(rows * columns), fc.nat(255)),
      );
    fc.assert(
      fc.property(cases, ([rows, columns, matrix, seed]) => {
        const vectors = vectorsOf(seed, columns);
        expect(residues.bytes(matrix, rows, residues.limbs(vectors))).toEqual(exact(matrix, rows, vectors));
      }),
      { numRuns: 150 },
    );
  });

  it.each(EXTREMES)('do so for rows of extremes, longer than a lane holds, times %i', (residue) => {
    for (const [columns, value] of [
      [719, -128],
      [720, -128],
      [721, 127],
      [5003, -128],
    ] as const) {
      const matrix = new Int8Array(3 * columns).fill(value);
      const vectors = constant(residue, columns);
      expect(residues.bytes(matrix, 3, residues.limbs(vectors))).toEqual(exact(matrix, 3, vectors));
    }
  });

  it('do so over many blocks of rows', () => {
    const [rows, columns] = [301, 999];
    const matrix = Int8Array.from({ length: rows * columns }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
    const vectors = vectorsOf(3, columns);
    expect(residues.bytes(matrix, rows, residues.limbs(vectors))).toEqual(exact(matrix, rows, vectors));
  });
});

/** Depths at both ends of every split. */
const DEPTHS = [1, 255, 256, 257, 1024, 2048, 2049, 4096, 8191, 8192, 30_000, DEPTH_MAX];

describe('residue dots of int32', () => {
  it.each(DEPTHS)('equal exact arithmetic at both ends of what a product over %i can hold', (depth) => {
    const [least, most] = [depth * -128 * 127, depth * 128 * 128];
    for (const columns of [1, 8, 203, 1000]) {
      for (const value of [least, most, least + 1, most - 1]) {
        const matrix = new Int32Array(2 * columns).fill(value);
        for (const residue of EXTREMES) {
          const vectors = constant(residue, columns);
          expect(residues.words(matrix, 2, residues.limbs(vectors), depth)).toEqual(exact(matrix, 2, vectors));
        }
      }
    }
  });

  it('equal exact arithmetic', () => {
    fc.assert(
      fc.property(sides, sides, fc.constantFrom(...DEPTHS), fc.nat(), (rows, columns, depth, seed) => {
        const most = depth * 128 * 127;
        const matrix = Int32Array.from({ length: rows * columns }, (_, i) => {
          const word = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b);
          return Math.round((word / 2 ** 31) * most);
        });
        const vectors = vectorsOf(seed % 256, columns);
        expect(residues.words(matrix, rows, residues.limbs(vectors), depth)).toEqual(exact(matrix, rows, vectors));
      }),
      { numRuns: 150 },
    );
  });

  it.each(DEPTHS)('are refused for an entry beyond what a product over %i can hold, wherever it is', (depth) => {
    const bound = depth * 2 ** 14;
    const { shift } = wordSplit(depth);
    for (const columns of [1, 7, 8, 13]) {
      const limbs = residues.limbs(vectorsOf(1, columns));
      for (let at = 0; at < 3 * columns; at += 3) {
        for (const value of [-bound - 1, bound + 2 ** shift, -(2 ** 31), 2 ** 31 - 1]) {
          const matrix = new Int32Array(3 * columns);
          matrix[at] = value;
          expect(residues.words(matrix, 3, limbs, depth)).toBeUndefined();
        }
      }
    }
  });

  it('are not refused for what an earlier matrix left in kernel memory', () => {
    const limbs = residues.limbs(vectorsOf(2, 3));
    expect(residues.words(new Int32Array(60).fill(2 ** 31 - 1), 20, limbs, 1)).toBeUndefined();
    expect(residues.words(new Int32Array(3), 1, limbs, 1)).toEqual([Uint32Array.of(0), Uint32Array.of(0)]);
  });

  it('are refused for a depth beyond the bound, and buffers of another shape', () => {
    const limbs = residues.limbs(vectorsOf(2, 3));
    for (const depth of [DEPTH_MAX + 1, -1, 1.5, Number.NaN]) {
      expect(() => residues.words(new Int32Array(3), 1, limbs, depth)).toThrow(KernelFault);
    }
    expect(() => residues.words(new Int32Array(4), 1, limbs, 1)).toThrow(KernelFault);
    expect(() => residues.words(new Int32Array(3), -1, limbs, 1)).toThrow(KernelFault);
    expect(() => residues.bytes(new Int8Array(4), 1, limbs)).toThrow(KernelFault);
    expect(() => residues.bytes(new Int8Array(0), 0.5, limbs)).toThrow(KernelFault);
  });

  it('are refused by limbs that are shorter than their count, which would be read beyond their end', () => {
    const short = { count: 1000, bytes: new Uint8Array(8) };
    expectRefused(() => residues.bytes(new Int8Array(1000), 1, short), 3);
    expectRefused(() => residues.words(new Int32Array(1000), 1, short, 1), 3);
    const shape = { m: 1, k: 1, n: 1000 };
    expectRefused(
      () => residues.agreeThrough(new Int8Array(1), new Int8Array(1000), new Int32Array(1000), shape, short),
      3,
    );
    const whole = residues.limbs(vectorsOf(3, 1000));
    for (const [u, r] of [
      [short, whole],
      [whole, short],
    ] as const)
      expectRefused(() => residues.agree(new Int8Array(1000), u, new Int32Array(1000), r, 1), 3);
  });
});

describe('the split of int32 entries', () => {
  it('keeps sums inside an int32 lane, and true upper parts off the ends of int16, for every depth', () => {
    const limbMax = 23_170;
    for (let depth = 0; depth <= DEPTH_MAX; depth++) {
      const { shift, flush, upperMax } = wordSplit(depth);
      const partMax = Math.max(2 ** shift - 1, upperMax);
      if (flush < 8 || flush % 8 !== 0 || (flush / 8) * 2 * partMax * limbMax >= 2 ** 31) throw new Error(`${depth}`);
      if (upperMax >= 2 ** 15 - 1 || 2 ** shift > 2 ** 15) throw new Error(`${depth}`);
    }
  });
});
