/** An order's states as they change, over SSE, until it is final. A cut stream resumes after the last event that came. */
import type { WireOrder } from '../../protocol/wire.ts';
import { errorOfResponse, UnreachableError } from './errors.ts';
import { readEventStream } from './event-stream.ts';
import { isPassing, pause, type Transport } from './transport.ts';

/**
 * Connections in a row that bring neither an event nor a ping, before the watcher gives up. A quiet order's streams bring pings
 * alone until the server ends them: it is watched on.
 */
export const FRUITLESS_MAX = 8;
export const RECONNECT_MS = 250;

/** Throws HaiError (no such order), UnreachableError, or the signal's reason. */
export async function* watchOrder(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<WireOrder, void> {
  let lastId = '';
  let fruitless = 0;
  let cause: unknown;
  const heard = (): void => {
    fruitless = 0;
  };
  for (let connections = 0; fruitless < FRUITLESS_MAX; connections++) {
    if (connections > 0) await pause(RECONNECT_MS * Math.max(1, fruitless));
    fruitless++;
    signal?.throwIfAborted();
    try {
      const body = await connect(transport, id, lastId, signal);
      for await (const { event, data, id: eventId } of readEventStream(body, heard)) {
        if (event !== 'order') continue;
        lastId = eventId;
        heard();
        const order = JSON.parse(data) as WireOrder;
        yield order;
        if (order.final) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!isBrokenLine(error)) throw error;
      cause = error;
    }
  }
  throw new UnreachableError(`the events of order ${id} stopped`, { cause });
}

async function connect(
  transport: Transport,
  id: string,
  lastId: string,
  signal: AbortSignal | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const response = await transport.stream({
    method: 'GET',
    path: `/v1/orders/${id}/events`,
    headers: { accept: 'text/event-stream', ...(lastId === '' ? {} : { 'last-event-id': lastId }) },
    ...(signal ? { signal } : {}),
  });
  if (!response.ok) throw await errorOfResponse(response);
  if (!response.body) throw new UnreachableError('an event stream without a body');
  return response.body;
}

/** fetch reports a connection that breaks in the middle of a body as a TypeError; a network behind a proxy is away as an HTTP 502. */
const isBrokenLine = (error: unknown): boolean => isPassing(error) || error instanceof TypeError;
