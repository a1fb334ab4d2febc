/**
 * Contenders measured side by side in one process: each round takes a sample of every one, in an order that turns, so that a
 * slow moment of the machine meets all of them. Ratios are taken within a round, then the median over rounds.
 */
import { percentile } from './figures.ts';

/** One call of what is measured. A promise is awaited, and its await counted: users of an asynchronous engine pay it too. */
export type Run = () => unknown;

const SAMPLE_MS = 6;
const WARM_UP_MS = 80;
const WARM_UP_CALLS = 12;

async function elapsedMs(run: Run, calls: number): Promise<number> {
  const startMs = performance.now();
  for (let i = 0; i < calls; i++) {
    const pending = run();
    if (pending instanceof Promise) await pending;
  }
  return performance.now() - startMs;
}

/** Calls of one sample, after warming up: compilers of all tiers have had their calls. */
async function callsOf(run: Run): Promise<number> {
  const startMs = performance.now();
  let calls = 0;
  while (calls < WARM_UP_CALLS || performance.now() - startMs < WARM_UP_MS) {
    await elapsedMs(run, 1);
    calls++;
    if (performance.now() - startMs > 20 * WARM_UP_MS) break;
  }
  const one = await elapsedMs(run, 3);
  return Math.max(1, Math.round(SAMPLE_MS / (one / 3)));
}

/** Milliseconds a call, by contender and round. */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, Run>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const calls = new Map<Name, number>();
  for (const name of names) calls.set(name, await callsOf(contenders[name]));
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length] as Name;
      const count = calls.get(name) as number;
      samples[name].push((await elapsedMs(contenders[name], count)) / count);
    }
  }
  return samples;
}

export const median = (sample: readonly number[]): number => percentile(sample, 50);

/** How many times faster `fast` is than `slow`: the median of the rounds' ratios. */
export const speedUp = (slow: readonly number[], fast: readonly number[]): number =>
  median(slow.map((ms, round) => ms / (fast[round] as number)));
