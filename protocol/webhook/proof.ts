/**
 * What a receiver checks of a webhook besides its signature: that the event is one of a final block of the network whose
 * genesis it has pinned. Offline and without trust in the sender.
 *
 * Proved: the block is final; the transaction is in it with this outcome; its type and its order are those that the event
 * states; everything that `block.finalized` and the events of transactions without an order's life state. Not proved: the `body` of an order event, which tells of the
 * order's record (the receipt proves that), and that no event was left out (the gapless `seq` and the heights show that).
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { addressOf } from '../address.ts';
import { certificateFault, decodeCertificate } from '../block/certificate.ts';
import { type BlockHeader, decodeHeader, headerHash } from '../block/header.ts';
import type { VerifySignature } from '../ed25519.ts';
import { APPLIED } from '../errors.ts';
import { type EventType, orderOutcomes } from '../events.ts';
import { electionRoot, type Genesis, genesisHash } from '../genesis.ts';
import { equalBytes } from '../hash.ts';
import { verifyMerklePath } from '../merkle.ts';
import { encodeOutcome } from '../outcome.ts';
import { regionOf } from '../regions.ts';
import { parseTransaction, type Transaction, transactionHash } from '../tx/envelope.ts';
import { decodeResultProofs } from '../tx/result-proof.ts';
import { type TxTypeName, txTypeName } from '../tx/types.ts';
import { TX_EVENT_TYPES, type TxEventType, txEventsOf } from '../tx-events.ts';
import { SUPPLY_ZHI } from '../units.ts';
import type { WireChainEvent, WireEventProof } from './event.ts';
import { rfc3339 } from './rfc3339.ts';

type OrderEventType = Exclude<EventType, 'block.finalized' | 'order.refused' | TxEventType>;

/** The types of transaction that can bring an order's event about; any can be refused. */
const CAUSES: Record<OrderEventType, readonly TxTypeName[]> = {
  'order.opened': ['orderOpen', 'orderOpenFor'],
  'order.matched': ['orderMatch'],
  'order.computed': ['workProof'],
  'order.checked': ['resultProof'],
  'order.check_failed': ['resultProof'],
  'order.confirmed': ['orderConfirm'],
  'order.settled': ['orderSettle', 'batchSettle'],
  'order.refunded': ['orderRefund'],
};

/** Why the event is not proved, or undefined. Whatever does not decode is a fault, not an exception. */
export async function eventFault(
  event: WireChainEvent,
  genesis: Genesis,
  verify: VerifySignature,
): Promise<string | undefined> {
  try {
    const network = genesisHash(genesis);
    const header = decodeHeader(base64.decode(event.data.proof.header));
    const fault = await blockFault(event, header, { genesis, network, verify });
    if (fault) return fault;
    if (event.type === 'block.finalized') return summaryFault(event.data, header);
    return transactionFault(event, header, network);
  } catch {
    return 'the proof does not decode';
  }
}

interface Pinned {
  readonly genesis: Genesis;
  readonly network: Uint8Array;
  readonly verify: VerifySignature;
}

async function blockFault(
  { data, timestamp }: WireChainEvent,
  header: BlockHeader,
  { genesis, network, verify }: Pinned,
): Promise<string | undefined> {
  const { proof, height } = data;
  if (!equalBytes(header.genesis, network)) return 'a block of another network';
  if (!equalBytes(header.electionRoot, electionRoot(genesis))) return 'a block of another seat set';
  if (header.supplyZhi !== SUPPLY_ZHI) return 'a block of another supply';
  if (header.height.toString() !== height || proof.height !== height) return 'a block of another height';
  if (bytesToHex(headerHash(header)) !== proof.blockHash) return 'another block hash';
  if (rfc3339(header.timeMs) !== timestamp) return 'another time than the block';
  return certificateFault(header, decodeCertificate(base64.decode(proof.certificate)), genesis.seats, verify);
}

function summaryFault({ body, region }: WireChainEvent['data'], header: BlockHeader): string | undefined {
  const stated: WireChainEvent['data']['body'] = {
    hash: bytesToHex(headerHash(header)),
    parent: bytesToHex(header.parent),
    timeMs: header.timeMs.toString(),
    transactions: header.txCount,
    stateRoot: bytesToHex(header.stateRoot),
    cyclesBilled: header.cyclesBilled.toString(),
    supplyZhi: header.supplyZhi.toString(),
    mintedZhi: header.mintedZhi.toString(),
    burnedZhi: header.burnedZhi.toString(),
  };
  const names = new Set([...Object.keys(stated), ...Object.keys(body)]);
  const wrong = [...names].find((name) => body[name] !== stated[name]);
  if (wrong !== undefined) return `another ${wrong} than the block's`;
  return region === regionOf(header.region) ? undefined : 'another region than the block';
}

type TransactionProof = Required<WireEventProof>;

function transactionFault(event: WireChainEvent, header: BlockHeader, network: Uint8Array): string | undefined {
  const proof = event.data.proof as TransactionProof;
  if (event.data.transactionIndex !== proof.index) return 'the proof is of another transaction';
  const bytes = base64.decode(proof.transaction);
  const isIn = (leaf: Uint8Array, path: readonly string[], root: Uint8Array) =>
    verifyMerklePath(leaf, proof.index, header.txCount, path.map(hexToBytes), root);
  if (!isIn(bytes, proof.path, header.txRoot)) return 'the transaction is not in the block';
  if (!isIn(encodeOutcome({ entries: [...proof.outcome] }), proof.outcomePath, header.receiptRoot)) {
    return 'the outcome is not in the block';
  }
  const parsed = parseTransaction(bytes, network);
  if (!parsed.ok) return 'the transaction does not parse';
  const { value: tx } = parsed;
  if (isTxEventType(event.type)) return txEventFault(event, tx, proof.outcome);
  const shown = orderOutcomes(tx, transactionHash(bytes), proof.outcome).some(
    ({ order, entry, code }) => bytesToHex(order) === event.data.order && brings(tx, entry, code, event.type),
  );
  return shown ? undefined : 'the transaction does not bring this event about';
}

/** Whether entry `entry` of the transaction, with its outcome, is what an order event of this type stands for. */
function brings(tx: Transaction, entry: number, code: number, type: EventType): boolean {
  if (type === 'order.refused') return code !== APPLIED;
  const name = txTypeName(tx.type);
  if (code !== APPLIED || !name || !CAUSES[type as OrderEventType]?.includes(name)) return false;
  if (name !== 'resultProof') return true;
  return (decodeResultProofs(tx.body)[entry]?.verdict === 'passed') === (type === 'order.checked');
}

const isTxEventType = (type: EventType): type is TxEventType => (TX_EVENT_TYPES as readonly string[]).includes(type);

/** Such an event is a function of its transaction: it is made again, and compared in all that it states. */
function txEventFault({ type, data }: WireChainEvent, tx: Transaction, outcome: readonly number[]): string | undefined {
  const ofType = txEventsOf(tx).filter((made) => made.type === type && outcome[made.entry] === APPLIED);
  if (ofType.length === 0) return 'the transaction does not bring this event about';
  const shown = ofType.some(
    ({ order, account, body }) =>
      data.region === undefined &&
      data.order === order &&
      data.account === addressOf(account) &&
      sameBody(data.body, body),
  );
  return shown ? undefined : 'the transaction states something else';
}

function sameBody(a: WireChainEvent['data']['body'], b: WireChainEvent['data']['body']): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}
