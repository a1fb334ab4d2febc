/**
 * What a block tells its subscribers: derived from the block and the records it touched, so that anyone derives the same
 * events in the same order. An event's place is (height, index), contiguous in a block; `block.finalized` comes last.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { addressOf } from './address.ts';
import type { BuiltBlock } from './block/build.ts';
import { headerHash } from './block/header.ts';
import { APPLIED, codeOfNumber } from './errors.ts';
import type { OrderRecord } from './order/record.ts';
import { regionOf } from './regions.ts';
import { decodeBatchSettle } from './tx/batch-settle.ts';
import type { Transaction } from './tx/envelope.ts';
import { decodeOrderConfirm } from './tx/order-confirm.ts';
import { decodeOrderMatches } from './tx/order-match.ts';
import { decodeOrderOpen, orderIdOf } from './tx/order-open.ts';
import { decodeOrderOpenFor } from './tx/order-open-for.ts';
import { decodeOrderRefund } from './tx/order-refund.ts';
import { decodeOrderSettles } from './tx/order-settle.ts';
import { decodeResultProofs } from './tx/result-proof.ts';
import { txTypeName } from './tx/types.ts';
import { decodeWorkProofs } from './tx/work-proof.ts';
import { TX_EVENT_TYPES, txEventsOf } from './tx-events.ts';

export const EVENT_TYPES = [
  'block.finalized',
  'order.opened',
  'order.matched',
  'order.computed',
  'order.checked',
  'order.check_failed',
  'order.confirmed',
  'order.settled',
  'order.refunded',
  'order.refused',
  ...TX_EVENT_TYPES,
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

interface EventOf<Id, Account, Place> {
  readonly type: EventType;
  readonly height: bigint;
  /** Place in the block's events, from 0. */
  readonly index: number;
  /** Position of the transaction in the block; absent for block events. */
  readonly transactionIndex?: number;
  readonly order?: Id;
  /** The account that the event concerns: the demander of an order, who gets the money, else the sender. */
  readonly account?: Account;
  readonly region?: Place;
  readonly body: Readonly<Record<string, string | number | boolean | null>>;
}

/** As it is shown: an order by hex, an account by its address, a region by its name. */
export type ChainEvent = EventOf<string, string, string>;
/** As it is kept: an order's id, an account's key, a region's number. */
export type BlockEvent = EventOf<Uint8Array, Uint8Array, number>;

export function chainEvent({ order, account, region, ...event }: BlockEvent): ChainEvent {
  return {
    ...event,
    ...(order === undefined ? {} : { order: bytesToHex(order) }),
    ...(account === undefined ? {} : { account: addressOf(account) }),
    ...(region === undefined ? {} : { region: regionOf(region) }),
  };
}

/** An order that a transaction names, with the entry that names it and what became of that entry (0: applied). */
export interface NamedOrder {
  readonly order: Uint8Array;
  readonly entry: number;
  readonly code: number;
}

/** Ids of the orders that a transaction names, in the order of its body. The body decodes, or the transaction was not taken. */
export function ordersNamedBy(tx: Transaction, hash: Uint8Array): Uint8Array[] {
  switch (txTypeName(tx.type)) {
    case 'orderOpen':
      return [orderIdOf(decodeOrderOpen(tx.body).region, hash)];
    case 'orderOpenFor':
      return [orderIdOf(decodeOrderOpenFor(tx.body).order.region, hash)];
    case 'orderMatch':
      return decodeOrderMatches(tx.body).map((entry) => entry.order);
    case 'workProof':
      return decodeWorkProofs(tx.body).map((entry) => entry.order);
    case 'resultProof':
      return decodeResultProofs(tx.body).map((entry) => entry.order);
    case 'orderSettle':
      return decodeOrderSettles(tx.body).map((entry) => entry.order);
    case 'batchSettle':
      return decodeBatchSettle(tx.body).orders;
    case 'orderConfirm':
      return [decodeOrderConfirm(tx.body).order];
    case 'orderRefund':
      return [decodeOrderRefund(tx.body).order];
    default:
      return [];
  }
}

/**
 * The same with what became of each. A BatchSettle is one entry over all of its orders; one that was refused tells of none, for
 * it could name a hundred of anybody's at no fee.
 */
