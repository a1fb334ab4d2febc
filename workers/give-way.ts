/**
 * Background work (training, replay) gives way to small orders in the same isolate. One thread serves both, and a small order
 * makes some ten hops: without this it would wait for a chunk at each of them.
 */

/** Small orders that this isolate is working on. A count and no promise: a promise may not be awaited by another request. */
let smallOrders = 0;

/** Between two looks, and the longest pause before a chunk: background work slows down, but it goes on. */
const LOOK_MS = 2;
const PAUSE_MS_MAX = 60;

export async function asSmallOrder<T>(work: () => Promise<T>): Promise<T> {
  smallOrders++;
  try {
    return await work();
  } finally {
    smallOrders--;
  }
}

/** Called between chunks. Returns at once after one turn of the event loop when nothing small is under way. */
export async function giveWay(): Promise<void> {
  let pausedMs = 0;
  do {
    await scheduler.wait(smallOrders > 0 ? LOOK_MS : 0);
    pausedMs += LOOK_MS;
  } while (smallOrders > 0 && pausedMs < PAUSE_MS_MAX);
}
