/**
 * Virtual time. Whatever happens in a run is an event of this queue, and runs in the name of one owner; what it sets going by
 * promises alone has come to rest before the next event. So a run is the same each time, and costs no waiting.
 */

/** Whose code an event runs: each has a clock of its own, off by `skewMs`. */
export interface Owner {
  readonly skewMs: number;
  readonly alive: boolean;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  readonly run: () => void;
}

/** A run that makes more events than this goes round in circles. */
const EVENTS_MAX = 400_000;

const atRest: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve));

export class Clock {
  nowMs: number;
  #owner: Owner | undefined;
  #made = 0;
  readonly #heap: Event[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** What the running code takes for the time. */
  get localMs(): number {
    return this.nowMs + (this.#owner?.skewMs ?? 0);
  }

  get owner(): Owner | undefined {
    return this.#owner;
  }

  after(delayMs: number, owner: Owner | undefined, run: () => void): void {
    if (++this.#made > EVENTS_MAX) throw new Error(`more than ${EVENTS_MAX} events`);
    push(this.#heap, { atMs: this.nowMs + Math.max(0, delayMs), order: this.#made, owner, run });
  }

  /** Runs what is due until `untilMs`, or until `done` holds, asked every `everyMs` of virtual time. */
  async run(untilMs: number, done: () => boolean, everyMs: number): Promise<void> {
    let askedMs = this.nowMs;
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.atMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      if (this.nowMs - askedMs >= everyMs) {
        askedMs = this.nowMs;
        // What is next stays for another call.
        if (done()) return;
      }
      pop(this.#heap);
      this.#owner = next.owner;
      next.run();
      await atRest();
      this.#owner = undefined;
    }
    this.nowMs = untilMs;
  }
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

function push(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above] as Event;
    if (!isBefore(event, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const child = right < heap.length && isBefore(heap[right] as Event, heap[left] as Event) ? right : left;
    if (!isBefore(heap[child] as Event, last)) break;
    heap[at] = heap[child] as Event;
    at = child;
  }
  heap[at] = last;
}
