/** One instance of network.wasm. Operations take addresses in its memory. */
import { Arena, aligned } from '../../../hpu/arena.ts';
import type { Tile } from '../../../hpu/product/host.ts';

/** Addresses in bytes, counts in elements, unless hpu/assembly/network/ says otherwise. */
type NetworkExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
  chooseTile(byShuffle: boolean): void;
  packA(a: number, m: number, k: number, out: number): void;
  packB(b: number, k: number, n: number, out: number): void;
  packColumns(x: number, rows: number, cols: number, out: number): void;
  packTransposed(w: number, rows: number, cols: number, out: number): void;
  multiply(a: number, b: number, c: number, mPanels: number, steps: number, nPanels: number): void;
  addBias(z: number, bias: number, rows: number, ld: number, relu: boolean): void;
  exponentialRows(z: number, rows: number, cols: number, ld: number): void;
  crossEntropy(z: number, labels: number, rows: number, cols: number, ld: number): number;
  squaredError(z: number, targets: number, rows: number, ld: number, limit: number): number;
  reluGradient(gradient: number, output: number, count: number, scale: number): void;
  columnSums(x: number, rows: number, ld: number, out: number): void;
  dropout(z: number, count: number, words: number, dropped: number, scale: number): void;
  momentumStep(
    w: number,
    v: number,
    g: number,
    count: number,
    rate: number,
    momentum: number,
    decay: number,
    limit: number,
    nesterov: boolean,
  ): void;
  adamStep(
    w: number,
    m: number,
    v: number,
    g: number,
    count: number,
    rate: number,
    beta1: number,
    beta2: number,
    correction: number,
    epsilon: number,
    decay: number,
    limit: number,
  ): void;
  borderImage(x: number, height: number, width: number, channels: number, dy: number, dx: number, out: number): void;
  convolve(
    image: number,
    height: number,
    width: number,
    channels: number,
    run: number,
    weights: number,
    nPanels: number,
    scratch: number,
    z: number,
  ): void;
  poolForward(
    z: number,
    height: number,
    width: number,
    channels: number,
    bias: number,
    out: number,
    outRow: number,
    index: number,
  ): void;
  poolBackward(
    slopes: number,
    index: number,
    height: number,
    width: number,
    channels: number,
    dz: number,
    biasSlopes: number,
  ): void;
  addWeightSlopes(
    image: number,
    height: number,
    width: number,
    channels: number,
    run: number,
    dz: number,
    filters: number,
    scratch: number,
    slopes: number,
  ): void;
  clearPadding(slopes: number, channels: number, run: number, filters: number): void;
  packTurned(w: number, channels: number, filters: number, turned: number, out: number): void;
  randomWords(out: number, words: number, stream: number, purpose: number, k0: number, k1: number): void;
  symmetric(at: number, count: number, limit: number): void;
};

/** Within the 40 MiB that a module may grow to. */
export const SCRATCH_BYTES_MAX = 36 << 20;

export type NetworkKernel = { readonly wasm: NetworkExports; readonly arena: Arena };

/** With the tile that the host reads faster; models and cycles are the same. */
export function createNetworkKernel(module: WebAssembly.Module, tile: Tile = 'splat'): NetworkKernel {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as NetworkExports;
  wasm.chooseTile(tile === 'shuffle');
  return { wasm, arena: new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX) };
}
