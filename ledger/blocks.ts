/** Reading final blocks and their transactions. */
import { and, asc, desc, eq, gte, lt } from 'drizzle-orm';
import type { Parent } from '../protocol/block/link.ts';
import { equalBytes } from '../protocol/hash.ts';
import type { Place } from '../protocol/seal/stage.ts';
import type { BlockHeight, UnixMs } from '../protocol/units.ts';
import { amongKeys, exactOut, smallOut } from './exact.ts';
import { block, genesis, orderTransaction, tip, transaction } from './schema.ts';
import { builder, type Statement, statementOf } from './statement.ts';
import type { LedgerQuery } from './store.ts';

/** A final block without its body, which may be 1 MiB. */
export interface LedgerBlockHead {
  readonly height: bigint;
  readonly hash: Uint8Array;
  readonly timeMs: bigint;
  /** Canonical bytes: protocol/block/header.ts, block.ts and certificate.ts decode them. */
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
}

export interface LedgerBlock extends LedgerBlockHead {
  /** Empty once it was moved to the archive: no block's body is. */
  readonly body: Uint8Array;
}

export interface LedgerTransaction {
  readonly hash: Uint8Array;
  readonly height: bigint;
  readonly index: number;
  readonly type: number;
  readonly sender: Uint8Array;
  readonly nonce: bigint;
  /** One error number an entry, 0 for applied. */
  readonly outcome: number[];
}

/** A transaction with the entry of it that names an order. */
export interface OrderTransaction extends LedgerTransaction {
  readonly entry: number;
  /** Error number of that entry, 0 for applied. */
  readonly code: number;
}

export async function readGenesis(query: LedgerQuery): Promise<Uint8Array | undefined> {
  const [row] = await query.select({ bytes: genesis.bytes }).from(genesis);
  return row?.bytes;
}

/** The parent of the next block. */
export async function readTip(query: LedgerQuery): Promise<Parent | undefined> {
  const selected = { hash: tip.hash, height: exactOut(tip.height), timeMs: exactOut(tip.timeMs) };
  const [row] = await query.select(selected).from(tip);
  return row && { hash: row.hash, height: row.height as BlockHeight, timeMs: row.timeMs as UnixMs };
}

const head = {
  height: exactOut(block.height),
  hash: block.hash,
  timeMs: exactOut(block.timeMs),
  header: block.header,
  certificate: block.certificate,
};

const at = (place: bigint | Uint8Array) =>
  typeof place === 'bigint' ? eq(block.height, place) : eq(block.hash, place);

export async function readBlock(query: LedgerQuery, place: bigint | Uint8Array): Promise<LedgerBlock | undefined> {
  const [row] = await query
    .select({ ...head, body: block.body })
    .from(block)
    .where(at(place));
  return row;
}

/** What is left of a block whose body is in the archive. */
export const dropBodyStatement = (height: bigint): Statement =>
  statementOf(
    builder
      .update(block)
      .set({ body: new Uint8Array(0) })
      .where(at(height)),
  );

export async function readBlockHash(query: LedgerQuery, height: bigint): Promise<Uint8Array | undefined> {
  const [row] = await query.select({ hash: block.hash }).from(block).where(at(height));
  return row?.hash;
}

/** Newest first, from below `before`. */
export async function readBlockPage(
  query: LedgerQuery,
  before: bigint | undefined,
  limit: number,
): Promise<LedgerBlockHead[]> {
  const earlier = before === undefined ? undefined : lt(block.height, before);
  return query.select(head).from(block).where(earlier).orderBy(desc(block.height)).limit(limit);
}

/** Canonical bytes of the headers from a height on, in order. */
export async function readHeaders(query: LedgerQuery, from: bigint, limit: number): Promise<Uint8Array[]> {
  const rows = await query
    .select({ header: block.header })
    .from(block)
    .where(gte(block.height, from))
    .orderBy(asc(block.height))
    .limit(limit);
  return rows.map(({ header }) => header);
}

const taken = {
  hash: transaction.hash,
  height: exactOut(transaction.height),
  index: smallOut(transaction.idx),
  type: smallOut(transaction.type),
  sender: transaction.sender,
  nonce: exactOut(transaction.nonce),
  outcome: transaction.outcome,
};

function ledgerTransaction<R extends { outcome: string }>(row: R): Omit<R, 'outcome'> & { outcome: number[] } {
  return { ...row, outcome: JSON.parse(row.outcome) as number[] };
}

export async function readTransaction(query: LedgerQuery, hash: Uint8Array): Promise<LedgerTransaction | undefined> {
  const [row] = await query.select(taken).from(transaction).where(eq(transaction.hash, hash));
  return row && ledgerTransaction(row);
}

/**
 * Those of them that are in a final block of a ledger which holds the block at `upTo`. Undefined of one that does not: an older copy was
 * put in its place, and says nothing. Both by one statement, since it may be put in place, and taken back, between any two.
 */
export async function readSealedAmong(
  query: LedgerQuery,
  hashes: readonly Uint8Array[],
  upTo: Place,
): Promise<Uint8Array[] | undefined> {
  const found: Uint8Array[] = [];
  for (let from = 0; from < hashes.length; from += ASKED_AT_ONCE) {
    const some = hashes.slice(from, from + ASKED_AT_ONCE);
    const rows = await query
      .select({ hash: transaction.hash })
      .from(transaction)
      .where(amongKeys(transaction.hash, some))
      .unionAll(
        query
          .select({ hash: block.hash })
          .from(block)
          .where(and(eq(block.height, upTo.height), eq(block.hash, upTo.hash))),
      );
    const sealed = rows.filter(({ hash }) => !equalBytes(hash, upTo.hash));
    // The genesis is no block that the ledger could hold.
    if (upTo.height > 0n && sealed.length === rows.length) return undefined;
    found.push(...sealed.map(({ hash }) => hash));
  }
  return found;
}

/** Hashes of one statement: 335 KB in hex, of the megabyte that D1 takes in a parameter. */
const ASKED_AT_ONCE = 5_000;

/** In block order. */
export async function readTransactionsOfBlock(query: LedgerQuery, height: bigint): Promise<LedgerTransaction[]> {
  const rows = await query
    .select(taken)
    .from(transaction)
    .where(eq(transaction.height, height))
    .orderBy(asc(transaction.idx));
  return rows.map(ledgerTransaction);
}

/**
 * Every entry that names the order, applied or refused, in chain order. Bounded, because anyone may go on naming an order in
 * transactions that are refused; `applied` leaves those out.
 */
export async function readTransactionsOfOrder(
  query: LedgerQuery,
  order: Uint8Array,
  only: 'all' | 'applied',
  limit: number,
): Promise<OrderTransaction[]> {
  const rows = await query
    .select({ ...taken, entry: smallOut(orderTransaction.entry), code: smallOut(orderTransaction.code) })
    .from(orderTransaction)
    .innerJoin(
      transaction,
      and(eq(transaction.height, orderTransaction.height), eq(transaction.idx, orderTransaction.idx)),
    )
    .where(and(eq(orderTransaction.orderId, order), only === 'applied' ? eq(orderTransaction.code, 0) : undefined))
    .orderBy(asc(orderTransaction.height), asc(orderTransaction.idx), asc(orderTransaction.entry))
    .limit(limit);
  return rows.map(ledgerTransaction);
}
