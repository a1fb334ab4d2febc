/** What codecs write to and read from: little-endian integers and bytes, no more. */

/** Bytes that are not the canonical encoding of a value of the codec's type. */
export class CodecError extends Error {
  override name = 'CodecError';
}

/** Numbers of up to four bytes are written and read as numbers: a bigint is an object, and blocks have a million small fields. */
export type NumberWidth = 1 | 2 | 4;

/** What a block's transactions and leaves fit in; a longer encoding grows a buffer of its own. */
const WRITER_BYTES = 8192;

/** Appends to a buffer that is used again. */
export class Writer {
  #buffer = new Uint8Array(WRITER_BYTES);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  /** Little-endian, as all integers here. */
  number(value: number, width: NumberWidth): void {
    const at = this.#reserve(width);
    if (width === 1) this.#buffer[at] = value;
    else if (width === 2) this.#view.setUint16(at, value, true);
    else this.#view.setUint32(at, value, true);
  }

  u64(value: bigint): void {
    // First: a buffer that grows has another view.
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
  }

  /** The bytes so far. */
  written(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#buffer.length === WRITER_BYTES) return;
    this.#buffer = new Uint8Array(WRITER_BYTES);
    this.#view = new DataView(this.#buffer.buffer);
  }
}

/** Goes through bytes from their first on; throws `CodecError` where they end too soon. */
export class Reader {
  #at = 0;
  readonly #source: Uint8Array;
  readonly #view: DataView;

  constructor(source: Uint8Array) {
    this.#source = source;
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  /** Where the next `count` bytes begin. */
  #advance(count: number): number {
    const at = this.#at;
    if (count > this.#source.length - at) throw new CodecError(`truncated: ${count} bytes wanted at ${at}`);
    this.#at = at + count;
    return at;
  }

  /** A copy: what was decoded outlives the buffer that it came in. */
  bytes(count: number): Uint8Array {
    const at = this.#advance(count);
    return Uint8Array.prototype.slice.call(this.#source, at, at + count);
  }

  number(width: NumberWidth): number {
    const at = this.#advance(width);
    if (width === 1) return this.#source[at] as number;
    return width === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  done(): void {
    const spare = this.#source.length - this.#at;
    if (spare !== 0) throw new CodecError(`${spare} spare bytes`);
  }
}
