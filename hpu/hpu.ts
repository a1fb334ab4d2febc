/** The software HPU: int8 products, requantisation and residue dots on WebAssembly instances made from given modules. */
import { Arena, aligned } from './arena.ts';
import { Gemm, type PackedWeights, RESIDENT_BYTES, SCRATCH_BYTES_MAX } from './gemm.ts';
import { type Channels, type Int8Range, type Int8Scale, isScale, requireChannels, requireRange } from './quantise.ts';
import { type ResidueDots, residueDots } from './residues.ts';
import { KernelFault } from './shape.ts';

/** Compiled kernels: `import gemm from './gemm.wasm'` in a Worker, hpu/node.ts in Node, a fetched module in a browser. */
export type HpuModules = { readonly gemm: WebAssembly.Module; readonly freivalds: WebAssembly.Module };
/** With the float kernels that ml/ runs. */
export type KernelModules = HpuModules & { readonly float: WebAssembly.Module };

export type Hpu = {
  /** Packs b (k x n, row-major). Pack once a model: packing costs more than one product of a single row. */
  packWeights(b: Int8Array, k: number, n: number): PackedWeights;
  /** a (m x k) times the weights: m x n int32, row-major, exact. */
  gemm(a: Int8Array, weights: PackedWeights, m: number): Int32Array;
  /** acc (rows x columns) to int8 by the rule of hpu/quantise.ts. */
  requantise(acc: Int32Array, rows: number, columns: number, channels: Channels, range: Int8Range): Int8Array;
  /** As requantise, to int32 without a zero point: puts columns with different scales on one. */
  rescale(acc: Int32Array, rows: number, columns: number, channels: Channels): Int32Array;
  /** Floats to int8; NaN becomes the zero point. */
  quantise(x: Float32Array, to: Int8Scale): Int8Array;
  readonly residues: ResidueDots;
  /** Kernel memory in use, bounded by construction: at most 21 MiB and 9 MiB in the two instances. */
  memoryBytes(): number;
};

type ElementwiseExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
  requantise(
    acc: number,
    rows: number,
    columns: number,
    bias: number,
    multiplier: number,
    shift: number,
    zero: number,
    low: number,
    high: number,
    out: number,
  ): void;
  rescale(
    acc: number,
    rows: number,
    columns: number,
    bias: number,
    multiplier: number,
    shift: number,
    out: number,
  ): void;
  quantise(x: number, count: number, inverseScale: number, zero: number, out: number): void;
};

/** Elements that an element-wise kernel takes at once: 8 bytes in and out each. */
const ELEMENTS_MAX = 1 << 20;

export function createHpu(modules: HpuModules): Hpu {
  const instance = new WebAssembly.Instance(modules.gemm, {});
  const wasm = instance.exports as unknown as ElementwiseExports;
  const base = aligned(wasm.heapBase());
  const arena = new Arena(wasm.memory, base + RESIDENT_BYTES, SCRATCH_BYTES_MAX);
  const product = new Gemm(instance, base, arena);
  const residues = residueDots(modules.freivalds);
  const elementwise = new Elementwise(wasm, arena);
  return {
    packWeights: (b, k, n) => product.packWeights(b, k, n),
    gemm: (a, weights, m) => product.multiply(a, weights, m),
    requantise: (acc, rows, columns, channels, range) => elementwise.requantise(acc, rows, columns, channels, range),
    rescale: (acc, rows, columns, channels) => elementwise.rescale(acc, rows, columns, channels),
    quantise: (x, to) => elementwise.quantise(x, to),
    residues,
    memoryBytes: () => wasm.memory.buffer.byteLength + residues.memoryBytes(),
  };
}

class Elementwise {
  readonly #wasm: ElementwiseExports;
  readonly #arena: Arena;

  constructor(wasm: ElementwiseExports, arena: Arena) {
    this.#wasm = wasm;
    this.#arena = arena;
  }

  requantise(acc: Int32Array, rows: number, columns: number, channels: Channels, range: Int8Range): Int8Array {
    requireRange(range);
    const result = new Int8Array(acc.length);
    this.#byRows(acc, rows, columns, channels, 1, (at, count, [bias, multiplier, shift], out, from) => {
      const { zero, low, high } = range;
      this.#wasm.requantise(at, count, columns, bias, multiplier, shift, zero, low, high, out);
      result.set(new Int8Array(this.#wasm.memory.buffer, out, count * columns), from * columns);
    });
    return result;
  }

  rescale(acc: Int32Array, rows: number, columns: number, channels: Channels): Int32Array {
    const result = new Int32Array(acc.length);
    this.#byRows(acc, rows, columns, channels, 4, (at, count, [bias, multiplier, shift], out, from) => {
      this.#wasm.rescale(at, count, columns, bias, multiplier, shift, out);
      result.set(this.#arena.int32(out, count * columns), from * columns);
    });
    return result;
  }

  #byRows(
    acc: Int32Array,
    rows: number,
    columns: number,
    channels: Channels,
    outBytes: number,
    run: (at: number, count: number, channelsAt: [number, number, number], out: number, from: number) => void,
  ): void {
    requireChannels(acc, rows, columns, channels);
    if (columns > ELEMENTS_MAX) throw new KernelFault(5, `${columns} columns`);
    const { bias, multiplier, shift } = channels;
    const block = Math.max(1, Math.min(rows, Math.floor(ELEMENTS_MAX / Math.max(1, columns))));
    this.#arena.reset();
    const at: [number, number, number] = [this.#arena.put(bias), this.#arena.put(multiplier), this.#arena.put(shift)];
    const input = this.#arena.take(block * columns * 4);
    const out = this.#arena.take(block * columns * outBytes);
    for (let from = 0; from < rows; from += block) {
      const count = Math.min(block, rows - from);
      this.#arena.int32(input, count * columns).set(acc.subarray(from * columns, (from + count) * columns));
      run(input, count, at, out, from);
    }
  }

  quantise(x: Float32Array, { scale, zero }: Int8Scale): Int8Array {
    if (!isScale(scale)) throw new KernelFault(4, `scale ${scale}`);
    requireRange({ zero, low: -128, high: 127 });
    const result = new Int8Array(x.length);
    for (let from = 0; from < x.length; from += ELEMENTS_MAX) {
      const part = x.subarray(from, from + ELEMENTS_MAX);
      this.#arena.reset();
      const at = this.#arena.put(part);
      const out = this.#arena.take(part.length);
      this.#wasm.quantise(at, part.length, 1 / scale, zero, out);
      result.set(new Int8Array(this.#wasm.memory.buffer, out, part.length), from);
    }
    return result;
  }
}
