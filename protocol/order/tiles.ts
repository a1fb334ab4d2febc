/**
 * How a large prediction is cut: into tiles of consecutive rows, each uploaded, computed and checked by itself. A function of
 * the public shape alone, so that client, provider, checker and whoever recomputes agree without a word.
 *
 * - A tile has a power of two of rows (the last one what is left): the Merkle tree over all rows then splits between tiles, and
 *   the root of the whole follows from the tiles' roots (protocol/merkle.ts).
 * - A tile is some 15 to 40 ms of one core. Most of it is hashing: 2,048 rows of leaves, 2 MiB of trace.
 * - A tile's rows and its trace have at most 2 MiB each; with its ciphertext, plaintext, floats and products, a consumer holds
 *   below 32 MiB for it.
 */
import { type MlpShape, predictCycles } from '../cycles.ts';
import { type HpuCycles, hpuCycles } from '../units.ts';
import { rowsBytes } from './rows.ts';
import { INLINE_ROWS_BYTES_MAX } from './sealed.ts';

/** Rows of a prediction in one piece: its result stays under 2 MB, a value of a Durable Object. */
export const ONE_PIECE_ROWS_MAX = 16_384;
/** The intermediate products of a prediction in one piece, which its checker reads: one stored value, with room for a header. */
const ONE_PIECE_TRACE_BYTES_MAX = 1_900_000;

export const TILE_ROWS_MAX = 2_048;
/** Of a tile's cells as f32, and of its trace. */
export const TILE_BYTES_MAX = 1 << 21;

/** Quantised inputs and hidden activations as i8, both layers' accumulators as i32 (ml/mlp/prediction.ts). */
const traceRowBytes = ({ features, hidden, classes }: MlpShape): number => features + 5 * hidden + 4 * classes;

/** Small predictions carry their rows in the sealed envelope and are computed in one piece. */
export function fitsOnePiece(shape: MlpShape, rows: number): boolean {
  return (
    rows <= ONE_PIECE_ROWS_MAX &&
    rows * traceRowBytes(shape) <= ONE_PIECE_TRACE_BYTES_MAX &&
    rowsBytes(rows, shape.features) <= INLINE_ROWS_BYTES_MAX
  );
}

export interface TilePlan {
  readonly rows: number;
  /** A power of two. */
  readonly rowsPerTile: number;
  /** At least two. */
  readonly tiles: number;
}

/** For n from 1 up to 2^31. */
const powerOfTwoUpTo = (n: number): number => 1 << (31 - Math.clz32(n));

/** The tiles of `rows` rows through a model of this shape; undefined for what is computed in one piece. */
export function tilePlan(shape: MlpShape, rows: number): TilePlan | undefined {
  if (fitsOnePiece(shape, rows)) return undefined;
  const byBytes = Math.floor(TILE_BYTES_MAX / Math.max(4 * shape.features, traceRowBytes(shape)));
  const rowsPerTile = powerOfTwoUpTo(Math.min(TILE_ROWS_MAX, byBytes, rows - 1));
  return { rows, rowsPerTile, tiles: Math.ceil(rows / rowsPerTile) };
}

export const isTileOf = ({ tiles }: TilePlan, tile: number): boolean =>
  Number.isInteger(tile) && tile >= 0 && tile < tiles;

/** The tile's first row, and the one after its last. */
export function tileRows(plan: TilePlan, tile: number): { from: number; to: number } {
  if (!isTileOf(plan, tile)) throw new RangeError(`tile ${tile} of ${plan.tiles}`);
  const from = tile * plan.rowsPerTile;
  return { from, to: Math.min(plan.rows, from + plan.rowsPerTile) };
}

/**
 * A tile's share of the cycles: those of all rows up to its end less those of all rows up to its start. The shares telescope, so
 * their sum is `predictCycles` of the whole batch to the cycle: cutting neither costs nor saves the demander anything, and the
 * first tile bears what is there once a batch, filling and draining the array. `predictCycles` never falls with more rows.
 */
export function tileCycles(shape: MlpShape, plan: TilePlan, tile: number): HpuCycles {
  const { from, to } = tileRows(plan, tile);
  return hpuCycles(predictCycles(shape, to) - predictCycles(shape, from));
}
