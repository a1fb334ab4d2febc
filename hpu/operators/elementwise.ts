/** Element-wise operators on operators.wasm, block by block, so that kernel memory is bounded whatever the length. */
import { type Arena, aligned } from '../arena.ts';
import {
  type AddScaling,
  type Channel,
  type Int8Range,
  requireAddScaling,
  requireChannel,
  requireRange,
} from '../quantise.ts';
import { BLOCK_ELEMENTS, byRows, requireColumns } from '../scaling.ts';
import { requireLength } from '../shape.ts';
import { bytesOf, int8Of } from './window.ts';

type Flat = (a: number, b: number, count: number, out: number) => void;

export type ElementwiseExports = {
  clampInt8(x: number, count: number, low: number, high: number, out: number): void;
  lookup(x: number, count: number, table: number, out: number): void;
  addInt8(a: number, b: number, count: number, ...parameters: number[]): void;
  addBiasInt32(acc: number, rows: number, columns: number, bias: number): void;
  addF32: Flat;
  mulF32: Flat;
  minF32: Flat;
  maxF32: Flat;
  reluF32(x: number, count: number, out: number): void;
  requantiseTensor(acc: number, count: number, ...parameters: number[]): void;
};

const TABLE_ENTRIES = 256;

type BinaryF32 = 'addF32' | 'mulF32' | 'minF32' | 'maxF32';

export class Elementwise {
  readonly #wasm: ElementwiseExports;
  readonly #arena: Arena;

  constructor(wasm: ElementwiseExports, arena: Arena) {
    this.#wasm = wasm;
    this.#arena = arena;
  }

  clamp(x: Int8Array, low: number, high: number): Int8Array {
    requireRange({ zero: low, low, high });
    return this.#mapInt8(x, (at, count, out) => this.#wasm.clampInt8(at, count, low, high, out));
  }

  lookup(x: Int8Array, table: Int8Array): Int8Array {
    requireLength('table', table.length, TABLE_ENTRIES);
    return this.#mapInt8(x, (at, count, out, tableAt) => this.#wasm.lookup(at, count, tableAt, out), table);
  }

  #mapInt8(
    x: Int8Array,
    run: (at: number, count: number, out: number, tableAt: number) => void,
    table: Int8Array = new Int8Array(0),
  ): Int8Array {
    const result = new Int8Array(x.length);
    this.#arena.reset();
    const tableAt = this.#arena.put(table);
    const size = aligned(Math.min(x.length, BLOCK_ELEMENTS));
    const at = this.#arena.take(size);
    const out = this.#arena.take(size);
    for (let from = 0; from < x.length; from += BLOCK_ELEMENTS) {
      const part = x.subarray(from, from + BLOCK_ELEMENTS);
      this.#arena.bytes(at, part.length).set(bytesOf(part));
      run(at, part.length, out, tableAt);
      result.set(int8Of(this.#arena.bytes(out, part.length)), from);
    }
    return result;
  }

  add(a: Int8Array, b: Int8Array, scaling: AddScaling, range: Int8Range): Int8Array {
    requireLength('b', b.length, a.length);
    requireAddScaling(scaling);
    requireRange(range);
    const { left, right, shift } = scaling;
    const parameters = [left.zero, left.multiplier, right.zero, right.multiplier, shift];
    const result = new Int8Array(a.length);
    this.#arena.reset();
    const size = aligned(Math.min(a.length, BLOCK_ELEMENTS));
    const [x, y, out] = [this.#arena.take(size), this.#arena.take(size), this.#arena.take(size)];
    for (let from = 0; from < a.length; from += BLOCK_ELEMENTS) {
      const count = Math.min(BLOCK_ELEMENTS, a.length - from);
      this.#arena.bytes(x, count).set(bytesOf(a.subarray(from, from + count)));
      this.#arena.bytes(y, count).set(bytesOf(b.subarray(from, from + count)));
      this.#wasm.addInt8(x, y, count, ...parameters, range.zero, range.low, range.high, out);
      result.set(int8Of(this.#arena.bytes(out, count)), from);
    }
    return result;
  }

  addBias(acc: Int32Array, rows: number, columns: number, bias: Int32Array): Int32Array {
    requireColumns('acc', acc.length, rows, columns);
    requireLength('bias', bias.length, columns);
    const result = new Int32Array(acc.length);
    this.#arena.reset();
    const biasAt = this.#arena.put(bias);
    byRows(this.#arena, acc, rows, columns, 0, (at, count, _out, from) => {
      this.#wasm.addBiasInt32(at, count, columns, biasAt);
      result.set(this.#arena.int32(at, count * columns), from);
    });
    return result;
  }

  requantiseTensor(acc: Int32Array, channel: Channel, range: Int8Range): Int8Array {
    requireRange(range);
    const { bias, multiplier, shift } = channel;
    requireChannel(channel);
    const parameters = [bias, multiplier, shift, range.zero, range.low, range.high];
    const result = new Int8Array(acc.length);
    this.#arena.reset();
    const size = aligned(Math.min(acc.length, BLOCK_ELEMENTS));
    const at = this.#arena.take(size * 4);
    const out = this.#arena.take(size);
    for (let from = 0; from < acc.length; from += BLOCK_ELEMENTS) {
      const count = Math.min(BLOCK_ELEMENTS, acc.length - from);
      this.#arena.int32(at, count).set(acc.subarray(from, from + count));
      this.#wasm.requantiseTensor(at, count, ...parameters, out);
      result.set(int8Of(this.#arena.bytes(out, count)), from);
    }
    return result;
  }

  binaryF32(name: BinaryF32, a: Float32Array, b: Float32Array): Float32Array {
    requireLength('b', b.length, a.length);
    const result = new Float32Array(a.length);
    this.#arena.reset();
    const size = Math.min(a.length, BLOCK_ELEMENTS) * 4;
    const [x, y, out] = [this.#arena.take(size), this.#arena.take(size), this.#arena.take(size)];
    for (let from = 0; from < a.length; from += BLOCK_ELEMENTS) {
      const count = Math.min(BLOCK_ELEMENTS, a.length - from);
      this.#arena.float32(x, count).set(a.subarray(from, from + count));
      this.#arena.float32(y, count).set(b.subarray(from, from + count));
      this.#wasm[name](x, y, count, out);
      result.set(this.#arena.float32(out, count), from);
    }
    return result;
  }

  reluF32(x: Float32Array): Float32Array {
    const result = new Float32Array(x.length);
    this.#arena.reset();
    const size = Math.min(x.length, BLOCK_ELEMENTS) * 4;
    const [at, out] = [this.#arena.take(size), this.#arena.take(size)];
    for (let from = 0; from < x.length; from += BLOCK_ELEMENTS) {
      const count = Math.min(BLOCK_ELEMENTS, x.length - from);
      this.#arena.float32(at, count).set(x.subarray(from, from + count));
      this.#wasm.reluF32(at, count, out);
      result.set(this.#arena.float32(out, count), from);
    }
    return result;
  }
}
