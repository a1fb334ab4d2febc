/** Loads the built kernels in Node. Workers and browsers import the .wasm files instead. */
import { readFileSync } from 'node:fs';
import type { KernelModules } from './hpu.ts';

function load(name: string): WebAssembly.Module {
  const url = new URL(`./dist/${name}.wasm`, import.meta.url);
  try {
    return new WebAssembly.Module(readFileSync(url));
  } catch (cause) {
    throw new Error(`hpu/dist/${name}.wasm can't be loaded; build the kernels first: node hpu/build.ts`, { cause });
  }
}

export function loadKernels(): KernelModules {
  return { gemm: load('gemm'), freivalds: load('freivalds'), float: load('float') };
}
