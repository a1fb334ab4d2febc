/** How close the kernels at 256^3 come to loops that touch no memory: the product of packed operands, in turn with the loop. */
import type { KernelModules } from '../../hpu/hpu.ts';
import { median } from './interleave.ts';
import { startRegisterLoops } from './register-loop.ts';
import type { RegisterKernel } from './register-loop-source.ts';

const SIDE = 256;
const MACS = SIDE ** 3;
const ROUNDS = 25;
const WARM_UPS = 8;
const CALLS = 15;
/** Each operand's room: more than 256^2 f32 and a panel's header. */
const ROOM_BYTES = 1 << 19;

type Multiply = (a: number, b: number, c: number, mPanels: number, steps: number, nPanels: number) => void;
type Exports = { memory: WebAssembly.Memory; heapBase(): number; multiply: Multiply; multiplyR16: Multiply };

/** The kernel on packed operands of zeros: its instructions and addresses do not depend on values. */
function productOf(module: WebAssembly.Module, name: 'multiply' | 'multiplyR16', entriesPerStep: number): () => void {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
  const base = Math.ceil(wasm.heapBase() / 64) * 64;
  wasm.memory.grow((3 * ROOM_BYTES) >> 16);
  const multiply = wasm[name];
  return () => multiply(base, base + ROOM_BYTES, base + 2 * ROOM_BYTES, SIDE / 4, SIDE / entriesPerStep, SIDE / 8);
}

/** Fraction of the register-only loop's rate: the median of the rounds' ratios. */
export async function kernelShares(modules: KernelModules): Promise<Record<RegisterKernel, number | null>> {
  const kernels: Record<RegisterKernel, (() => void) | undefined> = {
    d16: productOf(modules.gemm, 'multiply', 2),
    r16: modules.relaxed && productOf(modules.relaxed, 'multiplyR16', 4),
    f32: productOf(modules.float, 'multiply', 1),
  };
  const loops = await startRegisterLoops();
  const shares: Record<RegisterKernel, number[]> = { d16: [], r16: [], f32: [] };
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const name of Object.keys(kernels) as RegisterKernel[]) {
      const run = kernels[name];
      if (!run) continue;
      const loopRate = await loops.macsPerMs(name);
      const startMs = performance.now();
      for (let i = 0; i < CALLS; i++) run();
      const rate = (MACS * CALLS) / (performance.now() - startMs);
      if (round >= 0) shares[name].push(rate / loopRate);
    }
  }
  loops.stop();
  const share = (sample: number[]): number | null => (sample.length ? Number(median(sample).toFixed(3)) : null);
  return { d16: share(shares.d16), r16: share(shares.r16), f32: share(shares.f32) };
}
