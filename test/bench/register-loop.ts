/** The register-only loops from outside: asks the child for one sample at a time, so that it is measured in turn with a kernel. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RegisterKernel } from './register-loop-source.ts';

export interface RegisterLoops {
  /** Multiply-accumulates a millisecond, now. */
  macsPerMs(kernel: RegisterKernel): Promise<number>;
  stop(): void;
}

export async function startRegisterLoops(): Promise<RegisterLoops> {
  const child = fork(fileURLToPath(new URL('./register-loop-child.ts', import.meta.url)), {
    execArgv: ['--no-wasm-loop-unrolling', '--no-wasm-loop-peeling'],
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the register loops ended with ${code}`);
  });
  failed.catch(() => undefined);
  const answer = async (): Promise<number> => {
    const [rate] = (await Promise.race([once(child, 'message'), failed])) as [number];
    return rate;
  };
  await answer();
  return {
    macsPerMs(kernel) {
      child.send(kernel);
      return answer();
    },
    stop: () => child.kill(),
  };
}
