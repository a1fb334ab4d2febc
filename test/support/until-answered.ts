/** A request that is repeated, the same bytes under the same key, over as many deaths of the network as it takes. */
import { setTimeout as pause } from 'node:timers/promises';
import { HaiError, UnreachableError } from '../../clients/sdk/errors.ts';

const RETRY_MS = 50;

export const isPassing = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof HaiError && error.retryable);

/** Undefined once `stopped` says so and no answer has come. */
export async function untilAnswered<T>(ask: () => Promise<T>, stopped: () => boolean): Promise<T | undefined> {
  while (!stopped()) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await pause(RETRY_MS);
    }
  }
  return undefined;
}
