/**
 * Builds the next block: applies transactions in the given order to a state, and makes the header that commits to the
 * outcome. Pure: the time is an argument, signature verdicts too.
 */

import type { ErrorCode } from '../errors.ts';
import { electionRoot, type Genesis, resourceRoot } from '../genesis.ts';
import { equalBytes, type Hash, ZERO_HASH } from '../hash.ts';
import { encodeOrderRecord } from '../order/record.ts';
import { encodeAccount } from '../state/account.ts';
import { Overlay, type StateView } from '../state/overlay.ts';
import { accountLeafKey, leafValueHash, orderLeafKey, type StateTree, setLeaf, treeRoot } from '../state/tree.ts';
import { applyTransaction, type Outcome } from '../transition.ts';
import { parseTransaction, transactionHash } from '../tx/envelope.ts';
import { decodeOrderSettles } from '../tx/order-settle.ts';
import type { Posting, RuleContext } from '../tx/rule.ts';
import { txTypeNumber } from '../tx/types.ts';
import { type BlockHeight, type HpuCycles, type UnixMs, type Zhi, zhi } from '../units.ts';
import {
  BLOCK_BYTES_MAX,
  BLOCK_TRANSACTIONS_MAX,
  type Block,
  BODY_ENTRY_OVERHEAD,
  receiptRootOf,
  txRootOf,
} from './block.ts';
import { BLOCK_VERSION, type BlockHeader } from './header.ts';

export interface Candidate {
  readonly bytes: Uint8Array;
  /** All of the transaction's signatures verified. */
  readonly signaturesOk: boolean;
}

export interface Parent {
  readonly hash: Hash;
  readonly height: BlockHeight;
  readonly timeMs: UnixMs;
}

export interface BuiltBlock {
  readonly block: Block;
  readonly state: Overlay;
  readonly tree: StateTree;
  readonly transactions: {
    readonly hash: Hash;
    readonly bytes: Uint8Array;
    readonly outcome: Outcome;
    readonly postings: Posting[];
  }[];
  /** Candidates that can't be in this block, and why. `nonce_gap` may come later; the rest never will. */
  readonly refused: { readonly hash: Hash; readonly code: ErrorCode; readonly sender?: Uint8Array }[];
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

const SETTLE = txTypeNumber('orderSettle');

function laterOf(a: UnixMs, b: UnixMs): UnixMs {
  if (a > b) return a;
  return b;
}

/**
 * Undefined when there was nothing to decide. A block of no transactions only carries the refusals: it is not to be sealed.
 * Candidates beyond the block's bounds are neither taken nor refused: they wait for the next one.
 */
export function buildBlock(input: BuildInput): BuiltBlock | undefined {
  const height = (input.parent.height + 1n) as BlockHeight;
  // Time never runs backwards, whatever the proposer's clock does.
  const timeMs = laterOf(input.nowMs, input.parent.timeMs);
  const context: RuleContext = { genesis: input.genesis, genesisHash: input.genesisHash, height, timeMs };
  const state = new Overlay(input.state);
  const transactions: BuiltBlock['transactions'] = [];
  const refused: BuiltBlock['refused'] = [];
  let cyclesBilled = 0n;
  let bodyBytes = BODY_ENTRY_OVERHEAD;
  for (const { bytes, signaturesOk } of input.candidates) {
    const size = bytes.length + BODY_ENTRY_OVERHEAD;
    if (transactions.length === BLOCK_TRANSACTIONS_MAX || bodyBytes + size > BLOCK_BYTES_MAX) break;
    const hash = transactionHash(bytes);
    const parsed = parseTransaction(bytes, input.genesisHash);
    if (!parsed.ok) refused.push({ hash, code: parsed.code });
    else if (!signaturesOk) refused.push({ hash, code: 'bad_signature', sender: parsed.value.sender });
    else {
      const result = applyTransaction(parsed.value, hash, state, context);
      if (typeof result === 'string') refused.push({ hash, code: result, sender: parsed.value.sender });
      else {
        transactions.push({ hash, bytes, ...result });
        bodyBytes += size;
        if (parsed.value.type === SETTLE) cyclesBilled += billedCycles(parsed.value.body, result.outcome);
      }
    }
  }
  if (transactions.length === 0 && refused.length === 0) return undefined;
  const tree = updateTree(input.tree, state);
  const body = { transactions: transactions.map((tx) => tx.bytes), outcomes: transactions.map((tx) => tx.outcome) };
  const header = headerFor(input, { height, timeMs, cyclesBilled, tree, body });
  return { block: { header, body }, state, tree, transactions, refused };
}

function billedCycles(body: Uint8Array, outcome: Outcome): bigint {
  return decodeOrderSettles(body).reduce(
    (sum, entry, i) => sum + (outcome.entries[i] === 0 ? entry.billCycles : 0n),
    0n,
  );
}

export function updateTree(tree: StateTree, state: Pick<Overlay, 'accounts' | 'orders'>): StateTree {
  let next = tree;
  for (const { key, value } of state.accounts()) {
    next = setLeaf(next, accountLeafKey(key), leafValueHash(encodeAccount(value)), value.balanceZhi);
  }
  for (const { key, value } of state.orders()) {
    next = setLeaf(next, orderLeafKey(key), leafValueHash(encodeOrderRecord(value)), 0n);
  }
  return next;
}

interface HeaderParts {
  readonly height: BlockHeight;
  readonly timeMs: UnixMs;
  readonly cyclesBilled: bigint;
  readonly tree: StateTree;
  readonly body: Block['body'];
}

function headerFor(input: BuildInput, parts: HeaderParts): BlockHeader {
  const root = treeRoot(parts.tree);
  return {
    version: BLOCK_VERSION,
    genesis: input.genesisHash,
    height: parts.height,
    parent: input.parent.hash,
    timeMs: parts.timeMs,
    region: input.genesis.sequencerRegion,
    proposerSeat: input.proposerSeat,
    epoch: 0n,
    round: 0,
    regime: 'final',
    txCount: parts.body.transactions.length,
    txRoot: txRootOf(parts.body.transactions),
    receiptRoot: receiptRootOf(parts.body.outcomes),
    stateRoot: root.hash,
    supplyZhi: zhi(root.sum) as Zhi,
    resourceRoot: resourceRoot(input.genesis),
    commitmentRoot: ZERO_HASH,
    electionRoot: electionRoot(input.genesis),
    cyclesBilled: parts.cyclesBilled as HpuCycles,
  };
}

/** What a seat checks of a header before it signs, given the last one that it signed. */
export function linkFault(
  header: BlockHeader,
  parent: Parent,
  genesis: Genesis,
  genesisHash: Hash,
): string | undefined {
  if (header.version !== BLOCK_VERSION) return 'unknown version';
  if (!equalBytes(header.genesis, genesisHash)) return 'another network';
  if (header.height !== parent.height + 1n) return 'not the next height';
  if (!equalBytes(header.parent, parent.hash)) return 'another parent';
  if (header.timeMs < parent.timeMs) return 'time runs backwards';
  if (header.region !== genesis.sequencerRegion) return 'not the proposing region';
  return undefined;
}
