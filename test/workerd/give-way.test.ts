/** Background work gives way to small orders, also to those whose end nobody hears of, but not for ever. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asSmallOrder, giveWay, SMALL_ORDER_MS_MAX } from '../../workers/give-way.ts';

let waited: number[];
beforeEach(() => {
  waited = [];
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.stubGlobal('scheduler', { wait: async (ms: number) => waited.push(ms) });
});
afterEach(() => {
  vi.setSystemTime(Date.now() + 2 * SMALL_ORDER_MS_MAX);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What one call of giveWay waits, in ms; [0] is one turn of the event loop. */
async function waits(): Promise<number[]> {
  waited = [];
  await giveWay();
  return waited;
}

const cancelled = () => asSmallOrder(() => new Promise<never>(() => undefined));

describe('background work', () => {
  it('goes on at once when nothing small is under way', async () => {
    await asSmallOrder(async () => 1);
    await expect(asSmallOrder(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await waits()).toEqual([0]);
  });

  it('pauses while a small order is under way, and within its bound', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const small = asSmallOrder(() => promise);
    expect(await waits()).toEqual(Array.from({ length: 30 }, () => 2));
    resolve();
    await small;
    expect(await waits()).toEqual([0]);
  });

  it('pauses no more for an order whose request was cancelled, once no order can take so long', async () => {
    void cancelled();
    vi.setSystemTime(Date.now() + SMALL_ORDER_MS_MAX);
    void cancelled();
    expect(await waits()).toHaveLength(30);
    vi.setSystemTime(Date.now() + 1);
    expect(await waits()).toHaveLength(30);
    vi.setSystemTime(Date.now() + SMALL_ORDER_MS_MAX);
    expect(await waits()).toEqual([0]);
  });
});
