/** Values of the state as of one final block, kept by place: a block reads at once what was fetched for it before. */
import type { Hash } from '../../../protocol/hash.ts';
import { leafKeyOf, placeId, type StatePlace, type StateValue } from './state-place.ts';

/** Kept from block to block, some 20 MB: an account is of about 500 bytes in memory, an order's record of 2 KB. */
export const ACCOUNTS_KEPT_MAX = 40_000;
const WEIGHT = { account: 1, order: 4, record: 4 } as const;

export interface KeptValue {
  readonly leafKey: Hash;
  readonly found: StateValue;
}

export class StateValues {
  /** Least recently wanted first. */
  readonly #kept = new Map<string, KeptValue>();
  /** In accounts. */
  #weight = 0;

  get(id: string): KeptValue | undefined {
    return this.#kept.get(id);
  }

  /** Whether the value is here; it is then the last to be dropped. */
  want(id: string): boolean {
    const kept = this.#kept.get(id);
    if (!kept) return false;
    this.#kept.delete(id);
    this.#kept.set(id, kept);
    return true;
  }

  leafKeyOf(place: StatePlace): Hash {
    return this.#kept.get(placeId(place))?.leafKey ?? leafKeyOf(place);
  }

  set(place: StatePlace, found: StateValue, leafKey?: Hash): void {
    const id = placeId(place);
    const key = leafKey ?? this.#kept.get(id)?.leafKey ?? leafKeyOf(place);
    if (!this.#kept.delete(id)) this.#weight += WEIGHT[found.kind];
    this.#kept.set(id, { leafKey: key, found });
  }

  /** Between two blocks, never while one is built. */
  trim(): void {
    for (const [id, { found }] of this.#kept) {
      if (this.#weight <= ACCOUNTS_KEPT_MAX) return;
      this.#kept.delete(id);
      this.#weight -= WEIGHT[found.kind];
    }
  }
}
