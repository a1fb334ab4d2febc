/** The chain as it ought to be: what D1 takes is executed again here, from the genesis on, by the transition alone. */

import type { Block } from '../../protocol/block/block.ts';
import { type BuiltBlock, buildBlock, type Candidate, candidatesOf } from '../../protocol/block/build.ts';
import { headerHash } from '../../protocol/block/header.ts';
import type { Parent } from '../../protocol/block/link.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { updateTree } from '../../protocol/state/leaves.ts';
import type { StateTree } from '../../protocol/state/node.ts';
import type { Overlay } from '../../protocol/state/overlay.ts';
import type { BlockHeight, UnixMs } from '../../protocol/units.ts';
import type { TestNetwork } from '../support/network.ts';

export class Model {
  readonly network: TestNetwork;
  readonly state: Overlay;
  tree: StateTree;
  parent: Parent;

  constructor(network: TestNetwork, genesisTree: StateTree) {
    this.network = network;
    this.state = initialState(network.genesis);
    this.tree = genesisTree;
    this.parent = { hash: network.hash, height: 0n as BlockHeight, timeMs: network.genesis.createdMs };
  }

  build(candidates: readonly Candidate[], nowMs: UnixMs, proposerSeat: number): BuiltBlock | undefined {
    const { genesis, hash: genesisHash } = this.network;
    const { parent, state, tree } = this;
    return buildBlock({ genesis, genesisHash, parent, state, tree, nowMs, proposerSeat, candidates });
  }

  /** Takes a block that executes to its header; else says why not, and takes nothing. */
  take({ header, body }: Block): string | undefined {
    if (header.height !== this.parent.height + 1n) return `block ${header.height} on top of ${this.parent.height}`;
    if (!equalBytes(header.parent, this.parent.hash)) return `block ${header.height} has another parent`;
    const candidates = candidatesOf(body.transactions, header.genesis, true);
    const built = this.build(candidates, header.timeMs, header.proposerSeat);
    if (!built || !equalBytes(headerHash(built.block.header), headerHash(header))) {
      return `block ${header.height} does not execute to its header`;
    }
    built.state.commitTo(this.state);
    this.tree = built.tree;
    this.parent = { hash: headerHash(header), height: header.height, timeMs: header.timeMs };
    return undefined;
  }
}

export const genesisTreeOf = (network: TestNetwork): StateTree => updateTree(undefined, initialState(network.genesis));
