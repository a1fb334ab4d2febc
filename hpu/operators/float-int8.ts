/**
 * Floats to int8 by minimum and maximum (white paper 3.3), per tensor and per column, and back. The range is found first over
 * everything; a NaN or an infinity anywhere is refused before a value is written. Scales follow scaleOf (asymmetric) or
 * symmetricScaleOf of hpu/quantise.ts, in f64; a range too narrow for a scale (all zero, or subnormal) has scale 1.
 */
import { type Arena, aligned } from '../arena.ts';
import { type Int8Scale, isScale, SYMMETRIC_MAX, scaleOf, symmetricScaleOf, within } from '../quantise.ts';
import { BLOCK_ELEMENTS, blockRows, requireColumns } from '../scaling.ts';
import { KernelFault, requireLength } from '../shape.ts';
import { bytesOf, int8Of } from './window.ts';

export type FloatExports = {
  columnExtents(x: number, rows: number, columns: number, low: number, high: number): number;
  quantiseWithin(x: number, count: number, inverse: number, zero: number, low: number, high: number, out: number): void;
  quantiseColumns(
    x: number,
    rows: number,
    columns: number,
    inverse: number,
    zeros: number,
    low: number,
    high: number,
    out: number,
  ): void;
  dequantise(q: number, count: number, scale: number, zero: number, out: number): void;
  dequantiseColumns(q: number, rows: number, columns: number, scales: number, zeros: number, out: number): void;
};

/** Asymmetric for activations, over [-128, 127] with a zero point; symmetric for weights, over [-127, 127] around 0. */
export type QuantiseKind = 'asymmetric' | 'symmetric';
export type Extent = { readonly low: number; readonly high: number };
export type QuantisedTensor = { readonly values: Int8Array; readonly scale: Int8Scale };
/** x[r][c] ~ (values[r][c] - zeros[c]) * scales[c]. */
export type ColumnScales = { readonly scales: Float64Array; readonly zeros: Int8Array };
export type QuantisedColumns = ColumnScales & { readonly values: Int8Array };

/** A flat tensor's extent is taken in this many columns, and their extents are merged. */
const FLAT_COLUMNS = 64;

const scaleBy = (kind: QuantiseKind, { low, high }: Extent): Int8Scale =>
  kind === 'symmetric' ? symmetricScaleOf(low, high) : scaleOf(low, high);
const lowestOf = (kind: QuantiseKind): number => (kind === 'symmetric' ? -SYMMETRIC_MAX : -128);

function requireScale({ scale, zero }: Int8Scale): void {
  if (!isScale(scale)) throw new KernelFault(4, `scale ${scale}`);
  if (!within(zero, -128, 127)) throw new KernelFault(4, `zero point ${zero}`);
}

export class FloatInt8 {
  readonly #wasm: FloatExports;
  readonly #arena: Arena;

  constructor(wasm: FloatExports, arena: Arena) {
    this.#wasm = wasm;
    this.#arena = arena;
  }

  extent(x: Float32Array): Extent {
    if (x.length === 0) return { low: 0, high: 0 };
    const even = x.length - (x.length % FLAT_COLUMNS);
    const parts = [
      this.columnExtents(x.subarray(0, even), even / FLAT_COLUMNS, FLAT_COLUMNS),
      this.columnExtents(x.subarray(even), 1, x.length - even),
    ].filter((_, i) => (i === 0 ? even > 0 : even < x.length));
    return {
      low: Math.min(...parts.flatMap(({ low }) => [...low])),
      high: Math.max(...parts.flatMap(({ high }) => [...high])),
    };
  }

  columnExtents(x: Float32Array, rows: number, columns: number): { low: Float32Array; high: Float32Array } {
    requireColumns('x', x.length, rows, columns);
    const empty = { low: new Float32Array(columns), high: new Float32Array(columns) };
    if (x.length === 0) return empty;
    const block = blockRows(rows, columns);
    this.#arena.reset();
    const low = this.#arena.put(new Float32Array(columns).fill(Number.POSITIVE_INFINITY));
    const high = this.#arena.put(new Float32Array(columns).fill(Number.NEGATIVE_INFINITY));
    const at = this.#arena.take(block * columns * 4);
    for (let row = 0; row < rows; row += block) {
      const count = Math.min(block, rows - row);
      this.#arena.float32(at, count * columns).set(x.subarray(row * columns, (row + count) * columns));
      const finite = this.#wasm.columnExtents(at, count, columns, low, high);
      if (finite === 0) throw new KernelFault(4, `NaN or infinity in rows ${row} to ${row + count - 1}`);
    }
    // + 0 makes -0 +0: which of the two a row of zeros gives depends on the order of comparison.
    return {
      low: this.#arena.float32(low, columns).map((value) => value + 0),
      high: this.#arena.float32(high, columns).map((value) => value + 0),
    };
  }

