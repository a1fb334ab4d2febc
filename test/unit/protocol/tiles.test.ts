/** How a large prediction is cut: by shape alone, and so that nothing of it shows in result or bill. */
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRows, encodeRows } from '../../../ml/dataset/rows.ts';
import { type MlpShape, predictCycles } from '../../../protocol/cycles.ts';
import { merkleRoot, merkleRootOfSubtrees } from '../../../protocol/merkle.ts';
import { validateMlpShape } from '../../../protocol/mlp.ts';
import { checkChallenge, tileChallenge } from '../../../protocol/order/challenge.ts';
import { resultRoot, tiledResultRoot } from '../../../protocol/order/results.ts';
import { cutRows, rowsBytes } from '../../../protocol/order/rows.ts';
import { encodePayload, INLINE_ROWS_BYTES_MAX, SEALED_BYTES_MAX, TILES_MAX } from '../../../protocol/order/sealed.ts';
import { readTiles, tileLength } from '../../../protocol/order/tiled-result.ts';
import {
  fitsOnePiece,
  ONE_PIECE_ROWS_MAX,
  TILE_BYTES_MAX,
  TILE_ROWS_MAX,
  tileCycles,
  tilePlan,
  tileRows,
} from '../../../protocol/order/tiles.ts';
import { SEALING_OVERHEAD_BYTES } from '../../../sealing/content.ts';
import { unwrap } from '../ml/digits.ts';

const shapes: fc.Arbitrary<MlpShape> = fc
  .record({
    features: fc.integer({ min: 1, max: 4096 }),
    hidden: fc.integer({ min: 1, max: 1024 }),
    classes: fc.integer({ min: 2, max: 256 }),
  })
  .filter((shape) => validateMlpShape(shape) === undefined);
const rowCounts = fc.integer({ min: 1, max: TILES_MAX * TILE_ROWS_MAX });
const narrow: MlpShape = { features: 64, hidden: 32, classes: 10 };

describe('the plan', () => {
  it('gives every row to one tile of at least two, each a power of two of rows within the bounds', () => {
    fc.assert(
      fc.property(shapes, rowCounts, (shape, rows) => {
        const plan = tilePlan(shape, rows);
        expect(plan === undefined).toBe(fitsOnePiece(shape, rows));
        if (!plan) return;
        const { rowsPerTile, tiles } = plan;
        expect(Math.log2(rowsPerTile) % 1).toBe(0);
        expect(tiles).toBeGreaterThanOrEqual(2);
        expect((tiles - 1) * rowsPerTile).toBeLessThan(rows);
        expect(tiles * rowsPerTile).toBeGreaterThanOrEqual(rows);
        expect(rowsPerTile).toBeLessThanOrEqual(TILE_ROWS_MAX);
        expect(rowsPerTile * shape.features * 4).toBeLessThanOrEqual(TILE_BYTES_MAX);
        const trace = shape.features + 5 * shape.hidden + 4 * shape.classes;
        expect(rowsPerTile * trace).toBeLessThanOrEqual(TILE_BYTES_MAX);
        expect(tileRows(plan, 0)).toEqual({ from: 0, to: rowsPerTile });
        expect(tileRows(plan, tiles - 1)).toEqual({ from: (tiles - 1) * rowsPerTile, to: rows });
      }),
      { numRuns: 500 },
    );
  });

  it('begins one row after the envelope is full, its trace is, or its result', () => {
    expect(tilePlan({ features: 64, hidden: 2, classes: 2 }, 2_047)).toBeUndefined();
    expect(tilePlan({ features: 64, hidden: 2, classes: 2 }, 2_048)).toEqual({
      rows: 2_048,
      rowsPerTile: 1_024,
      tiles: 2,
    });
    expect(tilePlan({ features: 4, hidden: 256, classes: 3 }, 1_466)).toBeUndefined();
    expect(tilePlan({ features: 4, hidden: 256, classes: 3 }, 1_467)).toMatchObject({ rowsPerTile: 1_024, tiles: 2 });
    expect(tilePlan({ features: 4, hidden: 2, classes: 2 }, ONE_PIECE_ROWS_MAX)).toBeUndefined();
    expect(tilePlan({ features: 4, hidden: 2, classes: 2 }, ONE_PIECE_ROWS_MAX + 1)).toMatchObject({ tiles: 9 });
    expect(tilePlan(narrow, 60_000)).toEqual({ rows: 60_000, rowsPerTile: 2_048, tiles: 30 });
  });

  it('leaves the largest rows of one piece room in the envelope, to the byte', () => {
    const payload = {
      kind: 'predict',
      modelKey: new Uint8Array(32),
      rows: new Uint8Array(INLINE_ROWS_BYTES_MAX),
    } as const;
    expect(encodePayload(payload).length + SEALING_OVERHEAD_BYTES).toBe(SEALED_BYTES_MAX);
  });

  it('has no tile outside itself', () => {
    const plan = tilePlan(narrow, 60_000);
    if (!plan) throw new Error('60,000 rows are large');
    for (const tile of [-1, 30, 0.5, Number.NaN]) expect(() => tileRows(plan, tile)).toThrow(RangeError);
  });
});

