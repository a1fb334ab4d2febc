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
import { type Root, sameRoot, treeRoot } from '../../../protocol/state/tree.ts';
import { fillTree, type LeafLedger } from './fill-tree.ts';
import type { StateLedger } from './read-values.ts';
import { type CertifiedBytes, Replica } from './replica.ts';
import { DamagedTreeError } from './tree-page.ts';
import type { TreeMark, TreeStore } from './tree-store.ts';

export type ReplicaLedger = Pick<Ledger, 'tip' | 'blockPage'> & StateLedger & LeafLedger;

interface Tip {
  readonly parent: Parent;
  readonly proof: CertifiedBytes | null;
  readonly root: Root;
}

export async function loadReplica(ledger: ReplicaLedger, store: TreeStore, genesis: Genesis): Promise<Replica> {
  const { parent, proof, root } = await tipOf(ledger, genesis);
  if (!isOf(store.mark(), parent, root)) await bringTo(ledger, store, parent, root);
  return new Replica(ledger, store, parent, proof);
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

const isOf = (mark: TreeMark | undefined, parent: Parent, root: Root): boolean =>
  mark?.height === parent.height && equalBytes(mark.block, parent.hash) && sameRoot(mark.root, root);

async function bringTo(ledger: ReplicaLedger, store: TreeStore, parent: Parent, root: Root): Promise<void> {
  const mark = store.mark();
  const advanced = mark && mark.height < parent.height ? await advancedFrom(ledger, store, mark) : undefined;
  const reached = advanced && sameRoot(advanced, root) ? advanced : await rebuilt(ledger, store);
  if (!reached || !sameRoot(reached, root)) {
    throw new Error('the leaves in D1 do not have the root of the last final block');
  }
  store.write(new Map(), { height: parent.height, block: parent.hash, root });
}

/** Undefined when pages do not fit together: they are made anew then. */
async function advancedFrom(ledger: ReplicaLedger, store: TreeStore, mark: TreeMark): Promise<Root | undefined> {
  try {
    return await fillTree(ledger, store, mark.root, mark.height);
  } catch (error) {
    if (error instanceof DamagedTreeError) return undefined;
    throw error;
  }
}

function rebuilt(ledger: ReplicaLedger, store: TreeStore): Promise<Root | undefined> {
  store.clear();
  return fillTree(ledger, store, undefined);
}
