/** The software HPU: int8 products, requantisation and residue dots on WebAssembly instances made from given modules. */
import type { Arena } from './arena.ts';
import { type ResidueDots, residueDots } from './freivalds/residues.ts';
import type { ImageShape, Window } from './operators/window.ts';
import { type HpuHost, relaxedExports, tiledExports } from './product/host.ts';
import type { ProductKernel } from './product/panels.ts';
import { Product, type ProductMemory } from './product/product.ts';
import { fitSevenBits, type PackedWeights } from './product/weights.ts';
import { type Channels, type Int8Range, type Int8Scale, isScale, requireRange } from './quantise.ts';
import { Scaling, type ScalingExports } from './scaling.ts';
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

type QuantiseExports = {
  quantise(x: number, count: number, inverseScale: number, zero: number, out: number): void;
};

export function createHpu(modules: HpuModules, { tile, chooseDot = () => 'r16' }: HpuHost = {}): Hpu {
  const exports = tiledExports<ProductMemory & ScalingExports & QuantiseExports>(
    new WebAssembly.Instance(modules.gemm, {}),
    tile,
  );
  const exact = new Product('d16', exports);
  let seven: Product | undefined;
  const residues = residueDots(modules.freivalds);
  const scaling = new Scaling(exports, exact.arena);
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
    requantise: (acc, rows, columns, channels, range) => scaling.requantise(acc, rows, columns, channels, range),
    rescale: (acc, rows, columns, channels) => scaling.rescale(acc, rows, columns, channels),
    quantise: (x, to) => quantise(exports, exact.arena, x, to),
    residues,
    memoryBytes: () => exact.memoryBytes() + (seven?.memoryBytes() ?? 0) + residues.memoryBytes(),
  };
}

/** Floats copied in at once. */
const FLOATS_AT_ONCE = 1 << 18;

function quantise(wasm: QuantiseExports, arena: Arena, x: Float32Array, { scale, zero }: Int8Scale): Int8Array {
  if (!isScale(scale)) throw new KernelFault(4, `scale ${scale}`);
  requireRange({ zero, low: -128, high: 127 });
  const result = new Int8Array(x.length);
  for (let from = 0; from < x.length; from += FLOATS_AT_ONCE) {
    const part = x.subarray(from, from + FLOATS_AT_ONCE);
    arena.reset();
    const at = arena.put(part);
    const out = arena.take(part.length);
    wasm.quantise(at, part.length, 1 / scale, zero, out);
    result.set(arena.int8(out, part.length), from);
  }
  return result;
}
