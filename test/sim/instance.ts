/**
 * One run of a Durable Object, from its start to its death. It reaches the world only through `call`: a dead one never hears
 * back, so that its code stops between two effects, wherever it was.
 */
import type { Owner } from './clock.ts';
import type { World } from './world.ts';

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };
/** Gives the outcome after a delay in virtual ms. */
export type Reply<T> = (outcome: Outcome<T>, delayMs: number) => void;

export const lost = (what: string): Outcome<never> => ({ ok: false, error: new Error(what) });

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

export class ObjectInstance implements Owner {
  readonly skewMs: number;
  readonly #world: World;
  readonly #onDeath: (() => void)[];
  #alive = true;
  /** A replaced object's storage takes no more writes, where the platform sees to it. */
  #cut = false;

  constructor(world: World, skewMs: number, onDeath: () => void) {
    this.#world = world;
    this.skewMs = skewMs;
    this.#onDeath = [onDeath];
  }

  get alive(): boolean {
    return this.#alive;
  }

  die(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const tell of this.#onDeath) tell();
  }

  /** For callers that wait for an answer. */
  onceDead(tell: () => void): void {
    this.#onDeath.push(tell);
  }

  cut(): void {
    this.#cut = true;
  }

  mustBeAlive(): void {
    if (!this.#alive) throw new Error('a dead object');
  }

  mustWrite(): void {
    this.mustBeAlive();
    if (!this.#cut) return;
    this.die();
    throw new Error('storage belongs to another object now');
  }

  #crashes(): boolean {
    if (!this.#world.random.chance(this.#world.faults.crash)) return false;
    this.#world.counts.crashes++;
    this.die();
    return true;
  }

  /** An effect on the world outside: it may be the last, before it is done or before its outcome is known. */
  call<T>(kind: 'storage' | 'remote', perform: (reply: Reply<T>) => void): Promise<T> {
    if (!this.#alive || (kind === 'remote' && this.#crashes())) return never();
    return new Promise<T>((resolve, reject) => {
      perform((outcome, delayMs) => {
        this.#world.clock.after(delayMs, this, () => {
          if (!this.#alive || (kind === 'remote' && this.#crashes())) return;
          if (outcome.ok) resolve(outcome.value);
          else reject(outcome.error);
        });
      });
    });
  }
}
