/** Reads the values of places from D1, in as few statements as their kinds and bounds allow. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Ledger } from '../../../ledger/ledger.ts';
import { placeId, type StatePlace, type StateValue } from './state-place.ts';

/** Keys in one statement: as hex in JSON they are some 140 KB, and their rows stay below D1's bounds. */
const KEYS_MAX = 2_000;

export type StateLedger = Pick<Ledger, 'accounts' | 'orderRecords' | 'records'>;
export type Found = readonly [StatePlace, StateValue];

type Of<K extends StatePlace['kind']> = Extract<StatePlace, { kind: K }>;

function chunksOf<T>(all: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < all.length; i += KEYS_MAX) chunks.push(all.slice(i, i + KEYS_MAX));
  return chunks;
}

async function accounts(ledger: StateLedger, places: readonly Of<'account'>[]): Promise<Found[]> {
  const rows = await ledger.accounts(places.map(({ key }) => key));
  const values = new Map(rows.map(({ key, value }) => [bytesToHex(key), value]));
  return places.map((place) => [place, { kind: 'account', value: values.get(bytesToHex(place.key)) }]);
}

async function orders(ledger: StateLedger, places: readonly Of<'order'>[]): Promise<Found[]> {
  const rows = await ledger.orderRecords(places.map(({ key }) => key));
  const values = new Map(rows.map(({ key, value }) => [bytesToHex(key), value]));
  return places.map((place) => [place, { kind: 'order', value: values.get(bytesToHex(place.key)) }]);
}

async function records(ledger: StateLedger, places: readonly Of<'record'>[]): Promise<Found[]> {
  const rows = await ledger.records(places.map(({ record, key }) => ({ kind: record, key })));
  const idOf = (record: Of<'record'>['record'], key: Uint8Array) => placeId({ kind: 'record', record, key });
  const values = new Map(rows.map(({ kind, key, value }) => [idOf(kind, key), value]));
  return places.map((place) => [place, { kind: 'record', value: values.get(placeId(place)) }]);
}

export async function readValues(ledger: StateLedger, places: readonly StatePlace[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const chunk of chunksOf(places.filter((place) => place.kind === 'account'))) {
    found.push(...(await accounts(ledger, chunk)));
  }
  for (const chunk of chunksOf(places.filter((place) => place.kind === 'order'))) {
    found.push(...(await orders(ledger, chunk)));
  }
  for (const chunk of chunksOf(places.filter((place) => place.kind === 'record'))) {
    found.push(...(await records(ledger, chunk)));
  }
  return found;
}
