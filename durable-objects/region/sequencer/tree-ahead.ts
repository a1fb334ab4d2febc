/**
 * Leaves that blocks wrote since the pages were. A block touches a part of nearly every page, so pages are written every few blocks
 * and, in between, the leaves alone: one row, of which a restart makes the pages.
 */
import { type Leaf, leaf, type StateTree } from '../../../protocol/state/node.ts';
import { sameRoot, setLeaves, treeRoot } from '../../../protocol/state/tree.ts';
import { PagedTree } from './paged-tree.ts';
import { DamagedTreeError } from './tree-page.ts';
import type { TreeStore } from './tree-store.ts';

/** Key, hash of the value, sum (u64, big endian). */
const LEAF_BYTES = 72;

export function encodeLeaves(leaves: readonly Leaf[]): Uint8Array {
  const bytes = new Uint8Array(LEAF_BYTES * leaves.length);
  const view = new DataView(bytes.buffer);
  for (const [i, { key, valueHash, sum }] of leaves.entries()) {
    bytes.set(key, LEAF_BYTES * i);
    bytes.set(valueHash, LEAF_BYTES * i + 32);
    view.setBigUint64(LEAF_BYTES * i + 64, sum);
  }
  return bytes;
}

function decodeLeaves(bytes: Uint8Array): Leaf[] {
  if (bytes.length % LEAF_BYTES !== 0) throw new DamagedTreeError('not the bytes of leaves');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / LEAF_BYTES }, (_, i) => {
    const at = LEAF_BYTES * i;
    return leaf(bytes.slice(at, at + 32), bytes.slice(at + 32, at + 64), view.getBigUint64(at + 64));
  });
}

/** Writes the pages of the mark's block. What does not come to its root is of nothing from then on. */
export function foldAhead(store: TreeStore): void {
  const [mark, ahead] = [store.mark(), store.ahead()];
  const [first] = ahead;
  if (!mark || !first) return;
  const paged = new PagedTree(store, first.before);
  try {
    let tree: StateTree = paged.root;
    for (const { leaves: bytes } of ahead) {
      const leaves = decodeLeaves(bytes);
      const keys = leaves.map(({ key }) => key);
      tree = setLeaves(paged.open(tree, keys), leaves);
    }
    if (!sameRoot(treeRoot(tree), mark.root)) throw new DamagedTreeError('leaves that do not lead to the mark');
    store.writeMarked(paged.changedPages(tree), mark);
  } catch (error) {
    if (!(error instanceof DamagedTreeError)) throw error;
    store.unmark();
  }
}
