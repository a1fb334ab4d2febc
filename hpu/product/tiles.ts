/**
 * A product that is too large for one piece, cut into tiles: m x k by k x n into blocks of rows, of the inner dimension and of
 * columns. Each tile is a product of its own, run anywhere; what has arrived is a set, so order and repetition do not matter,
 * and a lost tile is run again. The result is that of one piece bit for bit: over k the partial int32 sums are added exactly,
 * over rows and columns they are put in their places.
 *
 * An exact int32 result exists for every k up to K_MAX. Beyond it |sum| <= k * 2^14 passes 2^31 - 1, and whether the sums hold
 * depends on the values: such a product is refused, unless its caller vouches for a bound on |a * b| that keeps them inside.
 *
 * Memory: a tile holds at most `aBytes` + `bBytes` + `cBytes`. The merged result has 4 * m * n bytes, whatever the bounds are;
 * one tile beside it is all that `runTiled` holds.
 */
import { K_MAX, KernelFault, requireDimension, requireLength } from '../shape.ts';

export type ProductShape = { readonly m: number; readonly k: number; readonly n: number };

/** Bytes of one tile: of a (int8), of b (int8) and of c (int32). */
export type TileBounds = { readonly aBytes: number; readonly bBytes: number; readonly cBytes: number };

/** Rows [row, row + m), inner entries [inner, inner + k) and columns [column, column + n) of the whole product. */
export type Tile = ProductShape & { readonly row: number; readonly inner: number; readonly column: number };

/** Rows, inner entries and columns a tile; those at an edge are smaller. */
export type ProductPlan = { readonly shape: ProductShape; readonly tile: ProductShape; readonly tiles: number };

/** |a * b| of any two int8. */
const PRODUCT_MAX = 2 ** 14;
const INT32_MAX = 2 ** 31 - 1;
/** A plan of more tiles than this is a mistake in its bounds. */
export const PRODUCT_TILES_MAX = 2 ** 24;

const least = (value: number): number => Math.max(1, Math.floor(value));
const parts = (length: number, part: number): number => (length === 0 ? 0 : Math.ceil(length / part));

/**
 * The plan of a product. `productMax` bounds |a * b| for every pair that is multiplied: 2^14 unless the caller knows better, as
 * with 7-bit weights (128 * 64 = 2^13), for which k may be twice K_MAX.
 */
export function productPlan(shape: ProductShape, bounds: TileBounds, productMax = PRODUCT_MAX): ProductPlan {
  const { m, k, n } = shape;
  requireDimension('m', m);
  requireDimension('k', k);
  requireDimension('n', n);
  if (!Number.isSafeInteger(productMax) || productMax < 0 || productMax > PRODUCT_MAX) {
    throw new KernelFault(4, `a bound of ${productMax} on a product of int8`);
  }
  if (k * productMax > INT32_MAX) throw new KernelFault(2, `k = ${k} with products up to ${productMax}`);
  const { aBytes, bBytes, cBytes } = bounds;
  for (const [name, bytes] of Object.entries({ aBytes, bBytes, cBytes })) {
    requireDimension(name, bytes);
    if (bytes < 4) throw new KernelFault(4, `${name} = ${bytes} holds no entry`);
  }
  const inner = Math.min(Math.max(1, k), K_MAX, aBytes, bBytes);
  // Square in c, as far as a and b allow: each row and each column of a tile is then read for as many entries as can be.
  const side = least(Math.sqrt(cBytes / 4));
  const rows = Math.min(Math.max(1, m), least(aBytes / inner), Math.max(side, least(cBytes / 4 / Math.max(1, n))));
  const columns = Math.min(Math.max(1, n), least(bBytes / inner), least(cBytes / 4 / rows));
  const tiles = parts(m, rows) * Math.max(1, parts(k, inner)) * parts(n, columns);
  if (tiles > PRODUCT_TILES_MAX) throw new KernelFault(5, `${tiles} tiles`);
  return { shape, tile: { m: rows, k: inner, n: columns }, tiles };
}

