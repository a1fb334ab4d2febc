/** The transactions of one block against a state, one after another: what the builder and whoever validates have in common. */
import { SYSTEM_ACCOUNT, type SystemAccountName } from '../address.ts';
import { APPLIED, type ErrorCode } from '../errors.ts';
import { electionRoot, resourceRoot } from '../genesis.ts';
import type { Hash } from '../hash.ts';
import { UNMINTED_ACCOUNTS } from '../money/supply.ts';
import type { Outcome } from '../outcome.ts';
import { parametersAt } from '../record/parameter.ts';
import { commitmentRoot, frontierOf } from '../state/commitments.ts';
import type { Root } from '../state/node.ts';
import { Overlay, type StateView } from '../state/overlay.ts';
import { ReadRecord, type TouchedKeys } from '../state/reads.ts';
import { UncoveredKeyError } from '../state/tree.ts';
import { type AppliedTransaction, applyTransaction } from '../transition.ts';
import { decodeBatchSettle } from '../tx/batch-settle.ts';
import type { Transaction } from '../tx/envelope.ts';
import { decodeOrderSettles } from '../tx/order-settle.ts';
import type { BlockContext, Posting, RuleContext } from '../tx/rule.ts';
import { txTypeName } from '../tx/types.ts';
import { type HpuCycles, type Zhi, zhi } from '../units.ts';
import {
  BLOCK_BYTES_MAX,
  BLOCK_TRANSACTIONS_MAX,
  type BlockBody,
  BODY_ENTRY_OVERHEAD,
  receiptRootOf,
  txRootOf,
} from './block.ts';
import { BLOCK_VERSION, type BlockHeader } from './header.ts';
import type { Parent } from './link.ts';

export interface ExecutedTransaction {
  readonly tx: Transaction;
  readonly hash: Hash;
  readonly bytes: Uint8Array;
  readonly outcome: Outcome;
  readonly postings: Posting[];
}

/** A transaction in whose execution a rule threw: a fault of the rules, or of the state. */
export interface ExecutionFault {
  readonly hash: Hash;
  readonly reason: string;
}

type BodyRoots = Pick<BlockHeader, 'txRoot' | 'receiptRoot'>;

export class Execution {
  readonly context: BlockContext;
  /** The block's writes. */
  readonly state: Overlay;
  readonly transactions: ExecutedTransaction[] = [];
  readonly faults: ExecutionFault[] = [];
  readonly #reads: ReadRecord;
  #cyclesBilled = 0n;
  #bodyBytes = BODY_ENTRY_OVERHEAD;

  constructor(context: RuleContext, base: StateView) {
    this.#reads = new ReadRecord(base);
    this.state = new Overlay(this.#reads);
    this.context = { ...context, parameters: parametersAt(this.#reads, context.genesis, context.timeMs) };
    // Read once, for all transactions, those that are dropped included.
    this.#reads.keep();
  }

  hasRoomFor(bytes: Uint8Array): boolean {
    const size = bytes.length + BODY_ENTRY_OVERHEAD;
    return this.transactions.length < BLOCK_TRANSACTIONS_MAX && this.#bodyBytes + size <= BLOCK_BYTES_MAX;
  }

  /**
   * Applies a transaction whose signatures all verified, or says why it can't be in this block; then nothing is changed. One in
   * which a rule throws is left out as `not_executable`: a fault in a rule costs one transaction, and does not stop the chain.
   */
  take(tx: Transaction, hash: Hash, bytes: Uint8Array): ErrorCode | undefined {
    const trial = new Overlay(this.state);
    const result = this.#applied(tx, hash, trial);
    if (typeof result === 'string') {
      this.#reads.drop();
      return result;
    }
    trial.commitTo(this.state);
    this.#reads.keep();
    this.transactions.push({ tx, hash, bytes, ...result });
    this.#bodyBytes += bytes.length + BODY_ENTRY_OVERHEAD;
    this.#cyclesBilled += billedCycles(tx, result.outcome);
    return undefined;
  }

  #applied(tx: Transaction, hash: Hash, state: Overlay): AppliedTransaction | ErrorCode {
    try {
      return applyTransaction(tx, hash, state, this.context);
    } catch (error) {
      // Says nothing of the transaction: the witness does not show what it reads.
      if (error instanceof UncoveredKeyError) throw error;
      this.faults.push({ hash, reason: String(error) });
      return 'not_executable';
    }
  }

  /** What a witness of this block covers. Rules read before they write, so that what was read is all. */
  touched(): TouchedKeys {
    return this.#reads.touched();
  }

  body(): BlockBody {
    return {
      transactions: this.transactions.map(({ bytes }) => bytes),
      outcomes: this.transactions.map(({ outcome }) => outcome),
    };
  }

  #roots(): BodyRoots {
    const { transactions, outcomes } = this.body();
    return { txRoot: txRootOf(transactions), receiptRoot: receiptRootOf(outcomes) };
  }

  /** The header over what was executed; `root` is the state's after it. `roots` are passed by who has made them before. */
  header(parent: Parent, proposerSeat: number, root: Root, roots: BodyRoots = this.#roots()): BlockHeader {
    const { genesis, genesisHash, height, timeMs } = this.context;
    const commitments = frontierOf(this.state);
    this.#reads.keep();
    return {
      version: BLOCK_VERSION,
      genesis: genesisHash,
      height,
      parent: parent.hash,
      timeMs,
      region: genesis.sequencerRegion,
      proposerSeat,
      epoch: 0n,
      round: 0,
      regime: 'final',
      txCount: this.transactions.length,
      txRoot: roots.txRoot,
      receiptRoot: roots.receiptRoot,
      stateRoot: root.hash,
      supplyZhi: zhi(root.sum) as Zhi,
      resourceRoot: resourceRoot(genesis),
      commitmentRoot: commitmentRoot(commitments),
      electionRoot: electionRoot(genesis),
      cyclesBilled: this.#cyclesBilled as HpuCycles,
      mintedZhi: zhi(-UNMINTED_ACCOUNTS.reduce((sum, name) => sum + this.#gainOf(name), 0n)),
      burnedZhi: zhi(this.#gainOf('burned')),
    };
  }

  /** What the block paid into a system account, less what it took out. Of one that it did not touch nothing is read. */
  #gainOf(name: SystemAccountName): bigint {
    const account = SYSTEM_ACCOUNT[name];
    const after = this.state.written(account);
    return after ? after.balanceZhi - (this.#reads.account(account)?.balanceZhi ?? 0n) : 0n;
  }
}

function billedCycles(tx: Transaction, outcome: Outcome): bigint {
  const name = txTypeName(tx.type);
  if (name !== 'orderSettle' && name !== 'batchSettle') return 0n;
  const settled = name === 'orderSettle' ? decodeOrderSettles(tx.body) : [decodeBatchSettle(tx.body)];
  return settled.reduce((sum, entry, i) => sum + (outcome.entries[i] === APPLIED ? entry.billCycles : 0n), 0n);
}
