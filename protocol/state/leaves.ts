/** What the state's tree is over: accounts with their balances, orders and records, each under a key of its own kind. */
import { concatBytes } from '@noble/hashes/utils.js';
import { digestAt, hashEach } from '../digests.ts';
import { domain, type Hash, taggedHash } from '../hash.ts';
import { encodeOrderRecord, type OrderRecord } from '../order/record.ts';
import { type Account, encodeAccount } from './account.ts';
import { type Leaf, leaf, type StateTree } from './node.ts';
import type { Overlay } from './overlay.ts';
import { type RecordKind, recordKindNumber } from './record.ts';
import { setLeaves } from './tree.ts';

const ACCOUNT_KEY = domain('HAI/account-key/1');
const ORDER_KEY = domain('HAI/order-key/1');
const RECORD_KEY = domain('HAI/record-key/1');
const VALUE = domain('HAI/leaf-value/1');

export const accountLeafKey = (account: Uint8Array): Hash => taggedHash('HAI/account-key/1', account);
export const orderLeafKey = (order: Uint8Array): Hash => taggedHash('HAI/order-key/1', order);
export const recordLeafKey = (kind: RecordKind, key: Uint8Array): Hash =>
  taggedHash('HAI/record-key/1', Uint8Array.of(recordKindNumber(kind)), key);
export const leafValueHash = (value: Uint8Array): Hash => taggedHash('HAI/leaf-value/1', value);

/** What the state may hold something under. */
export type StateKey =
  | { readonly kind: 'account'; readonly key: Uint8Array }
  | { readonly kind: 'order'; readonly id: Uint8Array }
  | { readonly kind: 'record'; readonly record: RecordKind; readonly key: Uint8Array };

/** One thing that the state holds. */
export type StateValue =
  | { readonly kind: 'account'; readonly key: Uint8Array; readonly value: Account }
  | { readonly kind: 'order'; readonly id: Uint8Array; readonly value: OrderRecord }
  | { readonly kind: 'record'; readonly record: RecordKind; readonly key: Uint8Array; readonly value: Uint8Array };

function keyPreimage(of: StateKey): Uint8Array {
  if (of.kind === 'account') return concatBytes(ACCOUNT_KEY, of.key);
  if (of.kind === 'order') return concatBytes(ORDER_KEY, of.id);
  return concatBytes(RECORD_KEY, Uint8Array.of(recordKindNumber(of.record)), of.key);
}

function valuePreimage(of: StateValue): Uint8Array {
  if (of.kind === 'account') return concatBytes(VALUE, encodeAccount(of.value));
  return concatBytes(VALUE, of.kind === 'order' ? encodeOrderRecord(of.value) : of.value);
}

function digestsOf(preimages: readonly Uint8Array[]): Hash[] {
  const digests = hashEach(preimages);
  return preimages.map((_, i) => digestAt(digests, i));
}

/** Many at once are hashed several times faster than one after another. */
export const leafKeysOf = (keys: readonly StateKey[]): Hash[] => digestsOf(keys.map(keyPreimage));
export const leafValueHashesOf = (values: readonly Uint8Array[]): Hash[] =>
  digestsOf(values.map((value) => concatBytes(VALUE, value)));

/** The leaf of each, in their order. */
export function leavesOf(values: readonly StateValue[]): Leaf[] {
  const keys = leafKeysOf(values);
  const valueHashes = digestsOf(values.map(valuePreimage));
  return values.map((of, i) =>
    leaf(keys[i] as Hash, valueHashes[i] as Hash, of.kind === 'account' ? of.value.balanceZhi : 0n),
  );
}

/** Writes to the state. */
export type StateWrites = Pick<Overlay, 'accounts' | 'orders' | 'records'>;

/** The tree with a block's writes in it. */
export function updateTree(tree: StateTree, state: StateWrites): StateTree {
  const values: StateValue[] = [
    ...state.accounts().map(({ key, value }) => ({ kind: 'account', key, value }) as const),
    ...state.orders().map(({ key, value }) => ({ kind: 'order', id: key, value }) as const),
    ...state.records().map(({ kind, key, value }) => ({ kind: 'record', record: kind, key, value }) as const),
  ];
  return setLeaves(tree, leavesOf(values));
}
