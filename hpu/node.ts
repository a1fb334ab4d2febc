/** Loads the built kernels in Node. Workers and browsers import the .wasm files instead. */
import { readFileSync } from 'node:fs';
import type { KernelModules } from './hpu.ts';

export function loadKernel(name: string): WebAssembly.Module {
  const url = new URL(`./dist/${name}.wasm`, import.meta.url);
  try {
    return new WebAssembly.Module(readFileSync(url));
  } catch (cause) {
    throw new Error(`hpu/dist/${name}.wasm can't be loaded; build the kernels first: node hpu/build.ts`, { cause });
  }
}

/** Undefined on a host that knows no relaxed SIMD (Node 20): nothing else needs it. */
function loadRelaxed(): WebAssembly.Module | undefined {
  try {
    return loadKernel('relaxed');
  } catch (fault) {
    if ((fault as Error).cause instanceof WebAssembly.CompileError) return undefined;
    throw fault;
  }
}

export function loadKernels(): KernelModules {
  const relaxed = loadRelaxed();
  return {
    gemm: loadKernel('gemm'),
    freivalds: loadKernel('freivalds'),
    float: loadKernel('float'),
    ...(relaxed ? { relaxed } : {}),
  };
}
