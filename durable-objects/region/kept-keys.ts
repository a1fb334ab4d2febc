/**
 * Content keys that a grant opened at the match, kept in memory until they are wanted a moment later: opening is a scalar
 * multiplication. Never stored; an object that was evicted opens the grant again.
 */
import { bytesToHex } from '@noble/hashes/utils.js';

/** Orders between match and check in one region. */
const KEPT_MAX = 512;

export class KeptKeys {
  readonly #kept = new Map<string, Uint8Array>();

  keep(order: Uint8Array, contentKey: Uint8Array): void {
    this.#kept.set(bytesToHex(order), contentKey);
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value as string);
  }

  /** Gives the key out and keeps it: an order's tiles want it one after the other, and whoever ends them takes it. */
  look(order: Uint8Array): Uint8Array | undefined {
    return this.#kept.get(bytesToHex(order));
  }

  /** Gives the key out once. */
  take(order: Uint8Array): Uint8Array | undefined {
    const id = bytesToHex(order);
    const contentKey = this.#kept.get(id);
    this.#kept.delete(id);
    return contentKey;
  }
}
