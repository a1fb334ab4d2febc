import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseRetryAfter,
  RETRY_AFTER_MS_MAX,
  RETRY_DELAYS_MS,
  retryDelayMs,
} from '../../../durable-objects/endpoint/retry.ts';
import { ENDPOINT_EVENTS, ENDPOINT_LIFE, ENDPOINT_STATES } from '../../../durable-objects/endpoint/states.ts';

const HOUR = 3_600_000;

describe('retryDelayMs', () => {
  it('spreads the retries over 75 hours, each no sooner than the last', () => {
    const total = RETRY_DELAYS_MS.reduce((sum, delay) => sum + delay, 0);
    expect(total).toBe(75 * HOUR + 21 * 60_000 + 20_000);
    expect([...RETRY_DELAYS_MS].sort((a, b) => a - b)).toEqual(RETRY_DELAYS_MS);
  });

  it('ends after the last delay', () => {
    const last = RETRY_DELAYS_MS.length;
    expect(retryDelayMs({ failures: last, retryAfterMs: undefined, divisor: 1 }, 0.5)).toBe(18 * HOUR);
    expect(retryDelayMs({ failures: last + 1, retryAfterMs: undefined, divisor: 1 }, 0.5)).toBeUndefined();
    // Not even a receiver that asks for more time gets an attempt beyond the schedule.
    expect(retryDelayMs({ failures: last + 1, retryAfterMs: 1000, divisor: 1 }, 0.5)).toBeUndefined();
  });

  it('stays within a tenth of the schedule', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 13 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const delay = retryDelayMs({ failures, retryAfterMs: undefined, divisor: 1 }, random) as number;
          const base = RETRY_DELAYS_MS[failures - 1] as number;
          expect(delay).toBeGreaterThanOrEqual(base * 0.9);
          expect(delay).toBeLessThanOrEqual(base * 1.1 + 1);
        },
      ),
      { verbose: 1 },
    );
  });

  it('waits as long as the receiver asks, when that is longer', () => {
    expect(retryDelayMs({ failures: 1, retryAfterMs: HOUR, divisor: 1 }, 0.5)).toBe(HOUR);
    expect(retryDelayMs({ failures: 13, retryAfterMs: HOUR, divisor: 1 }, 0.5)).toBe(18 * HOUR);
  });

  it('is shortened on development networks', () => {
    expect(retryDelayMs({ failures: 1, retryAfterMs: undefined, divisor: 1000 }, 0.5)).toBe(5);
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['9999999999', RETRY_AFTER_MS_MAX],
    ['Fri, 01 Jan 2100 00:00:00 GMT', RETRY_AFTER_MS_MAX],
    ['soon', undefined],
    ['', undefined],
  ])('%j is %s ms', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });

  it('is undefined without the header', () => {
    expect(parseRetryAfter(null, now)).toBeUndefined();
  });
});

// Every cell, as a table of text.
describe('ENDPOINT_LIFE', () => {
  it.each([
    ['active', 'pause', 'paused'],
    ['active', 'resume', 'active'],
    ['active', 'gone', 'disabled'],
    ['active', 'exhausted', 'paused'],
    ['paused', 'pause', 'paused'],
    ['paused', 'resume', 'active'],
    ['paused', 'gone', 'disabled'],
    ['paused', 'exhausted', 'paused'],
    ['disabled', 'pause', 'disabled'],
    ['disabled', 'resume', 'active'],
    ['disabled', 'gone', 'disabled'],
    ['disabled', 'exhausted', 'disabled'],
  ] as const)('%s, %s -> %s', (state, event, next) => {
    expect(ENDPOINT_LIFE[state][event]).toBe(next);
  });

  it('has no other cell', () => {
    expect(ENDPOINT_STATES.flatMap((state) => Object.keys(ENDPOINT_LIFE[state]))).toHaveLength(12);
    expect(ENDPOINT_STATES.length * ENDPOINT_EVENTS.length).toBe(12);
  });
});
