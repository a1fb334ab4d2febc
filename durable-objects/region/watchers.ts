/** Those who wait for an order or a transaction: callers with a time limit, and hibernating WebSockets that the Worker bridges to SSE. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { type OrderRow, wireOrder } from './orders.ts';

/** Longest wait of one call; the API's `Prefer: wait` is bounded by it. */
export const WAIT_MS_MAX = 30_000;

export class Watchers {
  readonly #ctx: DurableObjectState;
  readonly #waiting = new Map<string, Set<() => void>>();
  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** Resolves true when `done()` holds, false when the time is over. `done` is asked again on each change of `key`. */
  async until(key: string, done: () => boolean, timeoutMs: number): Promise<boolean> {
    if (done()) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const check = () => {
      if (done()) resolve(true);
    };
    const set = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, set.add(check));
    const timer = setTimeout(() => resolve(false), Math.min(timeoutMs, WAIT_MS_MAX));
    const reached = await promise;
    clearTimeout(timer);
    set.delete(check);
    if (set.size === 0) this.#waiting.delete(key);
    return reached;
  }

  changed(key: string): void {
    for (const check of this.#waiting.get(key) ?? []) check();
  }

  orderChanged(row: OrderRow): void {
    const key = bytesToHex(row.id);
    this.changed(key);
    const sockets = this.#ctx.getWebSockets(key);
    if (sockets.length === 0) return;
    const message = orderMessage(row);
    for (const socket of sockets) {
      try {
        socket.send(message);
        if (row.final) socket.close(1000, 'final');
      } catch {
        // The other side is gone; it comes back with its Last-Event-ID and gets the current state.
      }
    }
  }

  /** Accepts a WebSocket for one order and sends the current state at once. */
  accept(row: OrderRow): Response {
    const pair = new WebSocketPair();
    this.#ctx.acceptWebSocket(pair[1], [bytesToHex(row.id)]);
    pair[1].send(orderMessage(row));
    if (row.final) pair[1].close(1000, 'final');
    return new Response(null, { status: 101, webSocket: pair[0] });
  }
}

function orderMessage(row: OrderRow): string {
  return JSON.stringify({ seq: row.updates, order: wireOrder(row) });
}
