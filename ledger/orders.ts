/** Reading orders as of the tip. */
import { and, asc, desc, eq, gt, type SQL, sql } from 'drizzle-orm';
import { decodeOrderRecord, type OrderRecord } from '../protocol/order/record.ts';
import type { Keyed } from './effects.ts';
import { amongKeys, bytesOut, exactIn, exactOut } from './exact.ts';
import { chainOrder } from './schema.ts';
import type { LedgerQuery } from './store.ts';

export interface LedgerOrder {
  readonly id: Uint8Array;
  readonly record: OrderRecord;
  /** The block that opened it, and the last one that changed it. */
  readonly openedHeight: bigint;
  readonly updatedHeight: bigint;
}

/** Where a page of one demander's orders ended. */
export interface OrderCursor {
  readonly openedHeight: bigint;
  readonly id: Uint8Array;
}

const selected = {
  id: bytesOut(chainOrder.id),
  record: bytesOut(chainOrder.record),
  openedHeight: exactOut(chainOrder.openedHeight),
  updatedHeight: exactOut(chainOrder.updatedHeight),
};

interface OrderRow {
  id: Uint8Array;
  record: Uint8Array;
  openedHeight: bigint;
  updatedHeight: bigint;
}

const ledgerOrder = (row: OrderRow): LedgerOrder => ({ ...row, record: decodeOrderRecord(row.record) });

export async function readOrder(query: LedgerQuery, id: Uint8Array): Promise<LedgerOrder | undefined> {
  const [row] = await query.select(selected).from(chainOrder).where(eq(chainOrder.id, id));
  return row && ledgerOrder(row);
}

export async function readOrderPage(
  query: LedgerQuery,
  after: Uint8Array | undefined,
  limit: number,
  since?: bigint,
): Promise<Keyed<OrderRecord>[]> {
  const later = and(
    after && gt(chainOrder.id, after),
    since === undefined ? undefined : gt(chainOrder.updatedHeight, since),
  );
  const rows = await query.select(selected).from(chainOrder).where(later).orderBy(asc(chainOrder.id)).limit(limit);
  return rows.map(keyedRecord);
}

const keyedRecord = ({ id, record }: OrderRow): Keyed<OrderRecord> => ({ key: id, value: decodeOrderRecord(record) });

/** Those of the orders that exist, in id order. */
export async function readOrderRecords(query: LedgerQuery, ids: readonly Uint8Array[]): Promise<Keyed<OrderRecord>[]> {
  if (ids.length === 0) return [];
  const asked = amongKeys(chainOrder.id, ids);
  return (await query.select(selected).from(chainOrder).where(asked).orderBy(asc(chainOrder.id))).map(keyedRecord);
}

const before = ({ openedHeight, id }: OrderCursor): SQL =>
  sql`(${chainOrder.openedHeight}, ${chainOrder.id}) < (${exactIn(openedHeight)}, ${id})`;

/** Newest first. */
export async function readOrdersOf(
  query: LedgerQuery,
  demander: Uint8Array,
  cursor: OrderCursor | undefined,
  limit: number,
): Promise<LedgerOrder[]> {
  const rows = await query
    .select(selected)
    .from(chainOrder)
    .where(and(eq(chainOrder.demander, demander), cursor && before(cursor)))
    .orderBy(desc(chainOrder.openedHeight), desc(chainOrder.id))
    .limit(limit);
  return rows.map(ledgerOrder);
}
