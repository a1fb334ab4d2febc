import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../protocol/address.ts';
import { type ChainEvent, EVENT_TYPES } from '../../../protocol/events.ts';
import { merklePath, merkleRoot, verifyMerklePath } from '../../../protocol/merkle.ts';
import { matchesFilter, type WebhookFilter, webhookFilterFault } from '../../../protocol/webhook/filter.ts';
import { merklePathsOf } from '../../../protocol/webhook/merkle-paths.ts';
import { RFC3339_MS_MAX, rfc3339 } from '../../../protocol/webhook/rfc3339.ts';

describe('rfc3339', () => {
  it('equals Date.toISOString over the whole range', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: RFC3339_MS_MAX }), (ms) => {
        expect(rfc3339(ms)).toBe(new Date(Number(ms)).toISOString());
      }),
      { numRuns: 2000, verbose: 1 },
    );
  });

  it.each([
    '1970-01-01',
    '2000-02-29',
    '2000-12-31',
    '2024-02-29',
    '2100-02-28',
    '2100-03-01',
    '2400-02-29',
    '9999-12-31',
  ])('gets %s right', (day) => {
    expect(rfc3339(BigInt(Date.parse(day)))).toBe(`${day}T00:00:00.000Z`);
  });

  it('refuses what has no four-digit year', () => {
    expect(() => rfc3339(-1n)).toThrow(RangeError);
    expect(() => rfc3339(RFC3339_MS_MAX + 1n)).toThrow(RangeError);
  });
});

describe('merklePathsOf', () => {
  it('equals merklePath for every leaf of every size up to 70', () => {
    for (let size = 1; size <= 70; size++) {
      const leaves = Array.from({ length: size }, (_, i) => Uint8Array.of(size, i));
      const paths = merklePathsOf(leaves);
      const root = merkleRoot(leaves);
      for (let i = 0; i < size; i++) {
        expect(paths.path(i)).toEqual(merklePath(leaves, i));
        expect(verifyMerklePath(leaves[i] as Uint8Array, i, size, paths.path(i), root)).toBe(true);
      }
    }
  });

  it.each([-1, 3, 0.5])('has no leaf %s of 3', (index) => {
    expect(() => merklePathsOf([1, 2, 3].map((n) => Uint8Array.of(n))).path(index)).toThrow(RangeError);
  });
});

const account = addressOf(new Uint8Array(32).fill(1));
const order = '03'.repeat(32);
const event: ChainEvent = {
  type: 'order.opened',
  height: 1n,
  index: 0,
  transactionIndex: 0,
  order,
  account,
  region: 'weur',
  body: {},
};

describe('matchesFilter', () => {
  it.each<[WebhookFilter, boolean]>([
    [{}, true],
    [{ types: ['order.opened', 'order.settled'] }, true],
    [{ types: ['order.settled'] }, false],
    [{ account }, true],
    [{ account: addressOf(new Uint8Array(32).fill(2)) }, false],
    [{ order }, true],
    [{ order: '04'.repeat(32) }, false],
    [{ region: 'weur' }, true],
    [{ region: 'apac' }, false],
    [{ types: ['order.opened'], account, order, region: 'weur' }, true],
    [{ types: ['order.opened'], account, order, region: 'apac' }, false],
  ])('%j: %s', (filter, expected) => {
    expect(matchesFilter(filter, event)).toBe(expected);
  });

  it('does not match an event without the field that it asks for', () => {
    const block: ChainEvent = { type: 'block.finalized', height: 1n, index: 1, region: 'weur', body: {} };
    expect(matchesFilter({ account }, block)).toBe(false);
    expect(matchesFilter({ order }, block)).toBe(false);
    expect(matchesFilter({ region: 'weur' }, block)).toBe(true);
  });
});

describe('webhookFilterFault', () => {
  it('takes every event type, an address, an order id and a region', () => {
    expect(webhookFilterFault({ types: [...EVENT_TYPES], account, order, region: 'me' })).toBeUndefined();
    expect(webhookFilterFault({})).toBeUndefined();
  });

  it.each<[WebhookFilter, string]>([
    [{ types: [] }, 'types'],
    [{ types: ['order.opened', 'order.opened'] }, 'types'],
    [{ types: ['order.*'] }, 'types'],
    [{ account: 'hai1' }, 'account'],
    [{ account: account.toUpperCase() }, 'account'],
    [{ order: 'AB'.repeat(32) }, 'order'],
    [{ order: 'ab' }, 'order'],
    [{ region: 'mars' }, 'region'],
  ])('%j: %s', (filter, param) => {
    expect(webhookFilterFault(filter)?.param).toBe(param);
  });
});
