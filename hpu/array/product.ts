/** A product on the simulated array: tiles of weights over k and n, accumulated below the array. */
import { requireLength, requireProduct } from '../shape.ts';
import { type ActivationRow, type ArrayShape, type Buffering, SystolicArray, type WeightRow } from './array.ts';

/** Simulated cells times clocks, so that a slip does not run for hours: about ten seconds. */
const CELL_CLOCKS_MAX = 1 << 28;

export type SimulatedProduct = { readonly product: Int32Array; readonly cycles: number };

/** Origin of a weight tile in b. */
type Tile = { readonly k: number; readonly n: number };

/**
 * Runs a (m x k) times b (k x n), row-major, on an array of `shape`. The controller only knows whether a tile's weights are all
 * on their way, whether its rows have entered and which sums have come out: the cycles are the clocks that passed until the
 * last. An empty product takes none.
 */
export function simulateProduct(
  a: Int8Array,
  b: Int8Array,
  m: number,
  k: number,
  n: number,
  shape: ArrayShape,
  buffering: Buffering,
): SimulatedProduct {
  requireProduct(m, k, n);
  requireLength('a', a.length, m * k);
  requireLength('b', b.length, k * n);
  const array = new SystolicArray(shape, buffering);
  const product = new Int32Array(m * n);
  const tiles = m === 0 ? [] : tilesOf(k, n, shape);
  const controller = new Controller(tiles.length, m, shape, buffering);
  const activationRow = (tile: Tile, row: number): Int8Array =>
    Int8Array.from({ length: shape.rows }, (_, r) => (tile.k + r < k ? (a[row * k + tile.k + r] as number) : 0));
  const weightRow = (tile: Tile, row: number): Int8Array =>
    Int8Array.from({ length: shape.columns }, (_, c) =>
      tile.k + row < k && tile.n + c < n ? (b[(tile.k + row) * n + tile.n + c] as number) : 0,
    );
  while (!controller.finished) {
    if (array.clocks * shape.rows * shape.columns > CELL_CLOCKS_MAX) throw new RangeError('the simulation is too long');
    const { fed, loaded } = controller.next();
    const activations: ActivationRow | undefined = fed && {
      values: activationRow(tiles[fed.tile] as Tile, fed.row),
      first: fed.row === 0,
    };
    const weights: WeightRow | undefined = loaded && {
      values: weightRow(tiles[loaded.tile] as Tile, loaded.row),
      row: loaded.row,
    };
    array.clock(activations, weights).forEach((sum, c) => {
      if (sum === undefined) return;
      const { tile, row } = controller.collect(c);
      const column = (tiles[tile] as Tile).n + c;
      if (column < n) product[row * n + column] = (product[row * n + column] as number) + sum;
    });
  }
  return { product, cycles: array.clocks };
}

function tilesOf(k: number, n: number, { rows, columns }: ArrayShape): Tile[] {
  const tiles: Tile[] = [];
  for (let column = 0; column < n; column += columns) {
    for (let row = 0; row < k; row += rows) tiles.push({ k: row, n: column });
  }
  return tiles;
}

/** A row of a tile: of its activations, or of its weights. */
type RowOf = { readonly tile: number; readonly row: number };

/** Says what enters the array at each clock, and which row of which tile a sum that leaves it belongs to. */
class Controller {
  readonly #tiles: number;
  readonly #m: number;
  readonly #shape: ArrayShape;
  readonly #double: boolean;
  /** Next to enter. Weights enter with the lowest row first. */
  #feed: RowOf = { tile: 0, row: 0 };
  #load: RowOf;
  /** Sums that have left each column. */
  readonly #left: number[];

  constructor(tiles: number, m: number, shape: ArrayShape, buffering: Buffering) {
    this.#tiles = tiles;
    this.#m = m;
    this.#shape = shape;
    this.#double = buffering === 'double';
    this.#load = { tile: 0, row: shape.rows - 1 };
    this.#left = new Array(shape.columns).fill(0);
  }

  get finished(): boolean {
    return this.#drained(this.#tiles);
  }

  #drained(tiles: number): boolean {
    return this.#left.every((sums) => sums === tiles * this.#m);
  }

  next(): { fed: RowOf | undefined; loaded: RowOf | undefined } {
    const feed = this.#feed;
    // A tile's rows follow its weights: none of them enters before the last weight has.
    const fed = feed.tile < this.#tiles && this.#load.tile > feed.tile ? feed : undefined;
    const load = this.#load;
    const started = (tile: number): boolean =>
      feed.tile > tile || (feed.tile === tile && (feed.row > 0 || fed !== undefined));
    const free = load.tile === 0 || (this.#double ? started(load.tile - 1) : this.#drained(load.tile));
    const loaded = load.tile < this.#tiles && free ? load : undefined;
    if (fed) this.#feed = fed.row + 1 < this.#m ? { ...fed, row: fed.row + 1 } : { tile: fed.tile + 1, row: 0 };
    if (loaded) {
      this.#load =
        loaded.row > 0 ? { ...loaded, row: loaded.row - 1 } : { tile: loaded.tile + 1, row: this.#shape.rows - 1 };
    }
    return { fed, loaded };
  }

  /** The next sum of a column: they leave in the order in which the rows entered. */
  collect(column: number): RowOf {
    const index = this.#left[column] as number;
    this.#left[column] = index + 1;
    return { tile: Math.floor(index / this.#m), row: index % this.#m };
  }
}
