/**
 * The body of one webhook: an event of the chain in the Standard Webhooks form, with the proof that it happened, so that the
 * receiver need not trust the sender (proof.ts checks it).
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import type { BlockBody } from '../block/block.ts';
import type { BlockHeader } from '../block/header.ts';
import type { ChainEvent, EventType } from '../events.ts';
import { encodeOutcome } from '../outcome.ts';
import { type MerklePaths, merklePathsOf } from './merkle-paths.ts';
import { rfc3339 } from './rfc3339.ts';

/** A block with its certificate, as the ledger keeps it. */
export interface FinalBlock {
  readonly header: BlockHeader;
  readonly hash: Uint8Array;
  readonly headerBytes: Uint8Array;
  readonly certificateBytes: Uint8Array;
  readonly body: BlockBody;
}

/** Canonical bytes in base64, hashes in lower-case hex. The last five are there for events of a transaction. */
export interface WireEventProof {
  readonly height: string;
  readonly blockHash: string;
  readonly header: string;
  readonly certificate: string;
  readonly transaction?: string;
  /** Position of the transaction in the block. */
  readonly index?: number;
  /** Audit path of the transaction to the header's txRoot, leaf side first. */
  readonly path?: readonly string[];
  /** What became of each entry of the transaction: 0 = applied, else the error's number. */
  readonly outcome?: readonly number[];
  /** Audit path of the outcome to the header's receiptRoot. */
  readonly outcomePath?: readonly string[];
}

export interface WireChainEvent {
  readonly type: EventType;
  /** The block's time, RFC 3339. */
  readonly timestamp: string;
  /** Of this webhook, from 1, without a gap: a decimal string. */
  readonly seq: string;
  readonly data: {
    readonly height: string;
    readonly index: number;
    readonly transactionIndex?: number;
    readonly order?: string;
    readonly account?: string;
    readonly region?: string;
    readonly body: ChainEvent['body'];
    readonly proof: WireEventProof;
  };
}

/**
 * 64 KiB: what receivers take without a word. The largest body is below 16 KB: a transaction of 4 KB is 5.5 KB in base64,
 * header and certificate are below 2.1 KB, two paths of 32 hashes below 4.4 KB.
 */
export const WEBHOOK_BODY_CHARS_MAX = 65_536;

/** Makes the bodies of a block's events; what the events share is computed once. */
export function webhookEvents(block: FinalBlock): (event: ChainEvent, seq: bigint) => string {
  const timestamp = rfc3339(block.header.timeMs);
  const prove = prover(block);
  return (event, seq) => {
    const { type, height, index, transactionIndex, order, account, region, body } = event;
    const data: WireChainEvent['data'] = {
      height: height.toString(),
      index,
      ...(transactionIndex === undefined ? {} : { transactionIndex }),
      ...(order === undefined ? {} : { order }),
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
      body,
      proof: prove(transactionIndex),
    };
    const text = JSON.stringify({ type, timestamp, seq: seq.toString(), data } satisfies WireChainEvent);
    if (text.length > WEBHOOK_BODY_CHARS_MAX) throw new Error(`the body of a webhook has ${text.length} characters`);
    return text;
  };
}

function prover({ header, hash, headerBytes, certificateBytes, body }: FinalBlock) {
  const ofBlock: WireEventProof = {
    height: header.height.toString(),
    blockHash: bytesToHex(hash),
    header: base64.encode(headerBytes),
    certificate: base64.encode(certificateBytes),
  };
  // A block's own event needs no tree.
  let trees: { readonly transactions: MerklePaths; readonly outcomes: MerklePaths } | undefined;
  return (index: number | undefined): WireEventProof => {
    if (index === undefined) return ofBlock;
    trees ??= {
      transactions: merklePathsOf(body.transactions),
      outcomes: merklePathsOf(body.outcomes.map(encodeOutcome)),
    };
    const path = trees.transactions.path(index).map(bytesToHex);
    const outcomePath = trees.outcomes.path(index).map(bytesToHex);
    const transaction = base64.encode(body.transactions[index] as Uint8Array);
    return { ...ofBlock, transaction, index, path, outcome: body.outcomes[index]?.entries ?? [], outcomePath };
  };
}
