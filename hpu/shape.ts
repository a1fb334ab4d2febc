/** Dimension checks of every kernel call. They run before a byte of kernel memory is written. */

/** int32 sums hold for |acc| <= K * 2^14 <= 2^31 - 1, hence K <= 131,071. */
export const K_MAX = 131_071;

export const KERNEL_FAULTS = {
  1: 'a dimension is not a non-negative integer',
  2: 'k is beyond 131,071: int32 sums would overflow',
  3: 'a buffer does not have the length of its shape',
  4: 'a kernel parameter is out of range',
  5: 'the work does not fit kernel memory',
} as const;
export type KernelFaultNumber = keyof typeof KERNEL_FAULTS;

/** A caller's broken invariant: sizes of untrusted work are checked before they come here. */
export class KernelFault extends Error {
  override name = 'KernelFault';
  readonly number: KernelFaultNumber;
  constructor(number: KernelFaultNumber, evidence: string) {
    super(`${KERNEL_FAULTS[number]}: ${evidence}`);
    this.number = number;
  }
}

export function requireDimension(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new KernelFault(1, `${name} = ${value}`);
}

export function requireLength(name: string, actual: number, expected: number): void {
  if (actual !== expected) throw new KernelFault(3, `${name} has ${actual} entries, its shape ${expected}`);
}

/** Entries of one result: 512 MiB of int32, beyond any isolate. */
export const OUTPUT_ENTRIES_MAX = 2 ** 27;

/** m x k by k x n. */
export function requireProduct(m: number, k: number, n: number): void {
  requireDimension('m', m);
  requireDimension('k', k);
  requireDimension('n', n);
  if (k > K_MAX) throw new KernelFault(2, `k = ${k}`);
  if (m * n > OUTPUT_ENTRIES_MAX) throw new KernelFault(5, `${m} x ${n} entries of product`);
}
