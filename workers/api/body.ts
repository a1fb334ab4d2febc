/** Reads a request's body up to a bound: refused by its Content-Length before a byte is read, and again while it streams. */
import { fail, ok, type Result } from '../../protocol/errors.ts';

/** JSON bodies. The largest holds a sealed envelope of 512 KiB in base64 (683 KiB) and a 4 KB transaction. */
export const JSON_BYTES_MAX = 1 << 20;

export interface BodyBound {
  readonly bytesMax: number;
  /** Refuse a body of unknown length: what is read is then allocated once, at its true size. */
  readonly lengthRequired: boolean;
}

interface Incoming {
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
}

/** 2^53 has 16 digits: anything longer is too large whatever it says. */
const CONTENT_LENGTH = /^\d{1,15}$/;

const tooLarge = (bytesMax: number) => fail('body_too_large', `more than ${bytesMax} bytes`);

export async function readBounded(
  request: Incoming,
  { bytesMax, lengthRequired }: BodyBound,
): Promise<Result<Uint8Array>> {
  const declared = request.headers.get('content-length');
  if (declared === null && lengthRequired) return fail('length_required');
  if (declared !== null && (!CONTENT_LENGTH.test(declared) || Number(declared) > bytesMax)) return tooLarge(bytesMax);
  if (!request.body) return ok(new Uint8Array(0));
  const bound = declared === null ? bytesMax : Number(declared);
  const buffer = new GrowingBuffer(declared === null ? 0 : bound);
  const reader = request.body.getReader();
  // Ends with the stream, or when the bound is passed.
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return ok(buffer.bytes());
    if (buffer.length + value.length > bound) {
      await reader.cancel();
      return tooLarge(bound);
    }
    buffer.append(value);
  }
}

/** Doubles when it is full: a body of unknown length is copied at most twice. */
class GrowingBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.bytes());
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = needed;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** The media type without its parameters, lower case; RFC 9110 8.3.1. */
export function mediaTypeOf(contentType: string | null): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
