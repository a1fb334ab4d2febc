/** Reading records of the state as of the tip. */
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { TouchedRecord } from '../protocol/state/overlay.ts';
import { type RecordPlace, recordKindNumber, recordKindOf } from '../protocol/state/record.ts';
import { bytesOut, exactIn, hexOfKey, smallOut } from './exact.ts';
import { isEndpoint, record, valueOwner } from './schema.ts';
import type { LedgerQuery } from './store.ts';

const selected = { kind: smallOut(record.kind), key: bytesOut(record.key), value: bytesOut(record.value) };

interface RecordRow {
  kind: number;
  key: Uint8Array;
  value: Uint8Array;
}

const touched = ({ kind, key, value }: RecordRow): TouchedRecord => ({ kind: recordKindOf(kind), key, value });

export async function readRecord(query: LedgerQuery, { kind, key }: RecordPlace): Promise<Uint8Array | undefined> {
  const [row] = await query
    .select(selected)
    .from(record)
    .where(and(eq(record.kind, recordKindNumber(kind)), eq(record.key, key)));
  return row?.value;
}

/** Those of the places that hold a record, in (kind, key) order. */
export async function readRecords(query: LedgerQuery, places: readonly RecordPlace[]): Promise<TouchedRecord[]> {
  if (places.length === 0) return [];
  const json = JSON.stringify(places.map(({ kind, key }) => [recordKindNumber(kind), hexOfKey(key)]));
  const asked = sql`(${record.kind}, ${record.key}) IN (SELECT value ->> 0, unhex(value ->> 1) FROM json_each(${json}))`;
  const rows = await query.select(selected).from(record).where(asked).orderBy(asc(record.kind), asc(record.key));
  return rows.map(touched);
}

/**
 * Endpoints of an owner by key, from behind `after`: by the index of migration 0003, as the owner is the first field of the value.
 */
export async function readEndpointsOf(
  query: LedgerQuery,
  owner: Uint8Array,
  after: Uint8Array | undefined,
  limit: number,
): Promise<TouchedRecord[]> {
  const rows = await query
    .select(selected)
    .from(record)
    .where(and(isEndpoint, sql`${valueOwner} = ${owner}`, after && gt(record.key, after)))
    .orderBy(asc(record.key))
    .limit(limit);
  return rows.map(touched);
}

/** By (kind, key), from behind `after`. */
export async function readRecordPage(
  query: LedgerQuery,
  after: RecordPlace | undefined,
  limit: number,
  since?: bigint,
): Promise<TouchedRecord[]> {
  const behind =
    after && sql`(${record.kind}, ${record.key}) > (${exactIn(recordKindNumber(after.kind))}, ${after.key})`;
  const rows = await query
    .select(selected)
    .from(record)
    .where(and(behind, since === undefined ? undefined : gt(record.updatedHeight, since)))
    .orderBy(asc(record.kind), asc(record.key))
    .limit(limit);
  return rows.map(touched);
}
