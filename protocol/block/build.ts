/**
 * Builds the next block: applies transactions in the given order to a state, and makes the header that commits to the
 * outcome, and the witness with which anyone executes it again. Pure: the time is an argument, signature verdicts too.
 */

import type { ErrorCode, Result } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import type { Hash } from '../hash.ts';
import { updateTree } from '../state/leaves.ts';
import type { StateTree } from '../state/node.ts';
import type { Overlay, StateView } from '../state/overlay.ts';
import type { TouchedKeys } from '../state/reads.ts';
import { treeRoot } from '../state/tree.ts';
import { encodeWitness, witnessOf } from '../state/witness.ts';
import { parseTransaction, type Transaction, transactionHashes } from '../tx/envelope.ts';
import type { BlockHeight, UnixMs } from '../units.ts';
import type { Block } from './block.ts';
import { type ExecutedTransaction, Execution, type ExecutionFault } from './execute.ts';
import type { Parent } from './link.ts';
import { withinSignatureBounds } from './signature-bounds.ts';

export interface Candidate {
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  readonly parsed: Result<Transaction>;
  /** All of the transaction's signatures verified. */
  readonly signaturesOk: boolean;
}

export function candidatesOf(
  transactions: readonly Uint8Array[],
  genesisHash: Hash,
  signaturesOk: boolean,
): Candidate[] {
  const hashes = transactionHashes(transactions);
  return transactions.map((bytes, i) => ({
    bytes,
    hash: hashes[i] as Hash,
    parsed: parseTransaction(bytes, genesisHash),
    signaturesOk,
  }));
}

export interface BuiltBlock {
  readonly block: Block;
  readonly state: Overlay;
  readonly tree: StateTree;
  readonly transactions: readonly ExecutedTransaction[];
  /** What the transactions read and wrote of the parent's state, absent keys included. */
  readonly touched: TouchedKeys;
  /** Candidates that can't be in this block, and why. `nonce_gap` may come later; the rest never will. */
  readonly refused: { readonly hash: Hash; readonly code: ErrorCode; readonly sender?: Uint8Array }[];
  /** Of those that were refused as `not_executable`: for those who run the network. */
  readonly faults: readonly ExecutionFault[];
}

export interface BuildInput {
  readonly genesis: Genesis;
  readonly genesisHash: Hash;
  readonly parent: Parent;
  readonly state: StateView;
  readonly tree: StateTree;
  readonly nowMs: UnixMs;
  readonly proposerSeat: number;
  readonly candidates: readonly Candidate[];
}

function laterOf(a: UnixMs, b: UnixMs): UnixMs {
  if (a > b) return a;
  return b;
}

/**
 * Undefined when there was nothing to decide. A block of no transactions only carries the refusals: it is not to be sealed.
 * Candidates beyond the block's bounds are neither taken nor refused: they wait for the next one.
 */
export function buildBlock(input: BuildInput): BuiltBlock | undefined {
  const { genesis, genesisHash, parent } = input;
  const height = (parent.height + 1n) as BlockHeight;
  // Time never runs backwards, whatever the proposer's clock does.
  const timeMs = laterOf(input.nowMs, parent.timeMs);
  const execution = new Execution({ genesis, genesisHash, height, timeMs }, input.state);
  const refused: BuiltBlock['refused'] = [];
  const candidates = withinSignatureBounds(input.candidates, ({ parsed }) => (parsed.ok ? parsed.value : undefined));
  for (const { bytes, hash, parsed, signaturesOk } of candidates) {
    if (!execution.hasRoomFor(bytes)) break;
    if (!parsed.ok) refused.push({ hash, code: parsed.code });
    else {
      const { sender } = parsed.value;
      const code = signaturesOk ? execution.take(parsed.value, hash, bytes) : 'bad_signature';
      if (code) refused.push({ hash, code, sender });
    }
  }
  const { state, transactions, faults } = execution;
  if (transactions.length === 0 && refused.length === 0) return undefined;
  const tree = updateTree(input.tree, state);
  const header = execution.header(parent, input.proposerSeat, treeRoot(tree));
  const block = { header, body: execution.body() };
  return { block, state, tree, transactions, touched: execution.touched(), refused, faults };
}

/** The bytes of a built block's witness; `before` is what it was built on. */
export function witnessFor(built: BuiltBlock, before: Pick<BuildInput, 'state' | 'tree'>): Uint8Array {
  return encodeWitness(witnessOf(before.tree, before.state, built.touched));
}
