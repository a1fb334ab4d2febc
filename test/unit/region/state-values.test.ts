/** Values are kept by weight, the least recently wanted go first, and only between two blocks. */
import { expect, test } from 'vitest';
import {
  accountPlace,
  orderPlace,
  placeId,
  recordPlace,
} from '../../../durable-objects/region/sequencer/state-place.ts';
import { ACCOUNTS_KEPT_MAX, StateValues } from '../../../durable-objects/region/sequencer/state-values.ts';
import { taggedHash } from '../../../protocol/hash.ts';

const keyOf = (i: number) => taggedHash('state-values', Uint8Array.of(i & 255, i >> 8));
const ABSENT = {
  account: { kind: 'account', value: undefined },
  record: { kind: 'record', value: undefined },
} as const;
const account = (i: number) => accountPlace(keyOf(i));
const record = (i: number) => recordPlace('dataset', keyOf(i));

function filled(accounts: number, records: number): StateValues {
  const values = new StateValues();
  for (let i = 0; i < accounts; i++) values.set(account(i), ABSENT.account, keyOf(i));
  for (let i = 0; i < records; i++) values.set(record(i), ABSENT.record, keyOf(i));
  return values;
}
const has = (values: StateValues, place: ReturnType<typeof account>) => values.get(placeId(place)) !== undefined;

test('as many accounts as the bound stay, and of one more the oldest goes', () => {
  const values = filled(ACCOUNTS_KEPT_MAX, 0);
  values.trim();
  expect(has(values, account(0))).toBe(true);
  values.set(account(ACCOUNTS_KEPT_MAX), ABSENT.account);
  expect(has(values, account(0))).toBe(true);
  values.trim();
  expect(has(values, account(0))).toBe(false);
  expect(has(values, account(1))).toBe(true);
});

test('a record weighs as much as four accounts', () => {
  const values = filled(ACCOUNTS_KEPT_MAX - 4, 1);
  values.trim();
  expect(has(values, account(0))).toBe(true);
  values.set(record(1), ABSENT.record);
  values.trim();
  expect([0, 1, 2, 3, 4].map((i) => has(values, account(i)))).toEqual([false, false, false, false, true]);
  expect(has(values, record(0))).toBe(true);
});

test('what is wanted or written again is the last to go, and counts once', () => {
  const values = filled(ACCOUNTS_KEPT_MAX, 0);
  expect(values.want(placeId(account(0)))).toBe(true);
  values.set(account(1), ABSENT.account);
  values.set(account(1), ABSENT.account);
  values.set(orderPlace(keyOf(0)), { kind: 'order', value: undefined });
  values.trim();
  expect([0, 1, 2, 3, 4, 5, 6].map((i) => has(values, account(i)))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    true,
  ]);
});

test('what is not here is not wanted', () => {
  expect(filled(1, 0).want(placeId(account(7)))).toBe(false);
});
