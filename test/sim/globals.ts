/** The running code's clock, timers, randomness and console are the run's: it asks the globals, as it does on the platform. */
import type { Random } from './random.ts';
import type { World } from './world.ts';

let current: World | undefined;
let timers = 0;
const waiting = new Set<number>();

function world(): World {
  if (!current) throw new Error('no run');
  return current;
}

const virtualTimeout = (run: () => void, delayMs = 0): number => {
  const id = ++timers;
  const { clock } = world();
  const { owner } = clock;
  waiting.add(id);
  clock.after(delayMs, owner, () => {
    if (waiting.delete(id) && owner?.alive !== false) run();
  });
  return id;
};

function fill(random: Random, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.integer(0, 255);
}

/** Once a process. */
export function installGlobals(fetchHere: (request: string, init: RequestInit) => Promise<Response>): void {
  const real = { warn: console.warn, error: console.error, now: Date.now };
  Date.now = () => (current ? current.clock.localMs : real.now());
  globalThis.setTimeout = virtualTimeout as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((id: number) => waiting.delete(id)) as unknown as typeof clearTimeout;
  globalThis.fetch = fetchHere as unknown as typeof fetch;
  Math.random = () => world().random.next();
  crypto.getRandomValues = (<T extends Uint8Array>(bytes: T): T => {
    fill(world().random, bytes);
    return bytes;
  }) as unknown as typeof crypto.getRandomValues;
  console.error = (...said) => (current ? current.note(said.map(String).join(' ')) : real.error(...said));
  console.warn = (...said) => (current ? current.note(said.map(String).join(' ')) : real.warn(...said));
}

export function enter(next: World | undefined): void {
  current = next;
  waiting.clear();
}
