/** Fixed little-endian layouts of large numeric arrays, the same bytes on every host. */

export class ByteWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /** Room for exactly `length` bytes. */
  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #advance(count: number): number {
    const at = this.#at;
    this.#at = at + count;
    return at;
  }

  /** Four ASCII characters. */
  magic(text: string): this {
    return this.bytes(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  }

  u32(...values: number[]): this {
    for (const value of values) this.#view.setUint32(this.#advance(4), value, true);
    return this;
  }

  u64(value: bigint): this {
    this.#view.setBigUint64(this.#advance(8), value, true);
    return this;
  }

  bytes(values: Uint8Array | Int8Array): this {
    const at = this.#advance(values.length);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.length), at);
    return this;
  }

  i32s(values: Int32Array): this {
    for (const value of values) this.#view.setInt32(this.#advance(4), value, true);
    return this;
  }

  f32s(values: Float32Array): this {
    for (const value of values) this.#view.setFloat32(this.#advance(4), value, true);
    return this;
  }

  f64s(values: Float64Array | readonly number[]): this {
    for (const value of values) this.#view.setFloat64(this.#advance(8), value, true);
    return this;
  }

  finish(): Uint8Array {
    if (this.#at !== this.#bytes.length) throw new RangeError(`${this.#at} bytes written of ${this.#bytes.length}`);
    return this.#bytes;
  }
}

/** Reads copies in order; past the end it throws a RangeError, so lengths are compared first. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #advance(count: number): number {
    const at = this.#at;
    this.#at = at + count;
    return at;
  }

  magic(): string {
    return String.fromCharCode(...this.bytes(4));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  bytes(count: number): Uint8Array {
    if (count > this.left) throw new RangeError(`${count} bytes wanted, ${this.left} left`);
    const at = this.#advance(count);
    return this.#bytes.slice(at, at + count);
  }

  i8s(count: number): Int8Array {
    return new Int8Array(this.bytes(count).buffer);
  }

  i32s(count: number): Int32Array {
    const values = new Int32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#view.getInt32(this.#advance(4), true);
    return values;
  }

  f32s(count: number): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#view.getFloat32(this.#advance(4), true);
    return values;
  }

  f64s(count: number): Float64Array {
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#view.getFloat64(this.#advance(8), true);
    return values;
  }
}