export function orderOutcomes(tx: Transaction, hash: Uint8Array, outcome: readonly number[]): NamedOrder[] {
  const codeOf = (entry: number) => outcome[entry] ?? APPLIED;
  if (txTypeName(tx.type) === 'batchSettle') {
    const orders = codeOf(0) === APPLIED ? ordersNamedBy(tx, hash) : [];
    return orders.map((order) => ({ order, entry: 0, code: APPLIED }));
  }
  return ordersNamedBy(tx, hash).map((order, entry) => ({ order, entry, code: codeOf(entry) }));
}

const EVENT_OF_TYPE: Partial<Record<NonNullable<ReturnType<typeof txTypeName>>, EventType>> = {
  orderOpen: 'order.opened',
  orderOpenFor: 'order.opened',
  orderMatch: 'order.matched',
  workProof: 'order.computed',
  orderConfirm: 'order.confirmed',
  orderSettle: 'order.settled',
  batchSettle: 'order.settled',
  orderRefund: 'order.refunded',
};

function orderEventType(tx: Transaction, entry: number): EventType {
  const name = txTypeName(tx.type);
  if (name === 'resultProof') {
    return decodeResultProofs(tx.body)[entry]?.verdict === 'passed' ? 'order.checked' : 'order.check_failed';
  }
  return EVENT_OF_TYPE[name as NonNullable<typeof name>] ?? 'order.refused';
}

function orderBody(record: OrderRecord | undefined): ChainEvent['body'] {
  if (!record) return {};
  return {
    state: record.state,
    kind: record.work.kind,
    attempt: record.attempt,
    priceLimitZhi: record.priceLimitZhi.toString(),
    quoteCycles: record.quoteCycles.toString(),
    provider: record.match ? addressOf(record.match.provider) : null,
    billZhi: record.state === 'settled' && record.match ? record.match.billZhi.toString() : null,
    resultRoot: record.claim ? bytesToHex(record.claim.resultRoot) : null,
  };
}

/** The demander and the region; of an order that was refused at its opening, whoever tried to open it. */
function concerned(record: OrderRecord | undefined, tx: Transaction): Pick<BlockEvent, 'account' | 'region'> {
  if (record) return { account: record.demander, region: record.region };
  const name = txTypeName(tx.type);
  if (name === 'orderOpenFor') return { account: decodeOrderOpenFor(tx.body).payer };
  return name === 'orderOpen' ? { account: tx.sender } : {};
}

export function eventsOf(built: BuiltBlock): BlockEvent[] {
  const { header } = built.block;
  const events: BlockEvent[] = [];
  const push = (event: Omit<BlockEvent, 'height' | 'index'>) =>
    events.push({ ...event, height: header.height, index: events.length });
  built.transactions.forEach(({ tx, hash, outcome }, transactionIndex) => {
    for (const { order, entry, code } of orderOutcomes(tx, hash, outcome.entries)) {
      const record = built.state.order(order);
      const refused = code === APPLIED ? {} : { refusedWith: codeOfNumber(code) ?? String(code) };
      push({
        type: code === APPLIED ? orderEventType(tx, entry) : 'order.refused',
        transactionIndex,
        order,
        ...concerned(record, tx),
        body: { ...orderBody(record), ...refused },
      });
    }
    for (const { entry, order, ...event } of txEventsOf(tx)) {
      if (outcome.entries[entry] !== APPLIED) continue;
      push({ ...event, transactionIndex, ...(order === undefined ? {} : { order: hexToBytes(order) }) });
    }
  });
  push({
    type: 'block.finalized',
    region: header.region,
    body: {
      hash: bytesToHex(headerHash(header)),
      parent: bytesToHex(header.parent),
      timeMs: header.timeMs.toString(),
      transactions: header.txCount,
      stateRoot: bytesToHex(header.stateRoot),
      cyclesBilled: header.cyclesBilled.toString(),
      supplyZhi: header.supplyZhi.toString(),
      mintedZhi: header.mintedZhi.toString(),
      burnedZhi: header.burnedZhi.toString(),
    },
  });
  return events;
}
