/** Long work of this process, driven so that signals are heard: between two of its steps. */
import { Interrupted } from './exit-codes.ts';

/** A turn of the event loop: signals and answers arrive in it. */
export const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What the steps come to. Throws Interrupted once the signal is there: `stopped` says what that leaves. */
export async function driven<T>(steps: Generator<undefined, T>, signal: AbortSignal, stopped: string): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await breath();
    if (signal.aborted) throw new Interrupted(stopped);
  }
}
