/** R2: a put may have a condition, may be answered late or never, and may land after its caller has given it up. */
import { lost, type ObjectInstance } from './instance.ts';
import type { World } from './world.ts';

const DELAY_MS_MAX = 30;
/** More than from one round of the log to the next: another put may have come between. */
const LATE_MS_MAX = 6_000;

interface Conditional {
  readonly onlyIf?: { readonly etagMatches?: string; readonly etagDoesNotMatch?: string };
}

interface Stored {
  readonly value: unknown;
  readonly etag: string;
}

export interface Body {
  readonly etag: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export class Bucket {
  readonly #world: World;
  readonly #stored = new Map<string, Stored>();
  #puts = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The binding of one object. */
  for(instance: ObjectInstance) {
    return {
      get: (key: string) => this.#call(instance, () => this.get(key)),
      put: (key: string, value: unknown, { onlyIf }: Conditional = {}) =>
        this.#call(instance, () => this.#put(key, value, onlyIf)),
      delete: (keys: string | string[]) =>
        this.#call(instance, () => {
          for (const key of [keys].flat()) this.#stored.delete(key);
        }),
    };
  }

  #call<T>(instance: ObjectInstance, act: () => T): Promise<T> {
    const { clock, random, faults } = this.#world;
    return instance.call<T>('remote', (reply) => {
      const delayMs = () => random.integer(1, DELAY_MS_MAX);
      const isLate = random.chance(faults.appliedLate);
      if (isLate) reply(lost('no answer from R2'), delayMs());
      clock.after(isLate ? random.integer(1, LATE_MS_MAX) : delayMs(), undefined, () => {
        const value = act();
        if (!isLate) reply({ ok: true, value }, delayMs());
      });
    });
  }

  /** Null where the condition does not hold. */
  #put(key: string, value: unknown, onlyIf: Conditional['onlyIf'] = {}): { etag: string } | null {
    const there = this.#stored.get(key)?.etag;
    if (onlyIf.etagDoesNotMatch === '*' && there !== undefined) return null;
    if (onlyIf.etagMatches !== undefined && onlyIf.etagMatches !== there) return null;
    const etag = String(++this.#puts);
    this.#stored.set(key, { value: value instanceof Uint8Array ? value.slice() : value, etag });
    return { etag };
  }

  /** As the API's Worker reads it. */
  get(key: string): Body | null {
    const stored = this.#stored.get(key);
    if (!stored) return null;
    return {
      etag: stored.etag,
      arrayBuffer: async () => (stored.value as Uint8Array).slice().buffer as ArrayBuffer,
    };
  }
}
