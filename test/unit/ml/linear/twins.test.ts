import { describe, expect, it } from 'vitest';
import { exp64 } from '../../../../ml/numeric/exp.ts';
import { log1p64, log64 } from '../../../../ml/numeric/log.ts';
import { kernels, noise } from './sets.ts';

const { wasm } = kernels.linear;

describe('exp and log in the kernel', () => {
  it('are those of ml/numeric, bit for bit', () => {
    const special = [0, -0, 1, -1, 5e-324, 1e308, 709.782712893384, 709.79, -708, -708.1, Number.NaN];
    const points = [...special, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < 3000; i++) points.push(noise(i) * 720, noise(i) * 2, Math.abs(noise(i)) * 1e300);
    for (const x of points) {
      expect(wasm.exp64(x), `exp ${x}`).toBe(exp64(x));
      expect(wasm.log64(x), `log ${x}`).toBe(log64(x));
      if (x >= 0 && x < 1e300) expect(wasm.log1p64(x), `log1p ${x}`).toBe(log1p64(x));
    }
  });
});
