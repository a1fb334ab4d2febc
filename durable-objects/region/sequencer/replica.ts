/**
 * The proposer's view of the state on top of the last final block. Values are D1's; the tree over them is in the object's own
 * storage, page by page, and rebuilt from D1 whenever it is not of D1's tip. Memory holds what the last few blocks touched, of the tree
 * and of the values, within a bound; the pages follow when it is reached.
 *
 * Nothing is trusted: the root is the tip header's, a page must hash to it, and a value of D1 must be the one that its leaf says.
 */
import type { BuiltBlock } from '../../../protocol/block/build.ts';
import { headerHash } from '../../../protocol/block/header.ts';
import type { Parent } from '../../../protocol/block/link.ts';
import { equalBytes, type Hash, ZERO_HASH } from '../../../protocol/hash.ts';
import type { OrderRecord } from '../../../protocol/order/record.ts';
import type { Account } from '../../../protocol/state/account.ts';
import type { Leaf, StateTree } from '../../../protocol/state/node.ts';
import type { StateView } from '../../../protocol/state/overlay.ts';
import { proveKey, proveSupply, type StateProof, type SupplyProof } from '../../../protocol/state/proof.ts';
import type { RecordKind } from '../../../protocol/state/record.ts';
import { leafTowards, treeRoot } from '../../../protocol/state/tree.ts';
import { PagedTree } from './paged-tree.ts';
import { type Found, readValues, type StateLedger } from './read-values.ts';
import {
  accountPlace,
  agrees,
  leafKeysAt,
  orderPlace,
  placeId,
  recordPlace,
  type StatePlace,
  valueHashesOf,
} from './state-place.ts';
import { StateValues } from './state-values.ts';
import { encodeLeaves } from './tree-ahead.ts';
import { DamagedTreeError } from './tree-page.ts';
import type { TreeMark, TreeStore } from './tree-store.ts';

export interface CertifiedBytes {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
}

/** D1 holds another value than the state root commits to: nothing may be built on it. */
export class ForeignValueError extends Error {
  override name = 'ForeignValueError';
}

export interface KeptBounds {
  /** Nodes of the tree in memory, beyond those that one block opens: with what blocks made of them, and their pages, some 20 MB at 10^6 accounts. */
  readonly nodes: number;
  /** Blocks that the pages are behind at most: a start writes them all again. */
  readonly blocks: number;
  /** Of one such block: 1.4 MB of a row's 2. */
  readonly leaves: number;
}
export const KEPT_BOUNDS: KeptBounds = { nodes: 40_000, blocks: 32, leaves: 20_000 };

export class Replica implements StateView {
  readonly #ledger: StateLedger;
  readonly #store: TreeStore;
  readonly #bounds: KeptBounds;
  readonly #values = new StateValues();
  /** Asked for and not here: a block that was built meanwhile does not count. */
  #missing = new Map<string, StatePlace>();
  /** Places of this block whose paths are in the tree, or are on the list of those to open. */
  #touched = new Set<string>();
  #toOpen: Hash[] = [];
  /** The parent's, with its root. */
  #mark: TreeMark;
  #paged: PagedTree;
  /** The state after the parent, with the paths of what was read since its nodes were last let go. */
  #tree: StateTree;
  /** Of its nodes, those that were opened or written. */
  #kept = 0;
  /** Blocks by which the pages are behind. */
  #ahead = 0;
  #parent: Parent;
  #parentProof: CertifiedBytes | null;

  /** The store is marked with `parent`, its root is the header's, and nothing is ahead of its pages. */
  constructor(
    ledger: StateLedger,
    store: TreeStore,
    parent: Parent,
    parentProof: CertifiedBytes | null,
    bounds: KeptBounds = KEPT_BOUNDS,
  ) {
    this.#ledger = ledger;
    this.#store = store;
    this.#bounds = bounds;
    this.#parent = parent;
    this.#parentProof = parentProof;
    const mark = store.mark();
    if (!mark || !equalBytes(mark.block, parent.hash)) throw new Error('the stored tree is not of the tip');
    this.#mark = mark;
    this.#paged = new PagedTree(store, mark.root);
    this.#tree = this.#paged.root;
  }

  get parent(): Parent {
    return this.#parent;
  }

  /** Header and certificate of the parent, for a seat that missed it; null on top of genesis. */
  get parentProof(): CertifiedBytes | null {
    return this.#parentProof;
  }

  /** With the paths of everything that was read since `begin` at least: a block's, once its transactions were applied. */
  get tree(): StateTree {
    this.#open(this.#toOpen);
    this.#toOpen = [];
    return this.#tree;
  }

  account(key: Uint8Array): Account | undefined {
    return this.#read(accountPlace(key))?.value as Account | undefined;
  }

  order(id: Uint8Array): OrderRecord | undefined {
    return this.#read(orderPlace(id))?.value as OrderRecord | undefined;
  }

