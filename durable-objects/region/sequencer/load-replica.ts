/**
 * Loads the proposer's replica: the stored tree as it is when it is of D1's tip, advanced when it is behind, and made anew from
 * D1's leaves when it fits neither. Its root is then the last final header's, or there is no replica and nothing is proposed.
 */
import type { Ledger } from '../../../ledger/ledger.ts';
import { decodeHeader } from '../../../protocol/block/header.ts';
import type { Parent } from '../../../protocol/block/link.ts';
import type { Genesis } from '../../../protocol/genesis.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { updateTree } from '../../../protocol/state/leaves.ts';
import type { Root } from '../../../protocol/state/node.ts';
import { sameRoot, treeRoot } from '../../../protocol/state/tree.ts';
import { fillTree, type LeafLedger } from './fill-tree.ts';
import type { StateLedger } from './read-values.ts';
import { type CertifiedBytes, type KeptBounds, Replica } from './replica.ts';
import { foldAhead } from './tree-ahead.ts';
import { DamagedTreeError } from './tree-page.ts';
import type { TreeFill, TreeMark, TreeStore } from './tree-store.ts';

export type ReplicaLedger = Pick<Ledger, 'tip' | 'blockPage' | 'blockHash'> & StateLedger & LeafLedger;

/** There is no replica, and nothing broke: the message says what stands in its way. */
export class NoReplicaError extends Error {
  override name = 'NoReplicaError';
}

/** Not yet: whoever asks again brings the tree further. */
export class FillingTreeError extends NoReplicaError {
  override name = 'FillingTreeError';
}

/** Nor will there be, until D1 holds other leaves. To find it out has cost a reading of all of them. */
export class ForeignLeavesError extends NoReplicaError {
  override name = 'ForeignLeavesError';
}

/** D1 lacks a final block that the tree is of: an older copy was restored, or another's. It is not built upon, or proved from. */
export class RolledBackError extends NoReplicaError {
  override name = 'RolledBackError';
}

interface Tip {
  readonly parent: Parent;
  readonly proof: CertifiedBytes | null;
  readonly root: Root;
}

/** `leavesMax`: read in one call, at most; when there are more, it throws FillingTreeError and the next call goes on. */
export async function loadReplica(
  ledger: ReplicaLedger,
  store: TreeStore,
  genesis: Genesis,
  leavesMax?: number,
  bounds?: KeptBounds,
): Promise<Replica> {
  const tip = await tipOf(ledger, genesis);
  foldAhead(store);
  const mark = store.mark();
  if (mark && !(await holds(ledger, tip, mark))) {
    throw new RolledBackError(`the ledger ends at ${tip.parent.height} without the final block ${mark.height}`);
  }
  if (!isOf(mark, tip)) await bringTo(ledger, store, tip, leavesMax);
  return new Replica(ledger, store, tip.parent, tip.proof, bounds);
}

async function tipOf(ledger: ReplicaLedger, genesis: Genesis): Promise<Tip> {
  const tip = await ledger.tip();
  if (!tip) throw new Error('the ledger has no tip');
  if (tip.height === 0n) {
    const { hash, sum } = treeRoot(updateTree(undefined, initialState(genesis)));
    return { parent: { ...tip, timeMs: genesis.createdMs }, proof: null, root: { hash, sum } };
  }
  const [head] = await ledger.blockPage(tip.height + 1n, 1);
  if (!head || !equalBytes(head.hash, tip.hash)) throw new Error('the ledger does not hold the block of its tip');
  const { stateRoot, supplyZhi } = decodeHeader(head.header);
  const proof = { header: head.header, certificate: head.certificate };
  return { parent: tip, proof, root: { hash: stateRoot, sum: supplyZhi } };
}

async function holds(ledger: ReplicaLedger, { parent }: Tip, { height, block }: TreeMark): Promise<boolean> {
  if (height >= parent.height) return height === parent.height && equalBytes(block, parent.hash);
  // The genesis is no block of the ledger; its leaves tell.
  if (height === 0n) return true;
  const hash = await ledger.blockHash(height);
  return hash !== undefined && equalBytes(hash, block);
}

const isOf = (mark: TreeMark | undefined, { parent, root }: Tip): boolean =>
  mark?.height === parent.height && sameRoot(mark.root, root);

/** What was begun before, what blocks wrote since then, and everything once more from nothing. */
const PASSES_MAX = 3;

async function bringTo(ledger: ReplicaLedger, store: TreeStore, tip: Tip, leavesMax?: number): Promise<void> {
  const { height, hash: block } = tip.parent;
  let fill: TreeFill | undefined = begun(store, tip);
  for (let passes = 0; fill && passes < PASSES_MAX; passes++) {
    if (fill.rows !== 'end') fill = await filled(ledger, store, fill, leavesMax);
    if (fill.rows !== 'end') throw new FillingTreeError(`the state's tree is being made: ${fill.rows} are read`);
    if (fill.root && sameRoot(fill.root, tip.root)) {
      store.writeMarked(new Map(), { height, block, root: tip.root });
      return;
    }
    const { hash } = (await ledger.tip()) ?? {};
    if (!hash || !equalBytes(hash, block)) throw new FillingTreeError('a block landed while the leaves were read');
    fill = nextPass(store, fill, tip);
  }
  store.unmark();
  throw new ForeignLeavesError('the leaves in D1 do not have the root of the last final block');
}

/** What the store is on the way to, as far as it can lead to the tip. */
function begun(store: TreeStore, { parent: { height } }: Tip): TreeFill {
  const [mark, fill] = [store.mark(), store.fill()];
  if (fill && fill.startedHeight <= height) return fill;
  if (!mark || mark.height >= height) return fromNothing(store, height);
  const { root, height: since } = mark;
  return { startedHeight: height, since, isWhole: false, rows: 'accounts', after: undefined, root };
}

function fromNothing(store: TreeStore, startedHeight: bigint): TreeFill {
  store.clear();
  return { startedHeight, since: undefined, isWhole: true, rows: 'accounts', after: undefined, root: undefined };
}

/** After a pass that did not come to the tip's root. Undefined when no pass can. */
function nextPass(store: TreeStore, fill: TreeFill, { parent: { height } }: Tip): TreeFill | undefined {
  const { startedHeight: since, isWhole } = fill;
  if (since < height) return { ...fill, startedHeight: height, since, rows: 'accounts', after: undefined };
  return isWhole ? undefined : fromNothing(store, height);
}

/** Pages that do not fit together are made anew. */
async function filled(ledger: ReplicaLedger, store: TreeStore, fill: TreeFill, leavesMax?: number): Promise<TreeFill> {
  try {
    return await fillTree(ledger, store, fill, leavesMax);
  } catch (error) {
    if (!(error instanceof DamagedTreeError)) throw error;
    return fillTree(ledger, store, fromNothing(store, fill.startedHeight), leavesMax);
  }
}
