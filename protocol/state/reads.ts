/** Keeps note of what was read of a committed state: what the witness of a block has to show. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { OrderRecord } from '../order/record.ts';
import type { Account } from './account.ts';
import type { StateView } from './overlay.ts';

/** Accounts and orders by their own keys, each once. */
export interface TouchedKeys {
  readonly accounts: readonly Uint8Array[];
  readonly orders: readonly Uint8Array[];
}

type Keys = Map<string, Uint8Array>;

function moveAll(from: Keys, to: Keys): void {
  for (const [id, key] of from) to.set(id, key);
  from.clear();
}

/** A view through to `base`. What one transaction reads counts once it is kept. */
export class ReadRecord implements StateView {
  readonly #base: StateView;
  readonly #kept = { accounts: new Map() as Keys, orders: new Map() as Keys };
  readonly #trial = { accounts: new Map() as Keys, orders: new Map() as Keys };

  constructor(base: StateView) {
    this.#base = base;
  }

  account(key: Uint8Array): Account | undefined {
    this.#trial.accounts.set(bytesToHex(key), key);
    return this.#base.account(key);
  }

  order(id: Uint8Array): OrderRecord | undefined {
    this.#trial.orders.set(bytesToHex(id), id);
    return this.#base.order(id);
  }

  keep(): void {
    moveAll(this.#trial.accounts, this.#kept.accounts);
    moveAll(this.#trial.orders, this.#kept.orders);
  }

  /** The transaction is not in the block: nobody who re-executes it reads what it read. */
  drop(): void {
    this.#trial.accounts.clear();
    this.#trial.orders.clear();
  }

  touched(): TouchedKeys {
    return { accounts: [...this.#kept.accounts.values()], orders: [...this.#kept.orders.values()] };
  }
}
