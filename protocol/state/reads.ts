/** Keeps note of what was read of a committed state: what the witness of a block has to show. */
import type { OrderRecord } from '../order/record.ts';
import type { Account } from './account.ts';
import { keyId } from './key-id.ts';
import type { StateView } from './overlay.ts';
import type { RecordKind, RecordPlace } from './record.ts';

/** Accounts, orders and records by their own keys, each once. */
export interface TouchedKeys {
  readonly accounts: readonly Uint8Array[];
  readonly orders: readonly Uint8Array[];
  readonly records: readonly RecordPlace[];
}

interface Keys {
  readonly accounts: Map<string, Uint8Array>;
  readonly orders: Map<string, Uint8Array>;
  readonly records: Map<string, RecordPlace>;
}
const noKeys = (): Keys => ({ accounts: new Map(), orders: new Map(), records: new Map() });

function moveAll<T>(from: Map<string, T>, to: Map<string, T>): void {
  for (const [id, key] of from) to.set(id, key);
  from.clear();
}

/** A view through to `base`. What one transaction reads counts once it is kept. */
export class ReadRecord implements StateView {
  readonly #base: StateView;
  readonly #kept = noKeys();
  readonly #trial = noKeys();

  constructor(base: StateView) {
    this.#base = base;
  }

  account(key: Uint8Array): Account | undefined {
    this.#trial.accounts.set(keyId(key), key);
    return this.#base.account(key);
  }

  order(id: Uint8Array): OrderRecord | undefined {
    this.#trial.orders.set(keyId(id), id);
    return this.#base.order(id);
  }

  record(kind: RecordKind, key: Uint8Array): Uint8Array | undefined {
    this.#trial.records.set(`${kind} ${keyId(key)}`, { kind, key });
    return this.#base.record(kind, key);
  }

  keep(): void {
    moveAll(this.#trial.accounts, this.#kept.accounts);
    moveAll(this.#trial.orders, this.#kept.orders);
    moveAll(this.#trial.records, this.#kept.records);
  }

  /** The transaction is not in the block: nobody who re-executes it reads what it read. */
  drop(): void {
    this.#trial.accounts.clear();
    this.#trial.orders.clear();
    this.#trial.records.clear();
  }

  touched(): TouchedKeys {
    const { accounts, orders, records } = this.#kept;
    return { accounts: [...accounts.values()], orders: [...orders.values()], records: [...records.values()] };
  }
}
