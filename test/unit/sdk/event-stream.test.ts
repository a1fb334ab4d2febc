import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HaiError, UnreachableError } from '../../../clients/sdk/errors.ts';
import { readEventStream, type StreamEvent } from '../../../clients/sdk/event-stream.ts';
import { createTransport } from '../../../clients/sdk/transport.ts';
import { watchOrder } from '../../../clients/sdk/watch-order.ts';
import type { WireOrder } from '../../../protocol/wire.ts';

afterEach(() => vi.useRealTimers());

function streamOf(bytes: Uint8Array, cuts: readonly number[] = []): ReadableStream<Uint8Array> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  return new ReadableStream({
    start(controller) {
      for (const end of ends) {
        controller.enqueue(bytes.slice(from, end));
        from = end;
      }
      controller.close();
    },
  });
}

async function eventsOf(text: string, cuts: readonly number[] = []): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of readEventStream(streamOf(new TextEncoder().encode(text), cuts))) events.push(event);
  return events;
}

const TEXT =
  'retry: 1000\n\n: ping\n\nid: 4\nevent: order\ndata: {"a":"恒智"}\n\r\nid\rdata:one\r\ndata: two\r\n\r\nevent: x\n\ndata: cut off';
const EVENTS: StreamEvent[] = [
  { event: 'order', data: '{"a":"恒智"}', id: '4' },
  { event: 'message', data: 'one\ntwo', id: '' },
];

describe('server-sent events', () => {
  it('are read as the standard says', async () => {
    expect(await eventsOf(TEXT)).toEqual(EVENTS);
  });

  it('are the same however the bytes are cut, characters and line ends included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 8 }), async (cuts) => {
        expect(await eventsOf(TEXT, cuts)).toEqual(EVENTS);
      }),
    );
  });

  it('tell of comments apart from events', async () => {
    let comments = 0;
    const body = streamOf(new TextEncoder().encode(': one\n\ndata: a: b\n:two\n\n'), [3]);
    const events: StreamEvent[] = [];
    for await (const event of readEventStream(body, () => comments++)) events.push(event);
    expect(events).toEqual([{ event: 'message', data: 'a: b', id: '' }]);
    expect(comments).toBe(2);
  });

  it('keep the last id for events without one', async () => {
    expect(await eventsOf('id: 1\ndata: a\n\ndata: b\n\n')).toEqual([
      { event: 'message', data: 'a', id: '1' },
      { event: 'message', data: 'b', id: '1' },
    ]);
  });

  it('refuse a line without an end', async () => {
    await expect(eventsOf(`data: ${'x'.repeat(1 << 21)}`)).rejects.toThrow(RangeError);
  });

  it('let go of the connection when nobody listens on', async () => {
    let cancelled = false;
    const bytes = new TextEncoder().encode('data: a\n\n');
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const { data } of readEventStream(body)) {
      expect(data).toBe('a');
      break;
    }
    expect(cancelled).toBe(true);
  });
});

const orderEvent = (id: number, state: string, final: boolean): string =>
  `id: ${id}\nevent: order\ndata: ${JSON.stringify({ state, final })}\n\n`;

/** Each connection gets the next text, then its end; `lastIds` are what the watcher resumed from. */
function watched(...texts: (string | Response | Error)[]) {
  const lastIds: (string | null)[] = [];
  const fetcher: typeof fetch = async (_, init) => {
    lastIds.push(new Headers(init?.headers).get('last-event-id'));
    const next = texts[Math.min(lastIds.length, texts.length) - 1] as string | Response | Error;
    if (next instanceof Error) throw next;
    return next instanceof Response ? next.clone() : new Response(streamOf(new TextEncoder().encode(next)));
  };
  return { lastIds, orders: (signal?: AbortSignal) => watchOrder(createTransport('http://n', fetcher), 'o', signal) };
}

async function statesOf(orders: AsyncIterable<WireOrder>): Promise<string[]> {
  const states: string[] = [];
  for await (const { state } of orders) states.push(state);
  return states;
}

describe('watching an order', () => {
  it('ends when it is final', async () => {
    const { orders, lastIds } = watched(orderEvent(1, 'open', false) + orderEvent(2, 'settled', true));
    expect(await statesOf(orders())).toEqual(['open', 'settled']);
    expect(lastIds).toEqual([null]);
  });

  it('resumes after the last event that came', async () => {
    const { orders, lastIds } = watched(
      orderEvent(1, 'open', false) + orderEvent(2, 'matched', false),
      new TypeError('cut'),
      ': ping\n\n',
      orderEvent(5, 'settled', true),
    );
    expect(await statesOf(orders())).toEqual(['open', 'matched', 'settled']);
    expect(lastIds).toEqual([null, '2', '2', '2']);
  });

  it("throws the network's refusal at once", async () => {
    const { orders, lastIds } = watched(Response.json({ number: 400 }, { status: 404 }));
    await expect(statesOf(orders())).rejects.toBeInstanceOf(HaiError);
    expect(lastIds).toHaveLength(1);
  });

  it('goes on past any number of streams that brought pings alone', async () => {
    vi.useFakeTimers();
    const quiet = Array.from({ length: 20 }, () => ': ping\n\n');
    const { orders, lastIds } = watched(orderEvent(1, 'open', false), ...quiet, orderEvent(2, 'settled', true));
    const states = statesOf(orders());
    await vi.runAllTimersAsync();
    expect(await states).toEqual(['open', 'settled']);
    expect(lastIds).toHaveLength(22);
  });

  it('gives up on streams that end before anything comes, a pause between each two', async () => {
    vi.useFakeTimers();
    const startedMs = Date.now();
    const { orders, lastIds } = watched('retry: 1000\n\n');
    const states = expect(statesOf(orders())).rejects.toBeInstanceOf(UnreachableError);
    await vi.runAllTimersAsync();
    await states;
    expect(lastIds).toHaveLength(8);
    expect(Date.now() - startedMs).toBe(250 * (1 + 2 + 3 + 4 + 5 + 6 + 7));
  });

  it('gives up after eight connections in a row without an event', async () => {
    vi.useFakeTimers();
    const { orders, lastIds } = watched(new TypeError('refused'));
    const states = expect(statesOf(orders())).rejects.toBeInstanceOf(UnreachableError);
    await vi.runAllTimersAsync();
    await states;
    expect(lastIds).toHaveLength(8);
  });

  it('stops with its signal', async () => {
    const controller = new AbortController();
    const { orders } = watched(orderEvent(1, 'open', false));
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { state } of orders(controller.signal)) {
        seen.push(state);
        controller.abort(new Error('enough'));
      }
    })();
    await expect(watching).rejects.toThrow('enough');
    expect(seen).toEqual(['open']);
  });
});
