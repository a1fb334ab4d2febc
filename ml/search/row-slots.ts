/** Rows by a hash of what they hold, each found again by the first one that is equal to it. */

/** Slots looked at, in all. Half of them are free, so that a row takes 2.5; rows made to meet in one slot would take any number. */
const LOOKS_A_ROW = 16;
const LOOKS_MIN = 4096;

/** A bijection of i32 (as the finalizer of MurmurHash3), a little cheaper. */
export function mixed(word: number, factor: number): number {
  const product = Math.imul(word ^ (word >>> 15), factor);
  return product ^ (product >>> 13);
}

export class RowSlots {
  /** 1 + a row; 0 is free. */
  readonly #slots: Int32Array;
  readonly #looks: number;
  #left: number;

  constructor(rows: number) {
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * rows + 2)));
    this.#looks = LOOKS_MIN + LOOKS_A_ROW * rows;
    this.#left = this.#looks;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#left = this.#looks;
  }

  /** Itself where none before it is equal, and where looking has taken too long. `isSame`: asked of rows that may be equal. */
  firstOf(row: number, hash: number, isSame: (first: number, row: number) => boolean): number {
    const last = this.#slots.length - 1;
    for (let slot = hash & last; this.#left > 0; slot = (slot + 1) & last) {
      this.#left--;
      const first = (this.#slots[slot] as number) - 1;
      if (first < 0) {
        this.#slots[slot] = row + 1;
        return row;
      }
      if (isSame(first, row)) return first;
    }
    return row;
  }
}
