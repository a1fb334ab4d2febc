import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';

/**
 * A map of at most `entriesMax`, of which the last half that was used is always there: caches of keys must not grow with what
 * strangers send. It forgets by halves: when the younger is full, the older goes, with what was neither set nor asked for since. To take out the oldest single entry of a Map costs
 * ten times as much, for it steps over all that was taken out before.
 */
export class BoundedCache<V> {
  readonly #halfMax: number;
  readonly #hasOlder: boolean;
  #younger = new Map<string, V>();
  #older = new Map<string, V>();

  constructor(entriesMax: number) {
    this.#halfMax = Math.max(1, Math.floor(entriesMax / 2));
    this.#hasOlder = entriesMax > 1;
  }

  get size(): number {
    return this.#younger.size + this.#older.size;
  }

  get(key: string): V | undefined {
    const value = this.#younger.get(key);
    if (value !== undefined) return value;
    const kept = this.#older.get(key);
    if (kept !== undefined) this.set(key, kept);
    return kept;
  }

  set(key: string, value: V): void {
    this.#older.delete(key);
    if (this.#younger.size >= this.#halfMax && !this.#younger.has(key)) {
      if (this.#hasOlder) this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(key, value);
  }
}

/** Of what opens under a key: another key must not be given it. Says nothing of the key. */
export const cacheKey = (id: Uint8Array, key: Uint8Array): string => bytesToHex(sha256(concatBytes(id, key)));
