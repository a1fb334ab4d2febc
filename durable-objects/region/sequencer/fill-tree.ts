/**
 * Brings the stored tree from D1's leaves: all of them, or those that changed after a block. Bounded memory, whatever their
 * number. While it goes on the store has no mark, so that a crash in it means to begin anew.
 */
import { type Ledger, PAGE_ROWS_MAX } from '../../../ledger/ledger.ts';
import { encodeOrderRecord } from '../../../protocol/order/record.ts';
import { encodeAccount } from '../../../protocol/state/account.ts';
import { accountLeafKey, leafValueHash, orderLeafKey, recordLeafKey } from '../../../protocol/state/leaves.ts';
import { type Root, setLeaves, treeRoot } from '../../../protocol/state/tree.ts';
import { LeafBatch } from './leaf-batch.ts';
import { PagedTree } from './paged-tree.ts';
import type { TreeStore } from './tree-store.ts';

export type LeafLedger = Pick<Ledger, 'accountPage' | 'orderPage' | 'recordPage'>;

/** `root` is what the store holds: undefined for nothing. `since`: only rows that later blocks wrote. Returns the new root. */
export async function fillTree(
  ledger: LeafLedger,
  store: TreeStore,
  root: Root | undefined,
  since?: bigint,
): Promise<Root | undefined> {
  const filling = new Filling(store, root);
  await eachPage(
    (after: Uint8Array | undefined) => ledger.accountPage(after, PAGE_ROWS_MAX, since),
    ({ key }) => key,
    ({ key, value }) => filling.add(accountLeafKey(key), leafValueHash(encodeAccount(value)), value.balanceZhi),
  );
  await eachPage(
    (after: Uint8Array | undefined) => ledger.orderPage(after, PAGE_ROWS_MAX, since),
    ({ key }) => key,
    ({ key, value }) => filling.add(orderLeafKey(key), leafValueHash(encodeOrderRecord(value)), 0n),
  );
  await eachPage(
    (after: Parameters<Ledger['recordPage']>[0]) => ledger.recordPage(after, PAGE_ROWS_MAX, since),
    (row) => row,
    ({ kind, key, value }) => filling.add(recordLeafKey(kind, key), leafValueHash(value), 0n),
  );
  return filling.done();
}

/** Ends, because keys rise from page to page. */
async function eachPage<Row, Place>(
  read: (after: Place | undefined) => Promise<Row[]>,
  placeOf: (row: Row) => Place,
  take: (row: Row) => void,
): Promise<void> {
  let after: Place | undefined;
  for (;;) {
    const rows = await read(after);
    for (const row of rows) take(row);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_ROWS_MAX) return;
    after = placeOf(last);
  }
}

class Filling {
  readonly #store: TreeStore;
  readonly #batch = new LeafBatch();
  #root: Root | undefined;

  constructor(store: TreeStore, root: Root | undefined) {
    this.#store = store;
    this.#root = root;
    store.unmark();
  }

  add(...leaf: Parameters<LeafBatch['add']>): void {
    this.#batch.add(...leaf);
    if (this.#batch.isFull) this.#flush();
  }

  done(): Root | undefined {
    this.#flush();
    return this.#root;
  }

  #flush(): void {
    for (const leaves of this.#batch.runs()) {
      const paged = new PagedTree(this.#store, this.#root);
      const opened = paged.open(
        paged.root,
        leaves.map(({ key }) => key),
      );
      const tree = setLeaves(opened, leaves);
      this.#store.write(paged.changedPages(tree), undefined);
      const { hash, sum } = treeRoot(tree);
      this.#root = { hash, sum };
    }
  }
}
