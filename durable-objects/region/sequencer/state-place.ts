/** Where in the state a value is: an account, an order or a record, with what the tree has of it. */
import { equalBytes, type Hash } from '../../../protocol/hash.ts';
import { encodeOrderRecord, type OrderRecord } from '../../../protocol/order/record.ts';
import { type Account, encodeAccount } from '../../../protocol/state/account.ts';
import { keyId } from '../../../protocol/state/key-id.ts';
import {
  accountLeafKey,
  leafKeysOf,
  leafValueHash,
  leafValueHashesOf,
  orderLeafKey,
  recordLeafKey,
  type StateKey,
} from '../../../protocol/state/leaves.ts';
import type { Leaf } from '../../../protocol/state/node.ts';
import type { RecordKind } from '../../../protocol/state/record.ts';

export type StatePlace =
  | { readonly kind: 'account'; readonly key: Uint8Array }
  | { readonly kind: 'order'; readonly key: Uint8Array }
  | { readonly kind: 'record'; readonly record: RecordKind; readonly key: Uint8Array };

/** At a place; undefined where there is none. */
export type StateValue =
  | { readonly kind: 'account'; readonly value: Account | undefined }
  | { readonly kind: 'order'; readonly value: OrderRecord | undefined }
  | { readonly kind: 'record'; readonly value: Uint8Array | undefined };

export const accountPlace = (key: Uint8Array): StatePlace => ({ kind: 'account', key });
export const orderPlace = (key: Uint8Array): StatePlace => ({ kind: 'order', key });
export const recordPlace = (record: RecordKind, key: Uint8Array): StatePlace => ({ kind: 'record', record, key });

/** Of an account, the id of its key as it is: most places are accounts, and a text put together is another one each time. */
export function placeId(place: StatePlace): string {
  const id = keyId(place.key);
  if (place.kind === 'account') return id;
  return `${place.kind === 'record' ? place.record : 'orders'} ${id}`;
}

export function leafKeyOf(place: StatePlace): Hash {
  switch (place.kind) {
    case 'account':
      return accountLeafKey(place.key);
    case 'order':
      return orderLeafKey(place.key);
    case 'record':
      return recordLeafKey(place.record, place.key);
  }
}

const stateKeyOf = (place: StatePlace): StateKey => (place.kind === 'order' ? { kind: 'order', id: place.key } : place);

export const leafKeysAt = (places: readonly StatePlace[]): Hash[] => leafKeysOf(places.map(stateKeyOf));

/** In canonical bytes. */
export function encodedValue(found: StateValue): Uint8Array | undefined {
  if (!found.value) return undefined;
  if (found.kind === 'account') return encodeAccount(found.value);
  return found.kind === 'order' ? encodeOrderRecord(found.value) : found.value;
}

export const valueHashOf = (found: StateValue): Hash | undefined => {
  const value = encodedValue(found);
  return value && leafValueHash(value);
};

/** Undefined for what is not there. */
export function valueHashesOf(all: readonly StateValue[]): (Hash | undefined)[] {
  const values = all.map(encodedValue);
  const hashes = leafValueHashesOf(values.filter((value) => value !== undefined)).values();
  return values.map((value) => value && hashes.next().value);
}

type LeafParts = Pick<Leaf, 'key' | 'valueHash' | 'sum'>;

/** Whether the leaf that the key leads to says of the place what `found` says, whose value hashes to `valueHash`. */
export function agrees(
  leafKey: Hash,
  found: StateValue,
  towards: LeafParts | undefined,
  valueHash: Hash | undefined,
): boolean {
  const own = towards && equalBytes(towards.key, leafKey) ? towards : undefined;
  if (!valueHash || !own) return !valueHash && !own;
  const sum = found.kind === 'account' ? (found.value?.balanceZhi ?? 0n) : 0n;
  return own.sum === sum && equalBytes(own.valueHash, valueHash);
}
