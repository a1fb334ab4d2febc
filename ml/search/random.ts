/**
 * Random numbers of a search: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC'11, doi:10.1145/2063384.2063405), as
 * hpu/assembly/training/philox.ts, for the few thousand words that planning needs. A word is a pure function of key and counter.
 */
import { taggedHash } from '../../protocol/hash.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import type { FitKey } from '../trainers/trainer.ts';

const ROUNDS = 10;

/** High word of the product of two u32, by halves: each partial product and sum is below 2^53. */
function highProduct(a: number, b: number): number {
  const [aHigh, aLow] = [a >>> 16, a & 0xffff];
  const [bHigh, bLow] = [b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 0x10000);
  return (aHigh * bHigh + Math.floor((middle + aLow * bHigh) / 0x10000)) >>> 0;
}

/** The four words of counter (c0, c1, c2, c3). */
export function philox([k0, k1]: FitKey, c0: number, c1 = 0, c2 = 0, c3 = 0): [number, number, number, number] {
  let x: [number, number, number, number] = [c0, c1, c2, c3];
  let [key0, key1] = [k0, k1];
  for (let round = 0; round < ROUNDS; round++) {
    x = [
      (highProduct(0xcd9e8d57, x[2]) ^ x[1] ^ key0) >>> 0,
      Math.imul(0xcd9e8d57, x[2]) >>> 0,
      (highProduct(0xd2511f53, x[0]) ^ x[3] ^ key1) >>> 0,
      Math.imul(0xd2511f53, x[0]) >>> 0,
    ];
    key0 = (key0 + 0x9e3779b9) >>> 0;
    key1 = (key1 + 0xbb67ae85) >>> 0;
  }
  return x;
}

/** What a key is for: two uses never share a word. */
export type Purpose = 'fit' | 'refit' | 'folds' | 'propose' | 'sample';

/** A key of its own for each (seed, purpose, job, part). `job` and `part` are u32. */
export function keyOf(seed: bigint, purpose: Purpose, job: number, part: number): FitKey {
  const numbers = new ByteWriter(16).u64(seed).u32(job, part).finish();
  const hash = new ByteReader(taggedHash(`HAI/search-${purpose}/1`, numbers));
  return [hash.u32(), hash.u32()];
}

/** Words of one key, in order. */
export class Draws {
  readonly #key: FitKey;
  #block = 0;
  #words: readonly number[] = [];
  #next = 0;

  constructor(key: FitKey) {
    this.#key = key;
  }

  /** A u32. */
  word(): number {
    if (this.#next === this.#words.length) {
      this.#words = philox(this.#key, this.#block++);
      this.#next = 0;
    }
    return this.#words[this.#next++] as number;
  }

  /** An integer below `count`, which is at most 2^21: its bias is below count / 2^32. */
  below(count: number): number {
    return Math.floor((this.word() * count) / 0x100000000);
  }

  /** Fisher-Yates from the end, in place. */
  shuffle(values: Int32Array): Int32Array {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const x = values[i] as number;
      values[i] = values[j] as number;
      values[j] = x;
    }
    return values;
  }
}
