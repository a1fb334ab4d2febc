/** Quantities as text: exact both ways, and nothing else is taken. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatDuration,
  formatPercent,
  parseDuration,
  parseHaiAmount,
  parsePercent,
  shortHai,
  wholeHai,
} from '../../../protocol/money/quantity.ts';
import { SUPPLY_ZHI } from '../../../protocol/units.ts';

describe('a share', () => {
  test.each([
    ['0%', 0],
    ['0.0001%', 1],
    ['0.0002%', 2],
    ['0.01%', 100],
    ['1%', 10_000],
    ['6.5%', 65_000],
    ['100%', 1_000_000],
  ])('%s is %i millionths', (text, millionths) => {
    expect(parsePercent(text)).toBe(millionths);
    expect(formatPercent(millionths)).toBe(text);
  });

  test.each(['', '1', '%', '01%', '.5%', '1.%', '0.00001%', '100.0001%', '101%', '-1%', '1 %', '1e2%', '1%\n', '٣%'])(
    'is not %j',
    (text) => expect(parsePercent(text)).toBeUndefined(),
  );

  test('is the same again from its text', () => {
    const millionths = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(fc.property(millionths, (share) => parsePercent(formatPercent(share)) === share));
  });
});

describe('a duration', () => {
  test.each([
    ['0 days', 0n],
    ['1 day', 86_400_000n],
    ['1826 days', 1826n * 86_400_000n],
    ['1 hour', 3_600_000n],
    ['1 minute', 60_000n],
    ['10 seconds', 10_000n],
    ['7 milliseconds', 7n],
  ])('%s is %s ms', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
    expect(formatDuration(durationMs)).toBe(text);
  });

  test.each([
    '',
    '1',
    'day',
    '1day',
    '1  day',
    '01 days',
    '-1 days',
    '1.5 days',
    '1 month',
    '1 days ',
    '1 Day',
    '1 dayss',
  ])('is not %j', (text) => expect(parseDuration(text)).toBeUndefined());

  test('is the same again from its text', () => {
    const durations = fc.bigInt({ min: 0n, max: 10n ** 11n });
    fc.assert(fc.property(durations, (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});

describe('an amount', () => {
  test.each([
    ['36 HAI', 3_600_000_000n],
    ['0.00001 HAI', 1_000n],
    ['0.00000001 HAI', 1n],
    ['10000000000 HAI', SUPPLY_ZHI],
  ])('%s is %s zhi', (text, amountZhi) => {
    expect(parseHaiAmount(text)).toBe(amountZhi);
    expect(shortHai(amountZhi)).toBe(text);
  });

  test.each(['36', '36HAI', '36 hai', ' HAI', '-1 HAI', '1,000 HAI', '10000000000.1 HAI', '0.000000001 HAI', '1 HAI '])(
    'is not %j',
    (text) => expect(parseHaiAmount(text)).toBeUndefined(),
  );

  test('in whole HAI is rounded down and grouped', () => {
    expect([wholeHai(0n), wholeHai(99_999_999n), wholeHai(123_456_700_000_000n), wholeHai(SUPPLY_ZHI)]).toEqual([
      '0',
      '0',
      '1,234,567',
      '10,000,000,000',
    ]);
  });
});
