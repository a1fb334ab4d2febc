/** One instance of trees.wasm. Operations take addresses in its memory. */
import { Arena, aligned } from '../../../hpu/arena.ts';

type TreeExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
};

/** Within the 40 MiB that a module may grow to. */
const SCRATCH_BYTES_MAX = 36 << 20;

export type TreeKernel = { readonly wasm: TreeExports; readonly arena: Arena };

export function createTreeKernel(module: WebAssembly.Module): TreeKernel {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as TreeExports;
  return { wasm, arena: new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX) };
}
