/**
 * A weight-stationary systolic array at register level: int8 weights and activations, int32 partial sums. Every register takes
 * its next value at the clock's edge from what its neighbours held before it; nothing else moves data. Which clock does what is
 * told in protocol/array-cycles.ts.
 */
import { KernelFault, requireDimension } from '../shape.ts';

/** Cells of an array; both sides 1 to SIDE_MAX. */
export type ArrayShape = { readonly rows: number; readonly columns: number };
/** `double`: each cell has a second weight register, which fills while the first is in use. */
export type Buffering = 'double' | 'single';

/** The HPU's own width. */
const SIDE_MAX = 256;

/** One row of activations, an entry an array row. `first`: of a tile, whose weights the cells take up with it. */
export type ActivationRow = { readonly values: Int8Array; readonly first: boolean };
/** One row of weights, an entry a column, on its way down to array row `row`. */
export type WeightRow = { readonly values: Int8Array; readonly row: number };

/** What an activation register holds, beside the value. */
const EMPTY = 0;
const FIRST = 1;
const LATER = 2;

/** A word on its way into the array: an activation with its kind, or a weight with the rows that it still has to go down. */
type Word = { readonly value: number; readonly tag: number };

export class SystolicArray {
  readonly #rows: number;
  readonly #columns: number;
  readonly #double: boolean;
  /** Registers that delay row r's activations by r clocks and column c's weights by c clocks. */
  readonly #activationDelays: (Word | undefined)[][];
  readonly #weightDelays: (Word | undefined)[][];
  /** Registers of the cells, row-major: the activation passing to the right, and its kind. */
  readonly #activations: Int8Array;
  readonly #kinds: Uint8Array;
  /** The partial sum passing down. */
  readonly #sums: Int32Array;
  /** What the cell multiplies by. */
  readonly #weights: Int8Array;
  /** Where weights come down and wait, the second register or with single buffering the only one; and how far they still go. */
  readonly #arriving: Int8Array;
  readonly #below: Uint8Array;
  #clocks = 0;

  constructor({ rows, columns }: ArrayShape, buffering: Buffering) {
    for (const [name, side] of [['rows', rows] as const, ['columns', columns] as const]) {
      requireDimension(name, side);
      if (side === 0 || side > SIDE_MAX) throw new KernelFault(4, `${name} = ${side}`);
    }
    this.#rows = rows;
    this.#columns = columns;
    this.#double = buffering === 'double';
    this.#activationDelays = Array.from({ length: rows }, (_, r) => new Array(r).fill(undefined));
    this.#weightDelays = Array.from({ length: columns }, (_, c) => new Array(c).fill(undefined));
    const cells = rows * columns;
    this.#activations = new Int8Array(cells);
    this.#kinds = new Uint8Array(cells);
    this.#sums = new Int32Array(cells);
    this.#weights = new Int8Array(cells);
    this.#arriving = new Int8Array(cells);
    this.#below = new Uint8Array(cells);
  }

  /** Clocks so far. */
  get clocks(): number {
    return this.#clocks;
  }

  /** One clock. Returns the sums that leave the lowest row with it, by column; undefined where none does. */
  clock(activations: ActivationRow | undefined, weights: WeightRow | undefined): (number | undefined)[] {
    const entering = this.#activationDelays.map((line, r) =>
      delayed(line, wordOf(activations?.values[r], activations?.first ? FIRST : LATER)),
    );
    const descending = this.#weightDelays.map((line, c) =>
      delayed(line, wordOf(weights?.values[c], weights?.row ?? 0)),
    );
    const leaving: (number | undefined)[] = new Array(this.#columns).fill(undefined);
    // From the last cell to the first: the neighbours to the left and above still hold what they held before the edge.
    for (let r = this.#rows - 1; r >= 0; r--) {
      for (let c = this.#columns - 1; c >= 0; c--) {
        const cell = r * this.#columns + c;
        this.#takeActivation(cell, c === 0 ? entering[r] : undefined, c > 0);
        if (this.#kinds[cell] !== EMPTY) {
          const sum = this.#multiply(cell, r > 0);
          if (r === this.#rows - 1) leaving[c] = sum;
        }
        this.#takeWeight(cell, r === 0 ? descending[c] : undefined, r > 0);
      }
    }
    this.#clocks++;
    return leaving;
  }

  #takeActivation(cell: number, entering: Word | undefined, inner: boolean): void {
    this.#activations[cell] = inner ? (this.#activations[cell - 1] as number) : (entering?.value ?? 0);
    this.#kinds[cell] = inner ? (this.#kinds[cell - 1] as number) : (entering?.tag ?? EMPTY);
  }

  #multiply(cell: number, inner: boolean): number {
    if (!this.#double || this.#kinds[cell] === FIRST) this.#weights[cell] = this.#arriving[cell] as number;
    const above = inner ? (this.#sums[cell - this.#columns] as number) : 0;
    const sum = above + (this.#activations[cell] as number) * (this.#weights[cell] as number);
    this.#sums[cell] = sum;
    return sum;
  }

  #takeWeight(cell: number, descending: Word | undefined, inner: boolean): void {
    const above = cell - this.#columns;
    if (inner && this.#below[above] !== 0) {
      this.#arriving[cell] = this.#arriving[above] as number;
      this.#below[cell] = (this.#below[above] as number) - 1;
    } else if (descending) {
      this.#arriving[cell] = descending.value;
      this.#below[cell] = descending.tag;
    }
  }
}

const wordOf = (value: number | undefined, tag: number): Word | undefined =>
  value === undefined ? undefined : { value, tag };

/** Shifts a delay line by one and returns what comes out of it: at once what goes in, when it has no registers. */
function delayed(line: (Word | undefined)[], word: Word | undefined): Word | undefined {
  line.push(word);
  return line.shift();
}
