/** A second verifier of receipts, written from docs/receipt-format.md: plain, slow, and without a line of protocol/. */
import { type Cursor, demand, isInTree, Refused, readAll, tagBytes, tagged, u32Bytes, u64Bytes } from './bytes.ts';
import { isSigned } from './ed25519.ts';
import { type Genesis, readGenesis } from './genesis.ts';
import { storyOf, type Taken, type Told } from './story.ts';
import { readTransaction } from './transaction.ts';

export interface VerifiedReceipt extends Told {
  readonly genesis: string;
  readonly network: string;
  readonly mode: string;
  readonly order: string;
  readonly height: bigint;
  readonly blockHash: string;
}

/** A block as the receipt has it, without what the genesis and the block before it give. */
interface Block {
  readonly height: bigint;
  /** Undefined where the block before is the parent. */
  readonly parent: Buffer | undefined;
  readonly timeMs: bigint;
  readonly region: number;
  readonly proposerSeat: number;
  readonly epoch: bigint;
  readonly round: number;
  readonly regime: number;
  readonly txCount: number;
  readonly txRoot: Buffer;
  readonly receiptRoot: Buffer;
  readonly stateRoot: Buffer;
  readonly commitmentRoot: Buffer;
  /** Billed cycles, minted, burned. */
  readonly amounts: readonly bigint[];
  readonly seats: number;
  readonly signatures: readonly Buffer[];
}

function readBlock(cursor: Cursor): Block {
  const height = cursor.u64();
  const [parent] = cursor.list(1, cursor.hash);
  return {
    height,
    parent,
    timeMs: cursor.u64(),
    region: cursor.u8(),
    proposerSeat: cursor.u8(),
    epoch: cursor.u64(),
    round: cursor.u32(),
    regime: cursor.choice(3),
    txCount: cursor.u32(),
    txRoot: cursor.hash(),
    receiptRoot: cursor.hash(),
    stateRoot: cursor.hash(),
    commitmentRoot: cursor.hash(),
    amounts: [cursor.u64(), cursor.u64(), cursor.u64()],
    seats: cursor.u16(),
    signatures: cursor.list(13, cursor.signature),
  };
}

const isLinked = ({ seats, signatures }: Block): boolean => seats === 0 && signatures.length === 0;

interface Included {
  readonly block: number;
  readonly index: number;
  readonly bytes: Buffer;
  readonly path: readonly Buffer[];
  readonly outcome: readonly number[];
  readonly outcomePath: readonly Buffer[];
}

interface Receipt {
  readonly genesis: Buffer;
  readonly order: Buffer;
  readonly blocks: readonly Block[];
  readonly transactions: readonly Included[];
}

function readReceipt(cursor: Cursor): Receipt {
  demand(cursor.u8() === 2, 'another version');
  return {
    genesis: cursor.bytes(16_384),
    order: cursor.hash(),
    blocks: cursor.list(45, () => readBlock(cursor)),
    transactions: cursor.list(12, () => ({
      block: cursor.u8(),
      index: cursor.u32(),
      bytes: cursor.bytes(4096),
      path: cursor.list(32, cursor.hash),
      outcome: cursor.list(8, cursor.u16),
      outcomePath: cursor.list(32, cursor.hash),
    })),
  };
}

function readFile(text: string): Receipt {
  demand(text.length <= 65_536, 'too long');
  const [, base64 = ''] = /^ {2}"receipt": "([A-Za-z0-9+/=]*)"$/m.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const receipt = readAll(bytes, readReceipt);
  const file = {
    format: 'hai-receipt/2',
    genesis: tagged('HAI/genesis/1', receipt.genesis).toString('hex'),
    order: receipt.order.toString('hex'),
    receipt: bytes.toString('base64'),
  };
  demand(`${JSON.stringify(file, undefined, 2)}\n` === text, 'not the one text of a receipt');
  return receipt;
}

type FinalBlock = Block & { readonly hash: Buffer };

