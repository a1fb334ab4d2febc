/**
 * f32 products on an instance of float.wasm. Each element is ((0 + a0 b0) + a1 b1) + ... in the order of k, every operation
 * rounded to f32 and none fused, so all hosts give the same bits; only the payload of a NaN may differ, and what is hashed must
 * have none (or one canonical NaN).
 */
import type { ImageShape, Window } from '../operators/window.ts';
import { type HpuHost, tiledExports } from './host.ts';
import { Product, type ProductMemory } from './product.ts';
import type { PackedWeights } from './weights.ts';

export type FloatProduct = {
  /** Packs b (k x n f32, row-major). */
  packWeights(b: Float32Array, k: number, n: number): PackedWeights;
  /** a (m x k) times the weights: m x n, row-major; in `into` when it is given. */
  gemm(a: Float32Array, weights: PackedWeights, m: number, into?: Float32Array): Float32Array;
  /** As `Hpu.conv2d` for f32; padding is 0. */
  conv2d(x: Float32Array, shape: ImageShape, window: Window, weights: PackedWeights): Float32Array;
  memoryBytes(): number;
};

const floats = ({ buffer, byteOffset, length }: Int32Array): Float32Array =>
  new Float32Array(buffer, byteOffset, length);
const words = ({ buffer, byteOffset, length }: Float32Array): Int32Array => new Int32Array(buffer, byteOffset, length);

export function createFloatProduct(module: WebAssembly.Module, { tile }: HpuHost = {}): FloatProduct {
  const product = new Product('f32', tiledExports<ProductMemory>(new WebAssembly.Instance(module, {}), tile));
  return {
    packWeights: (b, k, n) => product.packWeights(b, k, n),
    gemm: (a, weights, m, into) => floats(product.multiply(a, weights, m, into && words(into))),
    conv2d: (x, shape, window, weights) => floats(product.convolve(x, shape, window, weights, 0)),
    memoryBytes: () => product.memoryBytes(),
  };
}
