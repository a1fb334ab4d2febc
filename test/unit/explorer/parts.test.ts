import { describe, expect, test } from 'vitest';
import { CSV_BYTES_MAX, dataSetOf, dataSetOfFile } from '../../../clients/explorer/data-set.ts';
import { duration, grouped, hai, percent, shortAddress } from '../../../clients/explorer/format.ts';
import { pinnedGenesis } from '../../../clients/explorer/pin.ts';
import { placeOf } from '../../../clients/explorer/place-of.ts';
import { scoreOf } from '../../../clients/explorer/score.ts';
import { languageFor } from '../../../clients/explorer/text/language.ts';
import { SEALED_BYTES_MAX } from '../../../protocol/order/sealed.ts';

const rowsOf = (count: number, features: number): string =>
  [
    [...Array.from({ length: features }, (_, i) => `f${i}`), 'target'].join(','),
    ...Array.from({ length: count }, (_, row) => [...Array(features).fill(row), row % 2].join(',')),
  ].join('\n');

describe('a data set', () => {
  test('is split before anything leaves: a fifth is held out', () => {
    const made = dataSetOf('a.csv', rowsOf(100, 3));
    if (!made.ok) throw new Error(made.code);
    const { table, train, heldOut } = made.value;
    expect([table.rows, train.rows, heldOut.rows]).toEqual([100, 80, 20]);
  });

  test('holds out no more rows than an envelope carries', () => {
    const made = dataSetOf('wide.csv', rowsOf(3000, 300));
    if (!made.ok) throw new Error(made.code);
    const { heldOut } = made.value;
    expect(heldOut.x.length).toBe(heldOut.rows * 300);
    expect(heldOut.y.length).toBe(heldOut.rows);
    expect(heldOut.x.byteLength + 256).toBeLessThanOrEqual(SEALED_BYTES_MAX);
    expect(heldOut.rows).toBeLessThan(600);
  });

  test.each([
    ['a,b,t\n1,2,0\n3,x,1\n', 'cell_not_numeric', { row: '2', column: 'b' }],
    ['a,b,t\n1,2,0\n3,NaN,1\n', 'cell_not_numeric', { row: '2', column: 'b' }],
    ['a,b,t\n1,2,0\n3,4\n', 'ragged_row', { row: '2', column: 't' }],
    ['a,b,t\n', 'no_rows', undefined],
    ['a,b,t\n1,2,0\n3,4,0\n', 'one_class', undefined],
    ['a,b,t\n1,2,0\n3,4,1\n', 'no_rows', undefined],
  ])('%j is refused with %s, in its place', (text, code, place) => {
    const refused = dataSetOf('bad.csv', text);
    if (refused.ok) throw new Error('accepted');
    expect(refused.code).toBe(code);
    expect(placeOf(refused)).toEqual(place);
  });

  test('a file beyond the bound is refused before it is read', async () => {
    const file = { name: 'big.csv', size: CSV_BYTES_MAX + 1, text: () => Promise.reject(new Error('read')) };
    expect(await dataSetOfFile(file as unknown as File)).toMatchObject({ ok: false, code: 'too_many_cells' });
  });
});

describe('a score', () => {
  test('counts the rows that are right', () => {
    expect(scoreOf(Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 2, 0, 4))).toEqual({
      right: 3,
      rows: 4,
      accuracy: 0.75,
    });
  });
  test('of another number of rows is a fault', () => {
    expect(() => scoreOf(new Uint8Array(3), new Uint8Array(4))).toThrow(RangeError);
  });
});

describe('the pin in the address', () => {
  const hash = 'ab'.repeat(32);
  test.each([
    [`#genesis=${hash}`, hash],
    [`#x=1&genesis=${hash}`, hash],
    [`#genesis=${hash}&x=1`, hash],
    [`#genesis=${hash}0`, undefined],
    [`#genesis=${hash.toUpperCase()}`, undefined],
    [`#mygenesis=${hash}`, undefined],
    ['', undefined],
  ])('%s', (fragment, pin) => expect(pinnedGenesis(fragment)).toBe(pin));
});

describe('the language', () => {
  test.each([
    [['zh-TW', 'en'], 'zh'],
    [[null, 'zh-CN'], 'zh'],
    [['en-GB', 'zh'], 'en'],
    [['fr', 'zh'], 'zh'],
    [['fr', 'zhx'], 'en'],
    [[], 'en'],
  ] as const)('%j speaks %s', (wishes, language) => expect(languageFor(wishes)).toBe(language));
});

describe('numbers as they are written', () => {
  test('nothing of an amount is rounded', () => {
    expect(hai(1_000_000_000_000_000_000n)).toBe('10,000,000,000');
    expect(hai('123456789')).toBe('1.23456789');
    expect(hai(1n)).toBe('0.00000001');
    expect(hai(150_000_000n)).toBe('1.5');
    expect(hai(0n)).toBe('0');
  });
  test('the rest', () => {
    expect(grouped(1234567n)).toBe('1,234,567');
    expect(grouped('999')).toBe('999');
    expect([duration(12n), duration(999), duration(1290), duration(12_345n)]).toEqual([
      '12 ms',
      '999 ms',
      '1.29 s',
      '12.3 s',
    ]);
    expect(percent(0.98333)).toBe('98.3 %');
    expect(shortAddress(`hai1${'q'.repeat(50)}9k2m`)).toBe('hai1qqqqq…9k2m');
  });
});
