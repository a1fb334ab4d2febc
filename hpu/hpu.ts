/** The software HPU: int8 products, requantisation and residue dots on WebAssembly instances made from given modules. */
import type { Arena } from './arena.ts';
import { type ResidueDots, residueDots } from './freivalds/residues.ts';
import type { ImageShape, Window } from './operators/window.ts';
import { type HpuHost, relaxedExports, tiledExports } from './product/host.ts';
import type { ProductKernel } from './product/panels.ts';
import { Product, type ProductMemory } from './product/product.ts';
import { fitSevenBits, type PackedWeights } from './product/weights.ts';
import { type Channels, type Int8Range, type Int8Scale, isScale, requireChannels, requireRange } from './quantise.ts';
import { KernelFault } from './shape.ts';

/** Compiled kernels: `import gemm from './gemm.wasm'` in a Worker, hpu/node.ts in Node, a fetched module in a browser. */
export type HpuModules = {
  readonly gemm: WebAssembly.Module;
  readonly freivalds: WebAssembly.Module;
  /** Absent on a host without relaxed SIMD; products are then d16's, with the same results. */
  readonly relaxed?: WebAssembly.Module;
};
/** With the float kernels that ml/ runs. */
export type KernelModules = HpuModules & { readonly float: WebAssembly.Module };

export type Hpu = {
  /**
   * Packs b (k x n, row-major). Pack once a model: packing costs more than one product of a single row. Without `kernel` the
   * weights go to r16 when the host has it and all lie in [-64, 63], else to d16. Throws KernelFault 4 for r16 otherwise.
   */
  packWeights(b: Int8Array, k: number, n: number, kernel?: ProductKernel): PackedWeights;
  /** a (m x k) times the weights: m x n int32, row-major, exact; in `into` when it is given. */
  gemm(a: Int8Array, weights: PackedWeights, m: number, into?: Int32Array): Int32Array;
  /**
   * x (images x height x width x channels int8) under a window, by weights packed from (window.height * window.width *
   * channels) x n: outputShape(...) with n channels, int32, exact. Padding holds `zero`, the zero point of x.
   */
  conv2d(x: Int8Array, shape: ImageShape, window: Window, weights: PackedWeights, zero: number): Int32Array;
  /** acc (rows x columns) to int8 by the rule of hpu/quantise.ts. */
  requantise(acc: Int32Array, rows: number, columns: number, channels: Channels, range: Int8Range): Int8Array;
  /** As requantise, to int32 without a zero point: puts columns with different scales on one. */
  rescale(acc: Int32Array, rows: number, columns: number, channels: Channels): Int32Array;
  /** Floats to int8; NaN becomes the zero point. */
  quantise(x: Float32Array, to: Int8Scale): Int8Array;
  readonly residues: ResidueDots;
  /** Kernel memory in use, bounded by construction: at most 21 MiB for each product and 9 MiB for residues. */
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

export function createHpu(modules: HpuModules, { tile, chooseDot = () => 'r16' }: HpuHost = {}): Hpu {
  const exports = tiledExports<ProductMemory & ElementwiseExports>(new WebAssembly.Instance(modules.gemm, {}), tile);
  const exact = new Product('d16', exports);
  let seven: Product | undefined;
  const residues = residueDots(modules.freivalds);
  const elementwise = new Elementwise(exports, exact.arena);
  const productOf = (kernel: ProductKernel): Product => {
    if (kernel === 'd16') return exact;
    if (kernel !== 'r16' || !modules.relaxed) throw new KernelFault(4, `no kernel ${kernel} on this host`);
    seven ??= new Product('r16', relaxedExports(new WebAssembly.Instance(modules.relaxed, {}), chooseDot()));
    return seven;
  };
  return {
    packWeights: (b, k, n, kernel = modules.relaxed && fitSevenBits(b) ? 'r16' : 'd16') =>
      productOf(kernel).packWeights(b, k, n),
    gemm: (a, weights, m, into) => productOf(weights.kernel).multiply(a, weights, m, into),
    conv2d: (x, shape, window, weights, zero) => productOf(weights.kernel).convolve(x, shape, window, weights, zero),
    requantise: (acc, rows, columns, channels, range) => elementwise.requantise(acc, rows, columns, channels, range),
    rescale: (acc, rows, columns, channels) => elementwise.rescale(acc, rows, columns, channels),
    quantise: (x, to) => elementwise.quantise(x, to),
    residues,
    memoryBytes: () => exact.memoryBytes() + (seven?.memoryBytes() ?? 0) + residues.memoryBytes(),
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
