/**
 * Background work (training, replay) gives way to small orders in the same isolate. One thread serves both, and a small order
 * makes some ten hops: without this it would wait for a chunk at each of them.
 */

/**
 * When each small order began that this isolate is working on, oldest first. Times and no promises: a promise may not be
 * awaited by another request.
 */
const begunMs = new Set<{ readonly at: number }>();
/**
 * No small order takes longer: the API waits for one 30 s at most. One that is older counts no more; the runtime has cancelled
 * its request, perhaps because the caller left, and then nothing after an `await` runs.
 */
export const SMALL_ORDER_MS_MAX = 30_000;

/** Between two looks, and the longest pause before a chunk: background work slows down, but it goes on. */
const LOOK_MS = 2;
const PAUSE_MS_MAX = 60;

export async function asSmallOrder<T>(work: () => Promise<T>): Promise<T> {
  const begun = { at: Date.now() };
  begunMs.add(begun);
  try {
    return await work();
  } finally {
    begunMs.delete(begun);
  }
}

function smallOrderUnderWay(): boolean {
  const now = Date.now();
  for (const begun of begunMs) {
    if (now - begun.at <= SMALL_ORDER_MS_MAX) return true;
    begunMs.delete(begun);
  }
  return false;
}

/** Called between chunks. Returns at once after one turn of the event loop when nothing small is under way. */
export async function giveWay(): Promise<void> {
  let pausedMs = 0;
  do {
    await scheduler.wait(smallOrderUnderWay() ? LOOK_MS : 0);
    pausedMs += LOOK_MS;
  } while (pausedMs < PAUSE_MS_MAX && smallOrderUnderWay());
}
