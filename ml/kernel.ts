/** One instance of float.wasm: deterministic f32 training steps. Operations take addresses in its memory. */
import { Arena, aligned } from '../hpu/arena.ts';

type FloatExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
  gemmF32(a: number, aRow: number, aStep: number, b: number, c: number, m: number, k: number, n: number): void;
  addBias(z: number, bias: number, rows: number, cols: number, relu: boolean): void;
  addColumns(x: number, rows: number, cols: number, sums: number): void;
  addSquares(x: number, rows: number, cols: number, mean: number, squares: number): void;
  divideF64(at: number, cols: number, count: number): void;
  inverseDeviations(at: number, cols: number, count: number): void;
  softmaxGradient(z: number, y: number, rows: number, cols: number): number;
  columnSums(x: number, rows: number, cols: number, out: number): void;
  transpose(x: number, rows: number, cols: number, out: number): void;
  maskRelu(gradient: number, output: number, count: number): void;
  momentumStep(
    w: number,
    v: number,
    g: number,
    count: number,
    rate: number,
    momentum: number,
    decay: number,
    limit: number,
  ): void;
  argmax(z: number, rows: number, cols: number, labels: number): void;
  extent(x: number, count: number, out: number): void;
  randomWords(out: number, words: number, stream: number, purpose: number, k0: number, k1: number): void;
  permute(out: number, words: number, count: number): void;
  symmetric(at: number, count: number, limit: number): void;
  philoxBlock(out: number, c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): void;
  expF32(x: number): number;
  logF32(x: number): number;
  rootF32(x: number): number;
};

/**
 * Largest layouts inside MLP_LIMITS: weights, velocities and gradient 3 MiB, a batch or the calibration rows 16 MiB, their
 * hidden activations and gradients 8 MiB.
 */
const SCRATCH_BYTES_MAX = 32 << 20;

export type MlKernel = { readonly wasm: FloatExports; readonly arena: Arena };

export function createMlKernel(module: WebAssembly.Module): MlKernel {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as FloatExports;
  return { wasm, arena: new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX) };
}
