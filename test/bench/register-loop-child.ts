/** A child process that runs register-only loops when told to: its compiler flags would slow everything else down. */
import asc from 'assemblyscript/asc';
import { FED_MACS, HELD_MACS, type RegisterKernel, registerLoopSource } from './register-loop-source.ts';

const ITERATIONS = 200_000;

async function compile(kernels: readonly RegisterKernel[]): Promise<WebAssembly.Instance> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const flags = '-O3 --noAssert --runtime stub --use abort= --enable simd --enable relaxed-simd --initialMemory 1';
  const { error, stderr } = await asc.main(['loop.ts', '--outFile', 'loop.wasm', ...flags.split(' ')], {
    readFile: (path: string) => (path === 'loop.ts' ? registerLoopSource(kernels) : null),
    writeFile: (_path: string, contents: Uint8Array | string) => {
      if (typeof contents !== 'string') wasm = Uint8Array.from(contents);
    },
    listFiles: () => [],
  });
  if (error || !wasm) throw new Error(`the register loops do not compile: ${stderr.toString()}`);
  return new WebAssembly.Instance(new WebAssembly.Module(wasm), {});
}

const KERNELS: RegisterKernel[] = ['d16', 'r16', 'f32'];
const { exports } = await compile(KERNELS);
const loops = exports as Record<string, (iterations: number, at: number) => number>;

/** Multiply-accumulates a millisecond of the faster form. */
function macsPerMs(kernel: RegisterKernel): number {
  const rate = (form: 'held' | 'fed', macs: number): number => {
    const startMs = performance.now();
    loops[`${form}_${kernel}`]?.(ITERATIONS, 0);
    return (macs * ITERATIONS) / (performance.now() - startMs);
  };
  return Math.max(rate('held', HELD_MACS(kernel)), rate('fed', FED_MACS(kernel)));
}

for (let round = 0; round < 20; round++) KERNELS.forEach(macsPerMs);

process.on('message', (kernel: RegisterKernel) => process.send?.(macsPerMs(kernel)));
process.send?.(0);
