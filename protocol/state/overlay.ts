/** Reads through to a committed state and keeps the writes of one block (or one transaction) apart until they are taken. */
import type { OrderRecord } from '../order/record.ts';
import type { Account } from './account.ts';
import { keyId } from './key-id.ts';
import type { RecordKind, RecordPlace, RecordView } from './record.ts';

export interface StateView extends RecordView {
  account(key: Uint8Array): Account | undefined;
  order(id: Uint8Array): OrderRecord | undefined;
}

interface Touched<T> {
  readonly key: Uint8Array;
  readonly value: T;
}

export interface TouchedRecord extends RecordPlace {
  readonly value: Uint8Array;
}

export class Overlay implements StateView {
  readonly #base: StateView;
  readonly #accounts = new Map<string, Touched<Account>>();
  readonly #orders = new Map<string, Touched<OrderRecord>>();
  readonly #records = new Map<string, TouchedRecord>();

  constructor(base: StateView) {
    this.#base = base;
  }

  account(key: Uint8Array): Account | undefined {
    return this.#accounts.get(keyId(key))?.value ?? this.#base.account(key);
  }

  order(id: Uint8Array): OrderRecord | undefined {
    return this.#orders.get(keyId(id))?.value ?? this.#base.order(id);
  }

  record(kind: RecordKind, key: Uint8Array): Uint8Array | undefined {
    return this.#records.get(`${kind} ${keyId(key)}`)?.value ?? this.#base.record(kind, key);
  }

  setAccount(key: Uint8Array, value: Account): void {
    this.#accounts.set(keyId(key), { key, value });
  }

  setOrder(id: Uint8Array, value: OrderRecord): void {
    this.#orders.set(keyId(id), { key: id, value });
  }

  setRecord(kind: RecordKind, key: Uint8Array, value: Uint8Array): void {
    this.#records.set(`${kind} ${keyId(key)}`, { kind, key, value });
  }

  /** What this overlay wrote, not what is below it. */
  written(key: Uint8Array): Account | undefined {
    return this.#accounts.get(keyId(key))?.value;
  }

  accounts(): Touched<Account>[] {
    return [...this.#accounts.values()];
  }

  orders(): Touched<OrderRecord>[] {
    return [...this.#orders.values()];
  }

  records(): TouchedRecord[] {
    return [...this.#records.values()];
  }

  /** Moves this overlay's writes into the one below. */
  commitTo(below: Overlay): void {
    for (const [id, account] of this.#accounts) below.#accounts.set(id, account);
    for (const [id, order] of this.#orders) below.#orders.set(id, order);
    for (const [id, record] of this.#records) below.#records.set(id, record);
  }
}
