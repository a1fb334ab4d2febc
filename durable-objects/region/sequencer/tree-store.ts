/**
 * The pages of the state tree in the object's own SQLite, and the mark of which final block they are of. Pages and mark are
 * written in one transaction, so that they are of exactly one block; without a mark they are of none, and are made anew.
 */
import type { Root } from '../../../protocol/state/tree.ts';
import type { PageSource } from './paged-tree.ts';

/** The part of SqlStorage that is used here, so that tests may put node:sqlite under it. */
export interface SqlLike {
  exec(query: string, ...bindings: (string | number | Uint8Array)[]): Iterable<Record<string, unknown>>;
}
export interface StorageLike {
  readonly sql: SqlLike;
  transactionSync<T>(closure: () => T): T;
}

export const TREE_TABLES = `
CREATE TABLE IF NOT EXISTS tree_page(page INTEGER PRIMARY KEY, nodes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tree_mark(
  one INTEGER PRIMARY KEY CHECK(one = 1), height TEXT NOT NULL, block BLOB NOT NULL, root BLOB NOT NULL, sum TEXT NOT NULL
) STRICT;
`;

/** The final block that the pages are of: the root is the state's after it. */
export interface TreeMark {
  readonly height: bigint;
  readonly block: Uint8Array;
  readonly root: Root;
}

/** The Durable Object's driver gives ArrayBuffer, node:sqlite Uint8Array. */
function bytesOf(value: unknown): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array) return value;
  throw new Error('a BLOB column holds something else');
}

export class TreeStore implements PageSource {
  readonly #storage: StorageLike;

  constructor(storage: StorageLike) {
    this.#storage = storage;
    storage.sql.exec(TREE_TABLES);
  }

  page(page: number): Uint8Array | undefined {
    for (const row of this.#storage.sql.exec('SELECT nodes FROM tree_page WHERE page = ?', page))
      return bytesOf(row.nodes);
    return undefined;
  }

  mark(): TreeMark | undefined {
    for (const row of this.#storage.sql.exec('SELECT height, block, root, sum FROM tree_mark')) {
      const root = { hash: bytesOf(row.root), sum: BigInt(row.sum as string) };
      return { height: BigInt(row.height as string), block: bytesOf(row.block), root };
    }
    return undefined;
  }

  /** Without a mark, the pages are on the way to one: what was marked before no longer holds. */
  write(pages: ReadonlyMap<number, Uint8Array>, mark: TreeMark | undefined): void {
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      if (!mark) this.unmark();
      for (const [page, nodes] of pages) {
        sql.exec(
          'INSERT INTO tree_page(page, nodes) VALUES(?, ?) ON CONFLICT(page) DO UPDATE SET nodes = excluded.nodes',
          page,
          nodes,
        );
      }
      if (!mark) return;
      const { height, block, root } = mark;
      sql.exec(
        'INSERT OR REPLACE INTO tree_mark(one, height, block, root, sum) VALUES(1, ?, ?, ?, ?)',
        height.toString(),
        block,
        root.hash,
        root.sum.toString(),
      );
    });
  }

  unmark(): void {
    this.#storage.sql.exec('DELETE FROM tree_mark');
  }

  clear(): void {
    this.#storage.transactionSync(() => {
      this.unmark();
      this.#storage.sql.exec('DELETE FROM tree_page');
    });
  }
}