/** `before`: the block before it in the receipt. */
function hashOf(block: Block, before: FinalBlock | undefined, genesis: Genesis): Buffer {
  const follows = before !== undefined && isLinked(before);
  demand(
    follows === (block.parent === undefined),
    'a parent that is named where it follows, or is not where it does not',
  );
  demand(block.regime === 0, 'a block that is not final');
  demand(block.timeMs <= 253_402_300_799_999n, 'a time after the year 9999');
  return tagged(
    'HAI/block/1',
    ...[Buffer.from([1]), genesis.hash, u64Bytes(block.height), block.parent ?? (before as FinalBlock).hash],
    ...[u64Bytes(block.timeMs), Buffer.from([block.region, block.proposerSeat]), u64Bytes(block.epoch)],
    ...[u32Bytes(block.round), Buffer.from([block.regime]), u32Bytes(block.txCount), block.txRoot, block.receiptRoot],
    ...[block.stateRoot, u64Bytes(10n ** 18n), genesis.providersRoot, block.commitmentRoot, genesis.seatsRoot],
    ...block.amounts.map(u64Bytes),
  );
}

function finalBlocks(blocks: readonly Block[], genesis: Genesis): FinalBlock[] {
  const made: FinalBlock[] = [];
  for (const block of blocks) made.push({ ...block, hash: hashOf(block, made.at(-1), genesis) });
  for (const [i, block] of made.entries()) {
    const next = made[i + 1];
    if (next && isLinked(block))
      demand(next.height === block.height + 1n, 'another height than the block after it says');
    else demandCertificate(block, genesis);
    demand(!next || next.height > block.height, 'blocks out of order');
    demand(!next || next.timeMs >= block.timeMs, 'time runs backwards');
  }
  return made;
}

function demandCertificate({ seats, signatures, epoch, height, round, hash }: FinalBlock, genesis: Genesis): void {
  demand(seats < 2 ** 13, 'a seat that does not exist');
  const signers = genesis.seats.filter((_, seat) => (seats & (1 << seat)) !== 0);
  demand(signers.length === signatures.length && signers.length >= 9, 'not the signatures of a quorum');
  const vote = [genesis.hash, u64Bytes(epoch), u64Bytes(height), u32Bytes(round), Buffer.from([2]), hash];
  const message = Buffer.concat([tagBytes('HAI/vote/1'), ...vote]);
  for (const [i, key] of signers.entries()) demand(isSigned(key, message, signatures[i] as Buffer), 'a false vote');
}

function outcomeBytes(outcome: readonly number[]): Buffer {
  const bytes = Buffer.alloc(1 + 2 * outcome.length);
  bytes.writeUInt8(outcome.length);
  for (const [i, code] of outcome.entries()) bytes.writeUInt16LE(code, 1 + 2 * i);
  return bytes;
}

function verified(text: string, pin: string): VerifiedReceipt {
  const receipt = readFile(text);
  const hash = tagged('HAI/genesis/1', receipt.genesis);
  demand(hash.toString('hex') === pin, 'another network');
  const genesis = readPinned(receipt.genesis, hash);
  const blocks = finalBlocks(receipt.blocks, genesis);
  const all = receipt.transactions.map(({ block, index, bytes, path, outcome, outcomePath }): Taken => {
    const at = blocks[block];
    demand(at !== undefined, 'a block that is not there');
    const { txCount, txRoot, receiptRoot, timeMs } = at as FinalBlock;
    demand(isInTree(bytes, index, txCount, path, txRoot), 'a transaction that is not in its block');
    demand(isInTree(outcomeBytes(outcome), index, txCount, outcomePath, receiptRoot), 'another outcome');
    return { transaction: readTransaction(bytes, genesis), outcome, block, index, timeMs };
  });
  demand(blocks.length > 0, 'no block');
  for (const [i, one] of blocks.entries()) {
    const links = 0 < i && i < blocks.length - 1 && isLinked(one);
    demand(links || all.some(({ block }) => block === i), 'a block of nothing');
  }
  const told = storyOf(receipt.order, all, genesis);
  const last = blocks.at(-1) as FinalBlock;
  return {
    ...told,
    genesis: pin,
    network: genesis.network,
    mode: genesis.mode,
    order: receipt.order.toString('hex'),
    height: last.height,
    blockHash: last.hash.toString('hex'),
  };
}

/** The genesis may have more after what is read. */
function readPinned(bytes: Buffer, hash: Buffer): Genesis {
  return readAll(bytes, (cursor) => {
    const genesis = readGenesis(bytes, hash, cursor);
    cursor.take(bytes.length - cursor.at);
    return genesis;
  });
}

/** `text`: a receipt.json. `pin`: the trusted hash of the genesis, 64 hex digits. */
export function verifyReceiptIndependently(text: string, pin: string): VerifiedReceipt | Refused {
  try {
    return verified(text, pin);
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}
