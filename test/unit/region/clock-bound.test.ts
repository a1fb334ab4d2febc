/** Whose clock a block goes by: what a seat signs, and what a proposer dates its block. */
import { describe, expect, test } from 'vitest';
import { asksClocks, CLOCK_AHEAD_MS_MAX, clockFault, proposedMs } from '../../../durable-objects/region/clock-bound.ts';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

describe('a seat', () => {
  test.each<[string, bigint, boolean]>([
    ['long past', -86_400_000n, true],
    ['of now', 0n, true],
    ['at the bound', CLOCK_AHEAD_MS_MAX, true],
    ['a millisecond beyond it', CLOCK_AHEAD_MS_MAX + 1n, false],
    ['of the year 9999', 253_402_300_799_999n - BigInt(NOW_MS), false],
  ])('signs a block %s: %s ms, %s', (_, aheadMs, isSigned) => {
    const fault = clockFault(BigInt(NOW_MS) + aheadMs, NOW_MS);
    expect(fault?.code).toBe(isSigned ? undefined : 'consensus_stalled');
  });
});

describe('a proposer', () => {
  test('asks after a pause of five seconds, by its own clock', () => {
    expect([4_999, 5_000, 5_001, -9].map((ms) => asksClocks(BigInt(NOW_MS - ms), NOW_MS))).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  test.each<[string, number, number[], number | undefined]>([
    ['by its own clock, which is slow', -7_000, [0, 0, 0], -7_000],
    ['by its own clock, which is a little fast', 5_000, [0, 0, 0], 5_000],
    ['no more than 5 s ahead of the middle one', HOUR_MS, [0, 0, 0], 5_000],
    ['whatever one of the others says', HOUR_MS, [0, HOUR_MS, 0, 0], 5_000],
    ['by the middle one of few', HOUR_MS, [0, 0], 5_000],
    ['not at all, where most do not answer', 0, [0], undefined],
    ['not at all, alone', 0, [], undefined],
  ])('dates its block %s', (_, ownMs, othersMs, expected) => {
    const timeMs = proposedMs(
      NOW_MS + ownMs,
      othersMs.map((ms) => NOW_MS + ms),
      4,
    );
    expect(timeMs).toBe(expected === undefined ? undefined : NOW_MS + expected);
  });

  test('in a network of one region goes by its own clock', () => {
    expect(proposedMs(NOW_MS, [], 1)).toBe(NOW_MS);
  });
});
