/**
 * Memory of one kernel instance: a scratch area that each call lays out afresh. Nothing is freed, because nothing outlives a
 * call, so thousands of calls use the memory of the largest one.
 */
import { KernelFault } from './shape.ts';

const PAGE_BYTES = 65_536;
const ALIGNMENT = 16;
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

export class Arena {
  readonly #memory: WebAssembly.Memory;
  readonly #base: number;
  readonly #end: number;
  #next: number;
  /** All memory; a growth detaches it, and its length is then 0. */
  #bytes = new Uint8Array(0);

  /** Hands out bytes from `base`, a multiple of 16, up to `base + bytesMax`. */
  constructor(memory: WebAssembly.Memory, base: number, bytesMax: number) {
    this.#memory = memory;
    this.#base = base;
    this.#end = this.#base + bytesMax;
    this.#next = this.#base;
  }

  reset(): void {
    this.#next = this.#base;
  }

  /** Address of `bytes` bytes with undefined contents; views of the memory made earlier may be detached by it. */
  take(bytes: number): number {
    const at = this.#next;
    const next = at + aligned(bytes);
    if (next > this.#end) throw new KernelFault(5, `${next - this.#base} bytes, at most ${this.#end - this.#base}`);
    const missing = next - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#next = next;
    return at;
  }

  /** Bytes that can still be taken. */
  get room(): number {
    return this.#end - this.#next;
  }

  /** `take` and copy. */
  put(source: ArrayBufferView): number {
    const at = this.take(source.byteLength);
    this.bytes(at, source.byteLength).set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
    return at;
  }

  /** Copies into memory that was taken. */
  fill(at: number, source: Uint8Array): void {
    if (this.#bytes.byteLength === 0) this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#bytes.set(source, at);
  }

  /** A copy that outlives the call, without the zeros that a new array would be filled with first. */
  copyOf(at: number, bytes: number): ArrayBuffer {
    return this.#memory.buffer.slice(at, at + bytes);
  }

  /** A view, valid until the next `take`. */
  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, length);
  }

  int8(at: number, length: number): Int8Array {
    return new Int8Array(this.#memory.buffer, at, length);
  }

  /** As `bytes`, in elements of four bytes. WebAssembly memory is little-endian, and so is every host that JavaScript has. */
  int32(at: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, at, length);
  }

  float32(at: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, length);
  }
}
