/** What the state's tree is over: accounts with their balances, orders and records, each under a key of its own kind. */
import { type Hash, taggedHash } from '../hash.ts';
import { encodeOrderRecord, type OrderRecord } from '../order/record.ts';
import { type Account, encodeAccount } from './account.ts';
import type { Overlay } from './overlay.ts';
import { type RecordKind, recordKindNumber } from './record.ts';
import { type Leaf, leaf, type StateTree, setLeaves } from './tree.ts';

export const accountLeafKey = (account: Uint8Array): Hash => taggedHash('HAI/account-key/1', account);
export const orderLeafKey = (order: Uint8Array): Hash => taggedHash('HAI/order-key/1', order);
export const recordLeafKey = (kind: RecordKind, key: Uint8Array): Hash =>
  taggedHash('HAI/record-key/1', Uint8Array.of(recordKindNumber(kind)), key);
export const leafValueHash = (value: Uint8Array): Hash => taggedHash('HAI/leaf-value/1', value);

export const accountLeaf = (key: Uint8Array, value: Account): Leaf =>
  leaf(accountLeafKey(key), leafValueHash(encodeAccount(value)), value.balanceZhi);

export const orderLeaf = (id: Uint8Array, value: OrderRecord): Leaf =>
  leaf(orderLeafKey(id), leafValueHash(encodeOrderRecord(value)), 0n);

export const recordLeaf = (kind: RecordKind, key: Uint8Array, value: Uint8Array): Leaf =>
  leaf(recordLeafKey(kind, key), leafValueHash(value), 0n);

/** Writes to the state. */
export type StateWrites = Pick<Overlay, 'accounts' | 'orders' | 'records'>;

/** The tree with a block's writes in it. */
export function updateTree(tree: StateTree, state: StateWrites): StateTree {
  return setLeaves(tree, [
    ...state.accounts().map(({ key, value }) => accountLeaf(key, value)),
    ...state.orders().map(({ key, value }) => orderLeaf(key, value)),
    ...state.records().map(({ kind, key, value }) => recordLeaf(kind, key, value)),
  ]);
}
