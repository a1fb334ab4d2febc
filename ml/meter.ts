/** Counts an executor's work by the price table, operation by operation as it runs. */
import { floatGemmCycles, freivaldsCycles, gemmCycles, LANE_OPS, vectorCycles } from '../protocol/cycles.ts';
import { type HpuCycles, hpuCycles } from '../protocol/units.ts';

export class Meter {
  #cycles = 0n;

  get cycles(): HpuCycles {
    return hpuCycles(this.#cycles);
  }

  product(m: number, k: number, n: number): void {
    this.#cycles += gemmCycles(m, k, n);
  }

  floatProduct(m: number, k: number, n: number): void {
    this.#cycles += floatGemmCycles(m, k, n);
  }

  freivalds(m: number, k: number, n: number): void {
    this.#cycles += freivaldsCycles(m, k, n);
  }

  vector(elements: number, ...operations: (keyof typeof LANE_OPS)[]): void {
    for (const operation of operations) this.#cycles += vectorCycles(elements, LANE_OPS[operation]);
  }
}
