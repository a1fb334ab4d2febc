/** Records are told apart by kind and key, and their numbers are for ever. */
import { expect, test } from 'vitest';
import { CodecError, struct, u8, u64 } from '../../../protocol/codec.ts';
import { accountLeafKey, orderLeafKey, recordLeafKey } from '../../../protocol/state/leaves.ts';
import { Overlay } from '../../../protocol/state/overlay.ts';
import { ReadRecord } from '../../../protocol/state/reads.ts';
import {
  ONLY_KEY,
  pairKey,
  RECORD_KINDS,
  recordKindNumber,
  recordKindOf,
  recordTable,
} from '../../../protocol/state/record.ts';

const NOTHING = { account: () => undefined, order: () => undefined, record: () => undefined };
const A = new Uint8Array(32).fill(1);
const B = new Uint8Array(32).fill(2);

test('the numbers of the kinds', () => {
  const numbers = Object.fromEntries(RECORD_KINDS.map((kind) => [kind, recordKindNumber(kind)]));
  expect(numbers).toEqual({
    batch: 0,
    reservation: 1,
    bond: 2,
    tally: 3,
    epoch: 4,
    allowance: 5,
    dataset: 6,
    grant: 7,
    model: 8,
    junkFlag: 9,
    commitments: 10,
    parameter: 11,
    proposal: 12,
    ballot: 13,
    swapSet: 14,
    swapClaim: 15,
    swapOut: 16,
    endpoint: 17,
  });
  expect(RECORD_KINDS.map((kind) => recordKindOf(recordKindNumber(kind)))).toEqual(RECORD_KINDS);
  expect(() => recordKindOf(RECORD_KINDS.length)).toThrow(RangeError);
});

test('one key is another leaf as an account, an order and each kind of record', () => {
  const leaves = [accountLeafKey(A), orderLeafKey(A), ...RECORD_KINDS.map((kind) => recordLeafKey(kind, A))];
  expect(new Set(leaves.map(String)).size).toBe(RECORD_KINDS.length + 2);
});

test('a pair is ordered, and of its kind', () => {
  const keys = [pairKey('grant', A, B), pairKey('grant', B, A), pairKey('allowance', A, B), pairKey('grant', A, A)];
  expect(new Set(keys.map(String)).size).toBe(4);
  expect(pairKey('grant', A, B)).toEqual(keys[0]);
});

test('a write reads first, so that a witness covers it', () => {
  const reads = new ReadRecord(NOTHING);
  const state = new Overlay(reads);
  const table = recordTable('epoch', struct({ n: u64 }));
  table.write(state, ONLY_KEY, { n: 7n });
  reads.keep();
  expect(reads.touched().records).toEqual([{ kind: 'epoch', key: ONLY_KEY }]);
  expect(table.read(state, ONLY_KEY)).toEqual({ n: 7n });
  expect(table.read(state, A)).toBeUndefined();
});

test('a value that is not its kind’s encoding is a fault, not an absence', () => {
  const state = new Overlay(NOTHING);
  state.setRecord('epoch', ONLY_KEY, Uint8Array.of(1));
  expect(() => recordTable('epoch', struct({ n: u64 })).read(state, ONLY_KEY)).toThrow(CodecError);
  expect(recordTable('epoch', struct({ n: u8 })).read(state, ONLY_KEY)).toEqual({ n: 1 });
});

test('an overlay keeps kinds apart, and hands its records down', () => {
  const below = new Overlay(NOTHING);
  const above = new Overlay(below);
  above.setRecord('bond', A, Uint8Array.of(1));
  expect(above.record('bond', A)).toEqual(Uint8Array.of(1));
  expect(above.record('tally', A)).toBeUndefined();
  expect(below.record('bond', A)).toBeUndefined();
  above.commitTo(below);
  expect(below.records()).toEqual([{ kind: 'bond', key: A, value: Uint8Array.of(1) }]);
});
