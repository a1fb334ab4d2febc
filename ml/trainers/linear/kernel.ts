/** One instance of linear.wasm: f64 products, factors and losses. Operations take addresses in its memory. */
import { Arena, aligned } from '../../../hpu/arena.ts';

type LinearExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
  centre(x: number, mean: number, rows: number, cols: number, next: number, out: number, ld: number): void;
  addProduct(a: number, aRow: number, aStep: number, b: number, c: number, m: number, k: number, n: number): void;
  addProductColumn(a: number, ld: number, b: number, c: number, m: number, k: number, transposed: boolean): void;
  gram(panel: number, rows: number, n: number, ld: number, g: number): void;
  factorRows(g: number, from: number, to: number, ridge: number, least: number): void;
  inverseTrace(l: number, n: number, from: number, to: number, scratch: number): number;
  solve(l: number, n: number, x: number): void;
  solveTransposed(l: number, n: number, x: number): void;
  softmaxRows(z: number, rows: number, k: number): void;
  softmaxResiduals(z: number, labels: number, weights: number, rows: number, k: number): number;
  logisticResiduals(z: number, labels: number, weights: number, rows: number): number;
  squaredDistances(x: number, rows: number, ld: number, centre: number, distances: number): void;
  nearest(products: number, norms: number, rows: number, k: number, labels: number): void;
  addRows(
    x: number,
    labels: number,
    rows: number,
    ld: number,
    centres: number,
    sums: number,
    counts: number,
    inertia: number,
  ): void;
  exp64(x: number): number;
  log64(x: number): number;
  log1p64(x: number): number;
};

/** Within the 40 MiB that a module may grow to. */
export const SCRATCH_BYTES_MAX = 36 << 20;

export type LinearKernel = { readonly wasm: LinearExports; readonly arena: Arena };

export function createLinearKernel(module: WebAssembly.Module): LinearKernel {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as LinearExports;
  return { wasm, arena: new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX) };
}

/** A view of f64, valid until the next `take`. */
export function float64(kernel: LinearKernel, at: number, length: number): Float64Array {
  return new Float64Array(kernel.wasm.memory.buffer, at, length);
}

/** Address of `length` zeros. */
export function zeros(kernel: LinearKernel, length: number): number {
  const at = kernel.arena.take(length * 8);
  float64(kernel, at, length).fill(0);
  return at;
}
