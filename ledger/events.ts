/** Reading the outbox. */
import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import { parseAddress } from '../protocol/address.ts';
import { type ChainEvent, chainEvent, type EventType } from '../protocol/events.ts';
import { type Region, regionNumber } from '../protocol/regions.ts';
import { exactIn, exactOut, keyFromHex, smallOrNullOut, smallOut } from './exact.ts';
import { event } from './schema.ts';
import type { LedgerQuery } from './store.ts';

/** An event's place. `{ height: 0n, index: 0 }` is before the first. */
export interface EventPlace {
  readonly height: bigint;
  readonly index: number;
}

/** An event passes when it meets every condition that is given; ids and addresses as in ChainEvent. */
export interface EventFilter {
  readonly types?: readonly EventType[];
  readonly account?: string;
  readonly order?: string;
  readonly region?: Region;
}

const selected = {
  height: exactOut(event.height),
  index: smallOut(event.idx),
  type: event.type,
  transactionIdx: smallOrNullOut(event.transactionIdx),
  orderId: event.orderId,
  account: event.account,
  region: smallOrNullOut(event.region),
  body: event.body,
};

interface EventRow {
  height: bigint;
  index: number;
  type: string;
  transactionIdx: number | null;
  orderId: Uint8Array | null;
  account: Uint8Array | null;
  region: number | null;
  body: string;
}

function eventIn(row: EventRow): ChainEvent {
  return chainEvent({
    type: row.type as EventType,
    height: row.height,
    index: row.index,
    ...(row.transactionIdx === null ? {} : { transactionIndex: row.transactionIdx }),
    ...(row.orderId === null ? {} : { order: row.orderId }),
    ...(row.account === null ? {} : { account: row.account }),
    ...(row.region === null ? {} : { region: row.region }),
    body: JSON.parse(row.body) as ChainEvent['body'],
  });
}

function passes({ types, account, order, region }: EventFilter): SQL | undefined {
  const key = account === undefined ? undefined : parseAddress(account);
  if (account !== undefined && !key) return sql`FALSE`;
  return and(
    types && inArray(event.type, [...types]),
    key && eq(event.account, key),
    order === undefined ? undefined : eq(event.orderId, keyFromHex(order)),
    region === undefined ? undefined : eq(event.region, regionNumber(region)),
  );
}

/** In order, from behind `after`. */
export async function readEvents(
  query: LedgerQuery,
  after: EventPlace,
  limit: number,
  filter: EventFilter,
): Promise<ChainEvent[]> {
  const later = sql`(${event.height}, ${event.idx}) > (${exactIn(after.height)}, ${exactIn(after.index)})`;
  const rows = await query
    .select(selected)
    .from(event)
    .where(and(later, passes(filter)))
    .orderBy(asc(event.height), asc(event.idx))
    .limit(limit);
  return rows.map(eventIn);
}