describe('cycles', () => {
  it('of the tiles sum to those of one piece', () => {
    fc.assert(
      fc.property(shapes, rowCounts, (shape, rows) => {
        const plan = tilePlan(shape, rows);
        if (!plan || plan.tiles > TILES_MAX) return;
        let sum = 0n;
        for (let tile = 0; tile < plan.tiles; tile++) {
          const cycles = tileCycles(shape, plan, tile);
          expect(cycles).toBeGreaterThan(0n);
          sum += cycles;
        }
        expect(sum).toBe(predictCycles(shape, rows));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the root over all rows', () => {
  it('follows from the roots of the tiles', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 150 }), (power, count) => {
        const leaves = Array.from({ length: count }, (_, i) => Uint8Array.of(i, i >> 8));
        const size = 1 << power;
        const tiles = Array.from({ length: Math.ceil(count / size) }, (_, i) => leaves.slice(i * size, (i + 1) * size));
        expect(merkleRootOfSubtrees(tiles.map(merkleRoot))).toEqual(merkleRoot(leaves));
        const salt = sha256(Uint8Array.of(power));
        const roots = tiles.map((tile, i) => resultRoot(salt, tile, i * size));
        expect(tiledResultRoot(roots)).toEqual(resultRoot(salt, leaves));
      }),
      { numRuns: 300 },
    );
  });

  it('is another one when two tiles change places, or one is left out', () => {
    const salt = new Uint8Array(32);
    const rows = [0, 1, 2, 3].map((i) => [Uint8Array.of(i), Uint8Array.of(i)]);
    const roots = rows.map((tile, i) => resultRoot(salt, tile, 2 * i));
    const [a, b, c, d] = roots as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const whole = tiledResultRoot(roots);
    for (const other of [
      [b, a, c, d],
      [a, b, c],
      [a, b, d, c],
      [a, b, c, d, d],
    ]) {
      expect(tiledResultRoot(other)).not.toEqual(whole);
    }
    // The index is in the leaf: a tile computed for another place has another root.
    expect(resultRoot(salt, rows[0] ?? [], 2)).not.toEqual(a);
  });
});

describe('rows', () => {
  const x = Float32Array.from({ length: 7 * 3 }, (_, i) => i / 4);
  const bytes = encodeRows({ rows: 7, features: 3, x });

  it('are cut into what encoding them by themselves gives', () => {
    expect(bytes).toHaveLength(rowsBytes(7, 3));
    for (let from = 0; from < 7; from++)
      for (let to = from + 1; to <= 7; to++) {
        const cut = cutRows(bytes, from, to);
        expect(cut).toEqual(encodeRows({ rows: to - from, features: 3, x: x.slice(from * 3, to * 3) }));
        expect(unwrap(decodeRows(cut)).rows).toBe(to - from);
      }
  });

  it('are not cut where there are none', () => {
    for (const [from, to] of [
      [-1, 2],
      [2, 2],
      [3, 2],
      [0, 8],
      [0.5, 2],
      [0, Number.NaN],
    ] as const) {
      expect(() => cutRows(bytes, from, to)).toThrow(RangeError);
    }
    expect(() => cutRows(bytes.subarray(0, 11), 0, 1)).toThrow(RangeError);
    expect(() => cutRows(bytes.subarray(0, -1), 0, 1)).toThrow(RangeError);
  });
});

describe('a result in tiles', () => {
  const framed = (tiles: Uint8Array[]) =>
    Uint8Array.from(tiles.flatMap((tile) => [...tileLength(tile.length), ...tile]));

  it('is read as it was framed', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (tiles) => {
        expect(readTiles(framed(tiles))).toEqual(tiles);
      }),
    );
  });

  it('that is short, long or of too many is none', () => {
    const whole = framed([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
    for (let length = 1; length < whole.length; length++) {
      if (length !== 7) expect(readTiles(whole.subarray(0, length))).toBeUndefined();
    }
    expect(readTiles(Uint8Array.of(...whole, 0))).toBeUndefined();
    expect(readTiles(Uint8Array.of(255, 255, 255, 255, 1))).toBeUndefined();
    expect(readTiles(framed(Array.from({ length: TILES_MAX }, () => new Uint8Array(0))))).toHaveLength(TILES_MAX);
    expect(readTiles(framed(Array.from({ length: TILES_MAX + 1 }, () => new Uint8Array(0))))).toBeUndefined();
  });
});

it('each tile is challenged by itself', () => {
  const zero = new Uint8Array(32);
  const challenge = checkChallenge(zero, 1, zero, zero);
  const all = new Set([0, 1, 255, 256, TILES_MAX - 1].map((tile) => tileChallenge(challenge, tile).join()));
  // 255 is the last tile there is.
  expect(all.size).toBe(4);
  expect(all.has(challenge.join())).toBe(false);
});
