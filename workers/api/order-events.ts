/**
 * An order's changes as server-sent events. The region object holds a hibernating WebSocket, which costs it nothing while
 * nothing happens; this Worker keeps the stream open and turns each message into an event.
 *
 * An event is the whole order, so the newest replaces all before it: a client that resumes gets the current state first.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Failure, fail } from '../../protocol/errors.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import type { ApiContext } from './context.ts';
import { regionNamedBy } from './order-answer.ts';
import { PING_MS, PINGS_MAX, sseEvent, ssePing, sseStart } from './sse.ts';

/** What the region object sends; `seq` counts the order's changes and survives the object. */
interface OrderUpdate {
  readonly seq: number;
  readonly order: WireOrder;
}

export async function orderEvents(c: ApiContext, id: Uint8Array): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  if (!home) return fail('unknown_order');
  const region = regionStub(c.env, home);
  const found = await region.order(id);
  if (!found.ok) return found;
  const upgraded = await region.fetch(
    new Request(`https://region/orders/${bytesToHex(id)}`, { headers: { upgrade: 'websocket' } }),
  );
  const socket = upgraded.webSocket;
  if (!socket) throw new Error(`the region answered ${upgraded.status} to a subscription`);
  return new Response(eventStream(socket, c.req.header('last-event-id')), {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  });
}

function eventStream(socket: WebSocket, lastEventId: string | undefined): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  let isOpen = true;
  const end = (): void => {
    isOpen = false;
    clearInterval(timer);
    socket.close(1000);
  };
  return new ReadableStream({
    start(controller) {
      const send = (text: string): void => {
        if (isOpen) controller.enqueue(encoder.encode(text));
      };
      const finish = (): void => {
        if (!isOpen) return;
        end();
        controller.close();
      };
      let pings = 0;
      timer = setInterval(() => {
        send(ssePing);
        pings += 1;
        if (pings >= PINGS_MAX) finish();
      }, PING_MS);
      send(sseStart);
      socket.addEventListener('message', ({ data }) => {
        const { seq, order } = JSON.parse(data as string) as OrderUpdate;
        // A client that has this very state is not told again, unless it waits for the end.
        if (String(seq) !== lastEventId || order.final) send(sseEvent('order', String(seq), JSON.stringify(order)));
        if (order.final) finish();
      });
      socket.addEventListener('close', finish);
      socket.addEventListener('error', finish);
      socket.accept();
    },
    cancel: end,
  });
}
