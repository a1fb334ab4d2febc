import { describe, expect, it } from 'vitest';
import { parsePrefer, preferenceApplied } from '../../../workers/api/prefer.ts';

describe('Prefer', () => {
  it.each([
    [undefined, 0, false],
    ['', 0, false],
    ['wait=5', 5000, false],
    ['WAIT = 5', 5000, false],
    ['wait="5"', 5000, false],
    ['wait=0', 0, false],
    ['wait=30', 30_000, false],
    ['wait=31', 30_000, false],
    ['wait=999999999', 30_000, false],
    ['respond-async', 0, true],
    ['respond-async, wait=10', 10_000, true],
    ['wait=10;foo=bar, respond-async', 10_000, true],
    ['return=minimal, wait=3', 3000, false],
    ['wait=3, wait=9', 3000, false],
    // Not understood, so ignored (RFC 7240 section 2).
    ['wait', 0, false],
    ['wait=-1', 0, false],
    ['wait=1.5', 0, false],
    ['wait=9999999999', 0, false],
    ['wait=5s', 0, false],
    ['respond-asynchronously', 0, false],
  ])('%j waits %i ms, async %j', (header, waitMs, respondAsync) => {
    expect(parsePrefer(header)).toEqual({ waitMs, respondAsync });
  });

  it('says what it applied, and nothing when nothing was preferred', () => {
    expect(preferenceApplied({ waitMs: 10_000, respondAsync: true })).toBe('wait=10, respond-async');
    expect(preferenceApplied({ waitMs: 0, respondAsync: true })).toBe('respond-async');
    expect(preferenceApplied({ waitMs: 0, respondAsync: false })).toBeUndefined();
  });
});
