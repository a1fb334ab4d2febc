/** One instance that multiplies: its memory holds resident weights first, then the scratch of a call. */
import { Arena, aligned } from '../arena.ts';
import type { ImageShape, Window } from '../operators/window.ts';
import { convolve } from './convolution.ts';
import { multiply } from './gemm.ts';
import type { Entries, ProductExports, ProductKernel, ProductUnit, WideRowExports } from './panels.ts';
import type { QuarterExports } from './strassen.ts';
import { type PackedWeights, packWeights, RESIDENT_BYTES, SCRATCH_BYTES_MAX, WeightStore } from './weights.ts';

/** What gemm.wasm has beside a product. */
type ExactExports = QuarterExports & WideRowExports;

export type ProductMemory = ProductExports &
  Partial<ExactExports> & { readonly memory: WebAssembly.Memory; heapBase(): number };

export class Product {
  /** Scratch, laid out afresh by each call. */
  readonly arena: Arena;
  readonly #memory: WebAssembly.Memory;
  readonly #unit: ProductUnit;
  readonly #store: WeightStore;

  constructor(kernel: ProductKernel, wasm: ProductMemory) {
    const base = aligned(wasm.heapBase());
    this.#memory = wasm.memory;
    this.arena = new Arena(wasm.memory, base + RESIDENT_BYTES, SCRATCH_BYTES_MAX);
    const exact = kernel === 'd16' ? { quarters: wasm as ExactExports, wideRow: wasm as ExactExports } : {};
    this.#unit = { kernel, wasm, arena: this.arena, ...exact };
    this.#store = new WeightStore(this.#unit, base);
  }

  packWeights(b: Entries, k: number, n: number): PackedWeights {
    return packWeights(this.#unit, b, k, n);
  }

  /** m x n words: int32, or the bits of f32. */
  multiply(a: Entries, weights: PackedWeights, m: number, into?: Int32Array): Int32Array {
    return multiply(this.#unit, this.#store, a, weights, m, into);
  }

  /** images x outHeight x outWidth x n words. */
  convolve(x: Entries, shape: ImageShape, window: Window, weights: PackedWeights, zero: number): Int32Array {
    return convolve(this.#unit, this.#store, x, shape, window, weights, zero);
  }

  memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }
}
