/** The transactions of one block against a state, one after another: what the builder and whoever validates have in common. */
import type { ErrorCode } from '../errors.ts';
import { electionRoot, type Genesis, resourceRoot } from '../genesis.ts';
import { type Hash, ZERO_HASH } from '../hash.ts';
import { Overlay, type StateView } from '../state/overlay.ts';
import { ReadRecord, type TouchedKeys } from '../state/reads.ts';
import type { Root } from '../state/tree.ts';
import { applyTransaction, type Outcome } from '../transition.ts';
import type { Transaction } from '../tx/envelope.ts';
import { decodeOrderSettles } from '../tx/order-settle.ts';
import type { Posting, RuleContext } from '../tx/rule.ts';
import { txTypeNumber } from '../tx/types.ts';
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
  readonly hash: Hash;
  readonly bytes: Uint8Array;
  readonly outcome: Outcome;
  readonly postings: Posting[];
}

const SETTLE = txTypeNumber('orderSettle');

export class Execution {
  readonly context: RuleContext;
  /** The block's writes. */
  readonly state: Overlay;
  readonly transactions: ExecutedTransaction[] = [];
  readonly #reads: ReadRecord;
  #cyclesBilled = 0n;
  #bodyBytes = BODY_ENTRY_OVERHEAD;

  constructor(context: RuleContext, base: StateView) {
    this.context = context;
    this.#reads = new ReadRecord(base);
    this.state = new Overlay(this.#reads);
  }

  hasRoomFor(bytes: Uint8Array): boolean {
    const size = bytes.length + BODY_ENTRY_OVERHEAD;
    return this.transactions.length < BLOCK_TRANSACTIONS_MAX && this.#bodyBytes + size <= BLOCK_BYTES_MAX;
  }

  /** Applies a transaction whose signatures all verified, or says why it can't be in this block; then nothing is changed. */
  take(tx: Transaction, hash: Hash, bytes: Uint8Array): ErrorCode | undefined {
    const result = applyTransaction(tx, hash, this.state, this.context);
    if (typeof result === 'string') {
      this.#reads.drop();
      return result;
    }
    this.#reads.keep();
    this.transactions.push({ hash, bytes, ...result });
    this.#bodyBytes += bytes.length + BODY_ENTRY_OVERHEAD;
    if (tx.type === SETTLE) this.#cyclesBilled += billedCycles(tx.body, result.outcome);
    return undefined;
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

  /** The header over what was executed; `root` is the state's after it. */
  header(parent: Parent, proposerSeat: number, root: Root): BlockHeader {
    const { genesis, genesisHash, height, timeMs } = this.context;
    const body = this.body();
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
      txCount: body.transactions.length,
      txRoot: txRootOf(body.transactions),
      receiptRoot: receiptRootOf(body.outcomes),
      stateRoot: root.hash,
      supplyZhi: zhi(root.sum) as Zhi,
      ...rootsOf(genesis),
      cyclesBilled: this.#cyclesBilled as HpuCycles,
    };
  }
}

/** The roots that no transaction changes yet. */
const rootsOf = (genesis: Genesis) => ({
  resourceRoot: resourceRoot(genesis),
  commitmentRoot: ZERO_HASH,
  electionRoot: electionRoot(genesis),
});

function billedCycles(body: Uint8Array, outcome: Outcome): bigint {
  return decodeOrderSettles(body).reduce(
    (sum, entry, i) => sum + (outcome.entries[i] === 0 ? entry.billCycles : 0n),
    0n,
  );
}
