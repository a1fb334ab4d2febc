/**
 * The pages of the state tree in the object's own SQLite, and what they are: of one final block, with the leaves that the last few
 * blocks wrote beside them, or on the way to one. Pages and that word about them are written in one transaction. Where there is none
 * they are of nothing, and are made anew.
 */
import {
  bool,
  bytes32,
  bytesMax,
  type Decoded,
  decode,
  encode,
  oneOf,
  option,
  struct,
  u64,
} from '../../../protocol/codec.ts';
import type { Root } from '../../../protocol/state/node.ts';
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
CREATE TABLE IF NOT EXISTS tree_ahead(
  seq INTEGER PRIMARY KEY, before_root BLOB NOT NULL, before_sum TEXT NOT NULL, leaves BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tree_fill(one INTEGER PRIMARY KEY CHECK(one = 1), bytes BLOB NOT NULL) STRICT;
`;

/** The final block that the pages, with what is ahead of them, are of: the root is the state's after it. */
export interface TreeMark {
  readonly height: bigint;
  readonly block: Uint8Array;
  readonly root: Root;
}

/** What one block wrote that the pages do not have (tree-ahead.ts), on a state of the root `before`: the first's is the pages'. */
export interface AheadLeaves {
  readonly before: Root;
  readonly leaves: Uint8Array;
}

/** A record's place is its kind and its key. */
const PLACE_BYTES_MAX = 33;

/** D1's tables of leaves, in the order in which they are read. */
export const LEAF_ROWS = ['accounts', 'orders', 'records'] as const;

const fillCodec = struct({
  /** The ledger's height when reading began: what later blocks wrote may have been missed. */
  startedHeight: u64,
  /** Only rows that later blocks than this wrote are read. */
  since: option(u64),
  /** Begun from nothing: all leaves of a ledger of that height are in it at the end. */
  isWhole: bool,
  rows: oneOf([...LEAF_ROWS, 'end']),
  /** The last row that is in the tree, of `rows`. */
  after: option(bytesMax(PLACE_BYTES_MAX)),
  /** Of the pages as they are: none are there yet, or those of all rows up to this place and perhaps of some behind it. */
  root: option(struct({ hash: bytes32, sum: u64 })),
});
/** Pages on the way to a mark, from D1's leaves. */
export type TreeFill = Decoded<typeof fillCodec>;

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

  fill(): TreeFill | undefined {
    for (const row of this.#storage.sql.exec('SELECT bytes FROM tree_fill'))
      return decode(fillCodec, bytesOf(row.bytes));
    return undefined;
  }

  /** In the order of their blocks. */
  ahead(): AheadLeaves[] {
    const rows = this.#storage.sql.exec('SELECT before_root, before_sum, leaves FROM tree_ahead ORDER BY seq');
    return Array.from(rows, (row) => ({
      before: { hash: bytesOf(row.before_root), sum: BigInt(row.before_sum as string) },
      leaves: bytesOf(row.leaves),
    }));
  }

  /** The pages are those of the mark's block. */
  writeMarked(pages: ReadonlyMap<number, Uint8Array>, mark: TreeMark): void {
    this.#write(pages, () => {
      this.#storage.sql.exec('DELETE FROM tree_fill');
      this.#storage.sql.exec('DELETE FROM tree_ahead');
      this.#writeMark(mark);
    });
  }

  /** The pages stay as they are: with these leaves, and those that are ahead already, they are of the mark's block. */
  writeAhead({ before, leaves }: AheadLeaves, mark: TreeMark): void {
    this.#storage.transactionSync(() => {
      this.#storage.sql.exec(
        'INSERT INTO tree_ahead(before_root, before_sum, leaves) VALUES(?, ?, ?)',
        before.hash,
        before.sum.toString(),
        leaves,
      );
      this.#writeMark(mark);
    });
  }

  #writeMark({ height, block, root }: TreeMark): void {
    this.#storage.sql.exec(
      'INSERT OR REPLACE INTO tree_mark(one, height, block, root, sum) VALUES(1, ?, ?, ?, ?)',
      height.toString(),
      block,
      root.hash,
      root.sum.toString(),
    );
  }

  /** From pages that nothing is ahead of. */
  writeFilling(pages: ReadonlyMap<number, Uint8Array>, fill: TreeFill): void {
    this.#write(pages, () => {
      this.#storage.sql.exec('DELETE FROM tree_mark');
      this.#storage.sql.exec('DELETE FROM tree_ahead');
      this.#storage.sql.exec('INSERT OR REPLACE INTO tree_fill(one, bytes) VALUES(1, ?)', encode(fillCodec, fill));
    });
  }

  #write(pages: ReadonlyMap<number, Uint8Array>, name: () => void): void {
    this.#storage.transactionSync(() => {
      for (const [page, nodes] of pages) {
        this.#storage.sql.exec(
          'INSERT INTO tree_page(page, nodes) VALUES(?, ?) ON CONFLICT(page) DO UPDATE SET nodes = excluded.nodes',
          page,
          nodes,
        );
      }
      name();
    });
  }

  /** The pages are of nothing from now on. */
  unmark(): void {
    this.#storage.transactionSync(() => {
      for (const table of ['tree_mark', 'tree_ahead', 'tree_fill']) this.#storage.sql.exec(`DELETE FROM ${table}`);
    });
  }

  clear(): void {
    this.#storage.transactionSync(() => {
      this.unmark();
      this.#storage.sql.exec('DELETE FROM tree_page');
    });
  }
}
