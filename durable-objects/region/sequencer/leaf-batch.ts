/** Leaves on their way into the stored tree: many in few bytes, given out by key so that each page is written few times. */
import type { Hash } from '../../../protocol/hash.ts';
import { type Leaf, leaf } from '../../../protocol/state/node.ts';

/** 72 bytes each, so 9 MB. The more at once, the fewer times a page is written. */
export const BATCH_LEAVES_MAX = 1 << 17;
/** Leaves that are nodes in memory at once, with the paths to them: some 10 MB. Runs have few pages in common. */
const RUN_LEAVES = 1 << 10;
const BUCKETS = 1 << 16;

export class LeafBatch {
  readonly #keys: Uint8Array;
  readonly #valueHashes: Uint8Array;
  readonly #sums: BigUint64Array;
  #length = 0;

  constructor(leavesMax: number = BATCH_LEAVES_MAX) {
    this.#keys = new Uint8Array(32 * leavesMax);
    this.#valueHashes = new Uint8Array(32 * leavesMax);
    this.#sums = new BigUint64Array(leavesMax);
  }

  hasRoomFor(leaves: number): boolean {
    return this.#length + leaves <= this.#sums.length;
  }

  add(key: Hash, valueHash: Hash, sum: bigint): void {
    if (!this.hasRoomFor(1)) throw new RangeError('a full batch');
    this.#keys.set(key, 32 * this.#length);
    this.#valueHashes.set(valueHash, 32 * this.#length);
    this.#sums[this.#length] = sum;
    this.#length += 1;
  }

  /** All of them, in runs whose keys rise from run to run; the batch is empty afterwards. */
  *runs(): Generator<Leaf[]> {
    const order = this.#byPrefix();
    for (let from = 0; from < order.length; from += RUN_LEAVES) {
      yield Array.from(order.subarray(from, from + RUN_LEAVES), (at) => this.#leaf(at));
    }
    this.#length = 0;
  }

  #leaf(at: number): Leaf {
    const key = this.#keys.slice(32 * at, 32 * at + 32);
    return leaf(key, this.#valueHashes.slice(32 * at, 32 * at + 32), this.#sums[at] as bigint);
  }

  /** Places in the batch, by the first two bytes of their keys. */
  #byPrefix(): Uint32Array {
    const starts = new Uint32Array(BUCKETS + 1);
    const prefixOf = (at: number): number =>
      ((this.#keys[32 * at] as number) << 8) | (this.#keys[32 * at + 1] as number);
    for (let at = 0; at < this.#length; at++) starts[prefixOf(at) + 1] = (starts[prefixOf(at) + 1] as number) + 1;
    for (let i = 1; i <= BUCKETS; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
    const order = new Uint32Array(this.#length);
    for (let at = 0; at < this.#length; at++) {
      const prefix = prefixOf(at);
      order[starts[prefix] as number] = at;
      starts[prefix] = (starts[prefix] as number) + 1;
    }
    return order;
  }
}
