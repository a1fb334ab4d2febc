import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../../hpu/node.ts';
import { gemmF32Reference } from '../../../hpu/reference/product.ts';
import { createMlKernel } from '../../../ml/kernel.ts';
import philox from '../../vectors/philox.json' with { type: 'json' };

const ml = createMlKernel(loadKernels().float);

function floats(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function multiply(
  a: Float32Array,
  b: Float32Array,
  m: number,
  k: number,
  n: number,
  transposed: boolean,
): Float32Array {
  ml.arena.reset();
  const [at, bt] = [ml.arena.put(a), ml.arena.put(b)];
  const out = ml.arena.take(m * n * 4);
  ml.wasm.gemmF32(at, transposed ? 1 : k, transposed ? m : 1, bt, out, m, k, n);
  return ml.arena.float32(out, m * n).slice();
}

describe('float kernels', () => {
  it('f32 products equal the sequential reference bit for bit, transposed or not', () => {
    const side = fc.integer({ min: 1, max: 21 });
    fc.assert(
      fc.property(side, fc.integer({ min: 0, max: 50 }), side, fc.nat(), (m, k, n, seed) => {
        const a = floats(m * k, seed);
        const b = floats(k * n, seed + 1);
        const expected = gemmF32Reference(a, b, m, k, n);
        expect(multiply(a, b, m, k, n, false)).toEqual(expected);
        const turned = new Float32Array(a.length);
        for (let i = 0; i < m; i++) for (let p = 0; p < k; p++) turned[p * m + i] = a[i * k + p] as number;
        expect(multiply(turned, b, m, k, n, true)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it.each(philox.vectors)('Philox4x32-10 known answer for key $key', ({ counter, key, words }) => {
    const word = (hex: string): number => Number.parseInt(hex, 16);
    const [c0, c1, c2, c3] = counter.map(word) as [number, number, number, number];
    const [k0, k1] = key.map(word) as [number, number];
    ml.arena.reset();
    const out = ml.arena.take(16);
    ml.wasm.philoxBlock(out, c0, c1, c2, c3, k0, k1);
    expect(Array.from(ml.arena.int32(out, 4), (x) => (x >>> 0).toString(16).padStart(8, '0'))).toEqual(words);
  });

  it('exp and log stay within 2 ulp of the true value', () => {
    const ulps = (actual: number, expected: number): number =>
      Math.abs(actual - expected) / 2 ** (Math.floor(Math.log2(Math.abs(expected))) - 23);
    let [worstExp, worstLog] = [0, 0];
    for (let i = 0; i <= 40_000; i++) {
      const x = Math.fround(-87 + (175 * i) / 40_000);
      worstExp = Math.max(worstExp, ulps(ml.wasm.expF32(x), Math.exp(x)));
      const y = Math.fround(2 ** (-60 + (120 * i) / 40_000) * 1.0001);
      worstLog = Math.max(worstLog, ulps(ml.wasm.logF32(y), Math.log(y)));
    }
    expect(worstExp).toBeLessThan(2);
    expect(worstLog).toBeLessThan(2);
    expect(ml.wasm.expF32(0)).toBe(1);
    expect(ml.wasm.expF32(-88)).toBe(0);
    expect(ml.wasm.expF32(-1e30)).toBe(0);
    expect(ml.wasm.logF32(1)).toBe(0);
  });

  function order(count: number, epoch: number, key: number): number[] {
    ml.arena.reset();
    const words = ml.arena.take((count + 3) * 4);
    const out = ml.arena.take(count * 4);
    ml.wasm.randomWords(words, count, epoch, 2, key, 0);
    ml.wasm.permute(out, words, count);
    return Array.from(ml.arena.int32(out, count));
  }

  it('permutes: every index once, another order each epoch and key', () => {
    for (const count of [1, 2, 3, 100, 1437]) {
      const drawn = order(count, 0, 1);
      expect(drawn.slice().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }
    expect(order(100, 0, 1)).toEqual(order(100, 0, 1));
    expect(order(100, 0, 1)).not.toEqual(order(100, 1, 1));
    expect(order(100, 0, 1)).not.toEqual(order(100, 0, 2));
  });

  it('draws each place with equal frequency', () => {
    const counts = new Array<number>(5).fill(0);
    for (let epoch = 0; epoch < 5000; epoch++) {
      const first = order(5, epoch, 9)[0] as number;
      counts[first] = (counts[first] as number) + 1;
    }
    // 1,000 expected, standard deviation 28
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(28 * 5);
  });
});
