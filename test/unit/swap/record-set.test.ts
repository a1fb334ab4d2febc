/** A set is known by its root, and a record by its path there: nothing else of either passes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZERO_HASH } from '../../../protocol/hash.ts';
import { isInSet, type RecordPosition, type SwapRecord, swapSetOf } from '../../../protocol/swap/record-set.ts';
import { SET_PATH_MAX, SET_RECORDS_MAX } from '../../../protocol/swap/set-parts.ts';
import { SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { evmKey, testSet } from '../../support/swap.ts';

const lock = { txHash: new Uint8Array(32).fill(5), logIndex: 1 };

test.each([1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 100])('each of %i records is in its set, at its place alone', (holders) => {
  const set = testSet(`of-${holders}`, holders, (index) =>
    index % 2 === 1 ? { ...lock, logIndex: index } : undefined,
  );
  const { records, totalZhi, root } = set;
  for (const [index, record] of set.list.entries()) {
    const at = (place: number, path = set.path(index)): RecordPosition => ({ records, totalZhi, index: place, path });
    expect(isInSet(record, at(index), root)).toBe(true);
    for (const other of [index ^ 1, index + 1, index + records]) expect(isInSet(record, at(other), root)).toBe(false);
    expect(isInSet(record, at(index, [...set.path(index), ZERO_HASH]), root)).toBe(false);
    if (holders > 1) expect(isInSet(record, at(index, set.path(index).slice(1)), root)).toBe(false);
  }
});

describe('a record that is not in the set', () => {
  const set = testSet('some', 6, () => lock);
  const [record] = set.list as [SwapRecord];
  const { records, totalZhi, root } = set;
  const place: RecordPosition = { records, totalZhi, index: 0, path: set.path(0) };

  test.each<[string, Partial<SwapRecord>]>([
    ['a zhi more', { amountZhi: (record.amountZhi + 1n) as Zhi }],
    ['a zhi less', { amountZhi: (record.amountZhi - 1n) as Zhi }],
    ['nothing', { amountZhi: 0n as Zhi }],
    ['another holder', { holder: evmKey('stranger').address }],
    ['no lock', { lock: undefined }],
    ['another transaction', { lock: { ...lock, txHash: ZERO_HASH } }],
    ['another event', { lock: { ...lock, logIndex: 2 } }],
  ])('%s', (_, change) => {
    expect(isInSet(record, place, root)).toBe(true);
    expect(isInSet({ ...record, ...change }, place, root)).toBe(false);
  });

  test.each<[string, Partial<RecordPosition>]>([
    ['a set of more', { records: records + 1 }],
    ['a set of fewer', { records: records - 1 }],
    ['another sum', { totalZhi: (totalZhi + 1n) as Zhi }],
    ['another place', { index: 1 }],
    ['a path of the leaf itself', { path: [] }],
  ])('by %s', (_, change) => {
    expect(isInSet(record, { ...place, ...change }, root)).toBe(false);
  });

  test('under any changed byte of the root or of the path', () => {
    fc.assert(
      fc.property(fc.nat(31), fc.integer({ min: 1, max: 255 }), fc.nat(10), (at, mask, step) => {
        const flipped = (hash: Uint8Array) => hash.map((byte, i) => (i === at ? byte ^ mask : byte));
        expect(isInSet(record, place, flipped(root))).toBe(false);
        const path = place.path.map((hash, i) => (i === step % place.path.length ? flipped(hash) : hash));
        expect(isInSet(record, { ...place, path }, root)).toBe(false);
      }),
    );
  });
});

test('sets that differ in anything have another root', () => {
  const of = (change: Partial<SwapRecord>) =>
    swapSetOf([{ holder: evmKey('a').address, amountZhi: 5n as Zhi, lock: undefined, ...change }]).root;
  const roots = [of({}), of({ amountZhi: 6n as Zhi }), of({ holder: evmKey('b').address }), of({ lock })];
  expect(new Set(roots.map(String)).size).toBe(roots.length);
});

test('a path of the largest set fits', () => {
  expect(SET_RECORDS_MAX).toBe(2 ** SET_PATH_MAX);
  expect(testSet('deep', 2 ** 7).path(0)).toHaveLength(7);
});

test.each<[string, SwapRecord[]]>([
  ['none', []],
  ['nothing', [{ holder: evmKey('a').address, amountZhi: 0n as Zhi, lock: undefined }]],
  [
    'more than there is',
    [
      { holder: evmKey('a').address, amountZhi: SUPPLY_ZHI, lock: undefined },
      { holder: evmKey('b').address, amountZhi: 1n as Zhi, lock: undefined },
    ],
  ],
])('no set of records of %s', (_, records) => {
  expect(() => swapSetOf(records)).toThrow(RangeError);
});
