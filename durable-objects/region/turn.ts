/**
 * SQLite commits what one turn of the event loop has written, once. Batches that came while a block was built are taken in one turn:
 * each would otherwise write the pages that their rows share, and wait for the disk, by itself.
 */

/** Batches of one turn: votes and blocks wait while they are taken, some 10 ms each when they are full. */
const WAITERS_MAX = 16;

interface Turn {
  readonly begun: Promise<void>;
  waiters: number;
}

export class NextTurn {
  #coming: Turn | undefined;

  /**
   * Resolves in a turn that begins when all that came before it has had its own; for up to 16 who wait for it, in the order of their
   * calls. Whoever comes after them waits for the turn behind it.
   */
  wait(): Promise<void> {
    if (!this.#coming || this.#coming.waiters >= WAITERS_MAX) this.#coming = this.#next();
    this.#coming.waiters += 1;
    return this.#coming.begun;
  }

  #next(): Turn {
    // A timer can be refused, when too many wait: it fails those who asked for it, and nobody who comes later.
    const begun = new Promise<void>((resolve) => setTimeout(resolve)).finally(() => {
      if (this.#coming === turn) this.#coming = undefined;
    });
    const turn: Turn = { begun, waiters: 0 };
    return turn;
  }
}