  record(kind: RecordKind, key: Uint8Array): Uint8Array | undefined {
    return this.#read(recordPlace(kind, key))?.value as Uint8Array | undefined;
  }

  #read(place: StatePlace) {
    const id = placeId(place);
    const kept = this.#values.get(id);
    if (!kept) this.#missing.set(id, place);
    else if (!this.#touched.has(id)) {
      this.#touched.add(id);
      this.#toOpen.push(kept.leafKey);
    }
    return kept?.found;
  }

  /** What was read as absent and is only not here. Empties the note of it. */
  takeMissing(): StatePlace[] {
    const missing = [...this.#missing.values()];
    this.#missing = new Map();
    return missing;
  }

  /** Before a block: forgets what is more than is kept for the next. */
  begin(): void {
    this.#missing = new Map();
    this.#touched = new Set();
    this.#toOpen = [];
    this.#values.trim();
    if (this.#kept > this.#bounds.nodes) this.#letGo();
  }

  /** The pages follow, and the tree's nodes are read from them anew. */
  #letGo(): void {
    if (this.#ahead > 0) this.#store.writeMarked(this.#paged.changedPages(this.#tree), this.#mark);
    this.#paged = new PagedTree(this.#store, this.#mark.root);
    this.#tree = this.#paged.root;
    this.#kept = 0;
    this.#ahead = 0;
  }

  /** Fetches the values of places that are not here. Throws ForeignValueError or DamagedTreeError. */
  async prefetch(places: readonly StatePlace[]): Promise<void> {
    const wanted = new Map(places.map((place) => [placeId(place), place]));
    const unknown = [...wanted].flatMap(([id, place]) => (this.#values.want(id) ? [] : [place]));
    if (unknown.length === 0) return;
    const found = await readValues(this.#ledger, unknown);
    const leafKeys = leafKeysAt(found.map(([place]) => place));
    const valueHashes = valueHashesOf(found.map(([, value]) => value));
    this.#open(leafKeys);
    for (const [i, [place, value]] of found.entries()) {
      const leafKey = leafKeys[i] as Hash;
      const id = placeId(place);
      if (!agrees(leafKey, value, leafTowards(this.#tree, leafKey), valueHashes[i])) {
        throw new ForeignValueError(`D1 holds another value than the state root says: ${id}`);
      }
      this.#values.set(place, value, leafKey);
      this.#touched.add(id);
    }
  }

  #open(keys: readonly Uint8Array[]): void {
    const before = this.#paged.opened;
    this.#tree = this.#sound(() => this.#paged.open(this.#tree, keys));
    this.#kept += this.#paged.opened - before;
  }

  #sound<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      // Whoever loads next makes the pages anew.
      if (error instanceof DamagedTreeError) this.#store.unmark();
      throw error;
    }
  }

  /** That the leaf's key is in the state after the parent, or is not. Whatever block is being built meanwhile. */
  prove(leafKey: Hash): StateProof {
    return proveKey(this.#opened(leafKey), leafKey);
  }

  proveSupply(): SupplyProof {
    const proof = proveSupply(this.#opened(ZERO_HASH));
    if (!proof) throw new Error('a tree whose root was not opened');
    return proof;
  }

  #opened(leafKey: Hash): StateTree {
    return this.#sound(() => this.#paged.open(this.#tree, [leafKey]));
  }

  /** The block built on this is final: its writes are the state, in memory and in the object's storage. */
  advance(built: BuiltBlock, parentProof: CertifiedBytes): void {
    const { header } = built.block;
    const { hash, sum } = treeRoot(built.tree);
    const mark = { height: header.height, block: headerHash(header), root: { hash, sum } };
    const writes = writesOf(built);
    const leaves = writes.map(([place]) => leafTowards(built.tree, this.#values.leafKeyOf(place)) as Leaf);
    const isBehind = this.#ahead >= this.#bounds.blocks || leaves.length > this.#bounds.leaves;
    if (isBehind) this.#store.writeMarked(this.#paged.changedPages(built.tree), mark);
    else this.#store.writeAhead({ before: this.#mark.root, leaves: encodeLeaves(leaves) }, mark);
    for (const [place, value] of writes) this.#values.set(place, value);
    this.#parent = { hash: mark.block, height: header.height, timeMs: header.timeMs };
    this.#parentProof = parentProof;
    this.#mark = mark;
    this.#tree = built.tree;
    this.#kept += leaves.length;
    this.#ahead = isBehind ? 0 : this.#ahead + 1;
    if (isBehind) this.#letGo();
  }
}

const writesOf = ({ state }: BuiltBlock): Found[] => [
  ...state.accounts().map(({ key, value }): Found => [accountPlace(key), { kind: 'account', value }]),
  ...state.orders().map(({ key, value }): Found => [orderPlace(key), { kind: 'order', value }]),
  ...state.records().map(({ kind, key, value }): Found => [recordPlace(kind, key), { kind: 'record', value }]),
];
