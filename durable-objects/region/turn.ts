/**
 * SQLite commits what one turn of the event loop has written, once. Batches that came while a block was built are taken in one turn:
 * each would otherwise write the pages that their rows share, and wait for the disk, by itself.
 */
export class NextTurn {
  #coming: Promise<void> | undefined;

  /** Resolves in a turn that begins when all that came before it has had its own; for all who wait for it, in the order of their calls. */
  wait(): Promise<void> {
    this.#coming ??= new Promise<void>((resolve) => setTimeout(resolve)).then(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }
}
