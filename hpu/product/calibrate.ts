/**
 * Tells which relaxed kernel is faster on this host: r32 where the machine has a dot that adds (AVX-VNNI, SDOT), r16 elsewhere.
 * Both give the same product, so a wrong answer costs time and nothing else. For Node and browsers: a Worker's clock stands
 * still while it computes, so Workers always take r16.
 */
import { createHpu, type HpuModules } from '../hpu.ts';
import type { RelaxedDot } from './host.ts';

const [M, K, N] = [64, 512, 64];
/** The first calls are the compilers'; then each is measured in turn, and the best of its rounds counts. */
const WARM_UPS = 8;
const ROUNDS = 8;
const CALLS = 4;
/** A kernel must be faster by this much to be preferred to r16: below it is noise. */
const MARGIN = 1.05;

/** `now`: milliseconds of a clock that runs while it computes, such as `performance.now`. Takes some 20 ms. */
export function calibrateRelaxedDot(modules: HpuModules, now: () => number): RelaxedDot {
  if (!modules.relaxed) return 'r16';
  const contenders = (['r16', 'r32'] as const).map((dot) => {
    const hpu = createHpu(modules, { chooseDot: () => dot });
    const weights = hpu.packWeights(new Int8Array(K * N).fill(1), K, N, 'r16');
    const a = new Int8Array(M * K).fill(1);
    return { dot, run: () => hpu.gemm(a, weights, M), bestMs: Number.POSITIVE_INFINITY };
  });
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const contender of contenders) {
      const startMs = now();
      for (let call = 0; call < CALLS; call++) contender.run();
      if (round >= 0) contender.bestMs = Math.min(contender.bestMs, now() - startMs);
    }
  }
  const [r16, r32] = contenders as [(typeof contenders)[0], (typeof contenders)[0]];
  return r32.bestMs * MARGIN < r16.bestMs ? 'r32' : 'r16';
}
