/** Bytes that are there, or that arrive. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';

export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>;

/** Longest piece that is handed on: what follows each bound is checked at least as often. */
const CHUNK_BYTES = 1 << 18;

/** The source in pieces of bounded length, none of them empty. */
export async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  const parts = source instanceof Uint8Array ? [source] : source;
  for await (const part of parts) {
    for (let at = 0; at < part.length; at += CHUNK_BYTES) yield part.subarray(at, at + CHUNK_BYTES);
  }
}

/** The first bytes, at most `count` of them, and the source with them still in it. */
export async function peek(
  source: AsyncGenerator<Uint8Array>,
  count: number,
): Promise<{ readonly head: Uint8Array; readonly all: AsyncGenerator<Uint8Array> }> {
  const taken: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const next = await source.next();
    if (next.done) break;
    taken.push(next.value);
    length += next.value.length;
  }
  return { head: joined(taken).subarray(0, count), all: replay(taken, source) };
}

async function* replay(taken: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* taken;
    yield* rest;
  } finally {
    // Also where nobody read as far as the rest.
    await rest.return(undefined);
  }
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** All of it; too_many_cells as soon as it is more than `bytesMax`. */
export async function collect(source: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Result<Uint8Array>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of source) {
    length += part.length;
    if (length > bytesMax) return tooLong(bytesMax);
    parts.push(part);
  }
  return ok(joined(parts));
}

export const tooLong = (bytesMax: number) => fail('too_many_cells', `more than ${bytesMax >> 20} MiB`);

const GZIP_MAGIC = [0x1f, 0x8b, 8];
const startsWith = (bytes: Uint8Array, magic: readonly number[]) => magic.every((byte, i) => bytes[i] === byte);

/** What a gzip file holds; other bytes as they are. What is no gzip after its magic ends in an error of the stream. */
export async function gunzipped(source: ByteSource): Promise<AsyncGenerator<Uint8Array>> {
  const { head, all } = await peek(chunksOf(source), GZIP_MAGIC.length);
  if (!startsWith(head, GZIP_MAGIC)) return all;
  return chunksOf(inflated(all));
}

async function* inflated(packed: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const next = await packed.next();
      if (next.done) controller.close();
      else controller.enqueue(Uint8Array.from(next.value));
    },
    async cancel() {
      await packed.return(undefined);
    },
  });
  const reader = stream.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    // The stream's own fault (TypeError) is the file's; the source's faults are not.
    if (error instanceof TypeError) throw new DamagedGzip();
    throw error;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Thrown where a stream ends; whoever reads the stream makes a failure of it. */
export class DamagedGzip extends Error {}
