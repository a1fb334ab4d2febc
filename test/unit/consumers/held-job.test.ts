import { describe, expect, it } from 'vitest';
import type { RunningJob } from '../../../ml/search/search.ts';
import { HeldJob } from '../../../workers/consumers/search/held-job.ts';

const key = { order: new Uint8Array(32).fill(1), job: Uint8Array.of(7) };
const checkpoint = Uint8Array.of(1, 2);
const running = { cycles: 5n } as RunningJob;

const holding = (cells = 100): HeldJob => {
  const held = new HeldJob();
  held.keep(key, checkpoint, running, cells);
  return held;
};

describe('a held job', () => {
  it('goes on once where it was cut', () => {
    const held = holding();
    expect(held.take(key, Uint8Array.of(1, 2))).toBe(running);
    expect(held.take(key, checkpoint)).toBeUndefined();
  });

  it.each([
    ['another checkpoint', key, Uint8Array.of(1, 3)],
    ['another job at its place', { ...key, job: Uint8Array.of(8) }, checkpoint],
    ['another order', { ...key, order: new Uint8Array(32) }, checkpoint],
  ])('is let go for %s', (_, other, at) => {
    const held = holding();
    expect(held.take(other, at)).toBeUndefined();
    expect(held.take(key, checkpoint)).toBeUndefined();
  });

  it('is none of a large table, and the latest of several', () => {
    expect(holding(1 << 23).take(key, checkpoint)).toBeUndefined();
    const held = holding();
    const later = { cycles: 9n } as RunningJob;
    held.keep(key, Uint8Array.of(9), later, 100);
    expect(held.take(key, Uint8Array.of(9))).toBe(later);
  });
});
