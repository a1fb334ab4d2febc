/** Server-sent events (HTML standard, 9.2.6), from any chunking of the bytes. */

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  /** The last `id:` seen so far on the stream; empty when none was. */
  readonly id: string;
}

/** An order's state as JSON is some 3 KB; a line far beyond that is no event of ours. */
const LINE_CHARACTERS_MAX = 1 << 20;

/** Splits text into lines at CRLF, LF or CR, wherever the chunks end. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    rest += chunk;
    // A CR at the end may be the first half of a CRLF.
    const open = rest.endsWith('\r') ? 1 : 0;
    const lines = rest.slice(0, rest.length - open).split(/\r\n|\n|\r/);
    rest = (lines.pop() as string) + (open ? '\r' : '');
    if (rest.length > LINE_CHARACTERS_MAX) throw new RangeError('an event line without an end');
    yield* lines;
  }
}

async function* textOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    // Whoever stops listening lets go of the connection.
    await reader.cancel().catch(() => {});
  }
}

/**
 * An event is complete at its blank line; one that the stream's end cuts off is dropped, as the standard says. Comments are no
 * events; `onComment` hears of each, since a server pings by them.
 */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
  onComment?: () => void,
): AsyncGenerator<StreamEvent> {
  let event = '';
  let data: string[] = [];
  let id = '';
  for await (const line of linesOf(textOf(body))) {
    if (line === '') {
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), id };
      event = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) onComment?.();
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
}
