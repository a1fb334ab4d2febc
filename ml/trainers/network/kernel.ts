/** One instance of network.wasm. Operations take addresses in its memory. */
import { Arena, aligned } from '../../../hpu/arena.ts';

type NetworkExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
};

/** Within the 40 MiB that a module may grow to. */
const SCRATCH_BYTES_MAX = 36 << 20;

export type NetworkKernel = { readonly wasm: NetworkExports; readonly arena: Arena };

export function createNetworkKernel(module: WebAssembly.Module): NetworkKernel {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as NetworkExports;
  return { wasm, arena: new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX) };
}