  quantiseTensor(x: Float32Array, kind: QuantiseKind): QuantisedTensor {
    const scale = scaleBy(kind, this.extent(x));
    const low = lowestOf(kind);
    const values = new Int8Array(x.length);
    const size = Math.min(x.length, BLOCK_ELEMENTS);
    this.#arena.reset();
    const at = this.#arena.take(size * 4);
    const out = this.#arena.take(size);
    for (let from = 0; from < x.length; from += BLOCK_ELEMENTS) {
      const count = Math.min(BLOCK_ELEMENTS, x.length - from);
      this.#arena.float32(at, count).set(x.subarray(from, from + count));
      this.#wasm.quantiseWithin(at, count, 1 / scale.scale, scale.zero, low, 127, out);
      values.set(int8Of(this.#arena.bytes(out, count)), from);
    }
    return { values, scale };
  }

  quantiseColumns(x: Float32Array, rows: number, columns: number, kind: QuantiseKind): QuantisedColumns {
    const { low, high } = this.columnExtents(x, rows, columns);
    const chosen = Array.from(low, (value, c) => scaleBy(kind, { low: value, high: high[c] as number }));
    const scales = Float64Array.from(chosen, ({ scale }) => scale);
    const zeros = Int8Array.from(chosen, ({ zero }) => zero);
    const values = new Int8Array(x.length);
    const block = blockRows(rows, columns);
    this.#arena.reset();
    const inverse = this.#arena.put(scales.map((scale) => 1 / scale));
    const zerosAt = this.#arena.put(Int16Array.from(zeros));
    const at = this.#arena.take(block * columns * 4);
    const out = this.#arena.take(block * columns);
    for (let row = 0; row < rows && columns > 0; row += block) {
      const count = Math.min(block, rows - row);
      this.#arena.float32(at, count * columns).set(x.subarray(row * columns, (row + count) * columns));
      this.#wasm.quantiseColumns(at, count, columns, inverse, zerosAt, lowestOf(kind), 127, out);
      values.set(int8Of(this.#arena.bytes(out, count * columns)), row * columns);
    }
    return { values, scales, zeros };
  }

  dequantise(q: Int8Array, scale: Int8Scale): Float32Array {
    requireScale(scale);
    const result = new Float32Array(q.length);
    const size = aligned(Math.min(q.length, BLOCK_ELEMENTS));
    this.#arena.reset();
    const at = this.#arena.take(size);
    const out = this.#arena.take(size * 4);
    for (let from = 0; from < q.length; from += BLOCK_ELEMENTS) {
      const count = Math.min(BLOCK_ELEMENTS, q.length - from);
      this.#arena.bytes(at, count).set(bytesOf(q.subarray(from, from + count)));
      this.#wasm.dequantise(at, count, scale.scale, scale.zero, out);
      result.set(this.#arena.float32(out, count), from);
    }
    return result;
  }

  dequantiseColumns(q: Int8Array, rows: number, columns: number, { scales, zeros }: ColumnScales): Float32Array {
    requireColumns('q', q.length, rows, columns);
    requireLength('scales', scales.length, columns);
    requireLength('zeros', zeros.length, columns);
    scales.forEach((scale, c) => {
      requireScale({ scale, zero: zeros[c] as number });
    });
    const result = new Float32Array(q.length);
    const block = blockRows(rows, columns);
    this.#arena.reset();
    const scalesAt = this.#arena.put(scales);
    const zerosAt = this.#arena.put(Int16Array.from(zeros));
    const at = this.#arena.take(block * columns);
    const out = this.#arena.take(block * columns * 4);
    for (let row = 0; row < rows && columns > 0; row += block) {
      const count = Math.min(block, rows - row);
      this.#arena.bytes(at, count * columns).set(bytesOf(q.subarray(row * columns, (row + count) * columns)));
      this.#wasm.dequantiseColumns(at, count, columns, scalesAt, zerosAt, out);
      result.set(this.#arena.float32(out, count * columns), row * columns);
    }
    return result;
  }
}
