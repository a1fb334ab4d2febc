/** A webhook's receiver: takes deliveries late, twice or not at all, and applies each event once, by its number. */
import { onDelivery } from '../../protocol/seal/outbox.ts';
import type { Owner } from './clock.ts';
import { lost, ObjectInstance } from './instance.ts';
import type { Sqlite } from './sqlite.ts';
import type { World } from './world.ts';

const DELAY_MS_MAX = 40;
/** What the webhook of a run asks for. */
export const EVENT_TYPE = 'transfer.applied';

interface Body {
  readonly seq: string;
  readonly data: { readonly height: string; readonly index: number };
}

const answer = (status: number): Response =>
  ({ status, type: 'basic', headers: new Headers(), body: null }) as unknown as Response;

export class Consumer {
  readonly #world: World;
  #lastSeq = 0;
  /** Places of the events, in the order of their application. */
  readonly #applied: string[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Stands in for `fetch` in the endpoint's object. */
  receive(sender: Owner, payload: string): Promise<Response> {
    if (!(sender instanceof ObjectInstance)) throw new Error('who delivers is an object');
    const { random, faults, clock } = this.#world;
    const delayMs = () => random.integer(1, DELAY_MS_MAX);
    return sender.call('remote', (reply) => {
      if (random.chance(faults.deliveryLost)) return reply(lost('refused'), delayMs());
      if (random.chance(faults.deliveryLost))
        clock.after(random.integer(0, 2_000), undefined, () => this.#take(payload));
      clock.after(delayMs(), undefined, () => {
        const status = this.#take(payload);
        if (random.chance(faults.deliveryLost)) reply(lost('the answer was lost'), delayMs());
        else reply({ ok: true, value: answer(status) }, delayMs());
      });
    });
  }

  #take(payload: string): number {
    const { seq, data } = JSON.parse(payload) as Body;
    const verdict = onDelivery(this.#lastSeq, Number(seq));
    if (verdict === 'gap') return 409;
    if (verdict === 'apply') {
      this.#lastSeq = Number(seq);
      this.#applied.push(`${data.height}/${data.index}`);
    }
    return 200;
  }

  /** True when everything that D1 has is applied. */
  hasAll(database: Sqlite): boolean {
    return this.#applied.length >= eventsOf(database).length;
  }

  atEnd(database: Sqlite): void {
    const there = eventsOf(database);
    const differs = there.findIndex((place, i) => this.#applied[i] !== place);
    if (this.#applied.length === there.length && differs < 0) return;
    this.#world.violated(
      `${this.#applied.length} events applied of ${there.length}; the first to differ is ${differs}`,
    );
  }
}

const eventsOf = (database: Sqlite): string[] =>
  database
    .arrays('SELECT height, idx FROM event WHERE type = ? ORDER BY height, idx', [EVENT_TYPE])
    .map(([height, idx]) => `${height}/${idx}`);
