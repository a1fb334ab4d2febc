/** One instance of linear.wasm. Operations take addresses in its memory. */
import { Arena, aligned } from '../../../hpu/arena.ts';

type LinearExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
};

/** Within the 40 MiB that a module may grow to. */
const SCRATCH_BYTES_MAX = 36 << 20;

export type LinearKernel = { readonly wasm: LinearExports; readonly arena: Arena };

export function createLinearKernel(module: WebAssembly.Module): LinearKernel {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as LinearExports;
  return { wasm, arena: new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX) };
}