/** Columns vary fastest, then the inner dimension, then rows: a block of a is read for all that it is good for. */
export function productTile({ shape, tile, tiles }: ProductPlan, index: number): Tile {
  if (!Number.isInteger(index) || index < 0 || index >= tiles) throw new KernelFault(4, `tile ${index} of ${tiles}`);
  const columns = parts(shape.n, tile.n);
  const inners = Math.max(1, parts(shape.k, tile.k));
  const column = (index % columns) * tile.n;
  const inner = (Math.floor(index / columns) % inners) * tile.k;
  const row = Math.floor(index / (columns * inners)) * tile.m;
  return {
    row,
    inner,
    column,
    m: Math.min(tile.m, shape.m - row),
    k: Math.min(tile.k, shape.k - inner),
    n: Math.min(tile.n, shape.n - column),
  };
}

/** A block of a row-major matrix of `width` columns, itself row-major. */
function block(
  matrix: Int8Array,
  width: number,
  row: number,
  rows: number,
  column: number,
  columns: number,
): Int8Array {
  const out = new Int8Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const from = (row + i) * width + column;
    out.set(matrix.subarray(from, from + columns), i * columns);
  }
  return out;
}

/** The operands of one tile, row-major. */
export function tileOperands(
  plan: ProductPlan,
  index: number,
  a: Int8Array,
  b: Int8Array,
): { a: Int8Array; b: Int8Array } {
  const { m, k, n } = plan.shape;
  requireLength('a', a.length, m * k);
  requireLength('b', b.length, k * n);
  const tile = productTile(plan, index);
  return {
    a: block(a, k, tile.row, tile.m, tile.inner, tile.k),
    b: block(b, n, tile.inner, tile.k, tile.column, tile.n),
  };
}

/** Collects tiles as they arrive. Each counts once: a second arrival changes nothing. */
export class TiledProduct {
  readonly plan: ProductPlan;
  readonly #c: Int32Array;
  readonly #arrived = new Set<number>();

  constructor(plan: ProductPlan) {
    this.plan = plan;
    this.#c = new Int32Array(plan.shape.m * plan.shape.n);
  }

  /** False when the tile was there already. `c` has the tile's m x n entries, row-major. */
  add(index: number, c: Int32Array): boolean {
    const tile = productTile(this.plan, index);
    requireLength('c', c.length, tile.m * tile.n);
    if (this.#arrived.has(index)) return false;
    const width = this.plan.shape.n;
    for (let i = 0; i < tile.m; i++) {
      const to = (tile.row + i) * width + tile.column;
      // |sum| stays within int32 by the plan's bound on k, whichever partial sums are there.
      for (let j = 0; j < tile.n; j++) this.#c[to + j] = (this.#c[to + j] as number) + (c[i * tile.n + j] as number);
    }
    this.#arrived.add(index);
    return true;
  }

  /** Tiles that have not arrived, ascending. */
  missing(): number[] {
    return Array.from({ length: this.plan.tiles }, (_, index) => index).filter((index) => !this.#arrived.has(index));
  }

  /** The product, once every tile has arrived; undefined before. */
  result(): Int32Array | undefined {
    return this.#arrived.size === this.plan.tiles ? this.#c : undefined;
  }
}

/** A product of a tile's size: m x k by k x n, row-major. */
export type Gemm = (a: Int8Array, b: Int8Array, m: number, k: number, n: number) => Int32Array;

/** Runs all tiles here, one after the other: the same int32 result as one piece, in bounded memory. */
export function runTiled(gemm: Gemm, plan: ProductPlan, a: Int8Array, b: Int8Array): Int32Array {
  const product = new TiledProduct(plan);
  for (let index = 0; index < plan.tiles; index++) {
    const tile = productTile(plan, index);
    const operands = tileOperands(plan, index, a, b);
    product.add(index, gemm(operands.a, operands.b, tile.m, tile.k, tile.n));
  }
  return product.result() as Int32Array;
}
