/**
 * Brings the stored tree from D1's leaves: all of them, or those that changed after a block. One call takes one batch of leaves, so
 * that neither its memory nor its statements, time and rows grow with their number; the store keeps how far it came.
 */
import { type Ledger, PAGE_ROWS_MAX } from '../../../ledger/ledger.ts';
import type { Hash } from '../../../protocol/hash.ts';
import { encodeOrderRecord } from '../../../protocol/order/record.ts';
import { encodeAccount } from '../../../protocol/state/account.ts';
import { accountLeafKey, leafValueHash, orderLeafKey, recordLeafKey } from '../../../protocol/state/leaves.ts';
import { recordKindNumber, recordKindOf } from '../../../protocol/state/record.ts';
import { setLeaves, treeRoot } from '../../../protocol/state/tree.ts';
import { LeafBatch } from './leaf-batch.ts';
import { PagedTree } from './paged-tree.ts';
import { LEAF_ROWS, type TreeFill, type TreeStore } from './tree-store.ts';

export type LeafLedger = Pick<Ledger, 'accountPage' | 'orderPage' | 'recordPage'>;

/** `place`: where the next page begins, after this row. */
interface LeafRow {
  readonly place: Uint8Array;
  readonly leafKey: Hash;
  readonly valueHash: Hash;
  readonly sum: bigint;
}

type RowReader = (ledger: LeafLedger, after: Uint8Array | undefined, since: bigint | undefined) => Promise<LeafRow[]>;

const READERS: Record<(typeof LEAF_ROWS)[number], RowReader> = {
  async accounts(ledger, after, since) {
    const rows = await ledger.accountPage(after, PAGE_ROWS_MAX, since);
    return rows.map(({ key, value }) => ({
      place: key,
      leafKey: accountLeafKey(key),
      valueHash: leafValueHash(encodeAccount(value)),
      sum: value.balanceZhi,
    }));
  },
  async orders(ledger, after, since) {
    const rows = await ledger.orderPage(after, PAGE_ROWS_MAX, since);
    return rows.map(({ key, value }) => ({
      place: key,
      leafKey: orderLeafKey(key),
      valueHash: leafValueHash(encodeOrderRecord(value)),
      sum: 0n,
    }));
  },
  async records(ledger, after, since) {
    const behind = after && { kind: recordKindOf(after[0] as number), key: after.subarray(1) };
    const rows = await ledger.recordPage(behind, PAGE_ROWS_MAX, since);
    return rows.map(({ kind, key, value }) => ({
      place: Uint8Array.of(recordKindNumber(kind), ...key),
      leafKey: recordLeafKey(kind, key),
      valueHash: leafValueHash(value),
      sum: 0n,
    }));
  },
};

/**
 * Goes on from where `fill` is, which is what the store holds, by at most `leavesMax`, a page of rows or more. Returns, and stores,
 * where it is then.
 */
export async function fillTree(
  ledger: LeafLedger,
  store: TreeStore,
  fill: TreeFill,
  leavesMax?: number,
): Promise<TreeFill> {
  const batch = new LeafBatch(leavesMax);
  let { rows, after } = fill;
  while (rows !== 'end' && batch.hasRoomFor(PAGE_ROWS_MAX)) {
    const page = await READERS[rows](ledger, after, fill.since);
    for (const { leafKey, valueHash, sum } of page) batch.add(leafKey, valueHash, sum);
    if (page.length < PAGE_ROWS_MAX) [rows, after] = [rowsAfter(rows), undefined];
    else after = page.at(-1)?.place;
  }
  const filled = { ...fill, root: await takeBatch(store, batch, fill), rows, after };
  store.writeFilling(new Map(), filled);
  return filled;
}

/** A run takes some 50 ms of the thread; orders come in meanwhile. */
const giveWay = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

const rowsAfter = (rows: (typeof LEAF_ROWS)[number]): TreeFill['rows'] =>
  LEAF_ROWS[LEAF_ROWS.indexOf(rows) + 1] ?? 'end';

/** Until all of the batch is in, the store says where the batch began: to write a leaf twice is to write it once. */
async function takeBatch(store: TreeStore, batch: LeafBatch, fill: TreeFill): Promise<TreeFill['root']> {
  let { root } = fill;
  for (const leaves of batch.runs()) {
    const paged = new PagedTree(store, root);
    const opened = paged.open(
      paged.root,
      leaves.map(({ key }) => key),
    );
    const tree = setLeaves(opened, leaves);
    const { hash, sum } = treeRoot(tree);
    root = { hash, sum };
    store.writeFilling(paged.changedPages(tree), { ...fill, root });
    await giveWay();
  }
  return root;
}
