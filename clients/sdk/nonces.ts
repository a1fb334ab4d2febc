/**
 * An account's nonces: taken in order, several in flight at once. The network's `nextNonce` is read at the start and after
 * a refusal that shows that the count is off; numbers in flight are never given out twice.
 */
export class NonceSequence {
  readonly #load: () => Promise<bigint>;
  readonly #inFlight = new Set<bigint>();
  #next: bigint | undefined;
  #loading: Promise<void> | undefined;

  constructor(load: () => Promise<bigint>) {
    this.#load = load;
  }

  async take(): Promise<bigint> {
    while (this.#next === undefined) await this.#sync();
    let nonce = this.#next;
    while (this.#inFlight.has(nonce)) nonce++;
    this.#next = nonce + 1n;
    this.#inFlight.add(nonce);
    return nonce;
  }

  /** The network has it. */
  taken(nonce: bigint): void {
    this.#inFlight.delete(nonce);
  }

  /** The network refused the transaction and did not use the number. */
  giveBack(nonce: bigint): void {
    this.#inFlight.delete(nonce);
    if (this.#next === nonce + 1n) this.#next = nonce;
    else this.#next = undefined;
  }

  /** The count is off: the next number is read again. */
  forget(nonce: bigint): void {
    this.#inFlight.delete(nonce);
    this.#next = undefined;
  }

  /** A gap before a number may be one of ours that is still on its way. */
  hasEarlierInFlight(nonce: bigint): boolean {
    return [...this.#inFlight].some((other) => other < nonce);
  }

  async #sync(): Promise<void> {
    this.#loading ??= this.#load().then(
      (next) => {
        this.#next = next;
        this.#loading = undefined;
      },
      (error: unknown) => {
        this.#loading = undefined;
        throw error;
      },
    );
    await this.#loading;
  }
}
