/**
 * A region or an endpoint that hangs holds up no block: it is waited for no longer than this, and counts as one that failed.
 * A pull, the votes, the notices and the wakes of one block take at most four times as long, less than an alarm's repetition.
 */
export const ANSWER_MS_MAX = 3_000;

export async function inTime<T>(answer: Promise<T>, limitMs = ANSWER_MS_MAX): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
