/** The meaning of the element-wise operators, one element at a time. */
import type { AddScaling, Int8Range } from '../quantise.ts';

const clamp = (x: bigint, low: bigint, high: bigint): bigint => (x < low ? low : x > high ? high : x);

export const clampReference = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

export function addInt8Reference(a: number, b: number, { left, right, shift }: AddScaling, range: Int8Range): number {
  const sum = BigInt(a - left.zero) * BigInt(left.multiplier) + BigInt(b - right.zero) * BigInt(right.multiplier);
  const y = (sum + (1n << BigInt(shift - 1))) >> BigInt(shift);
  return Number(clamp(y + BigInt(range.zero), BigInt(range.low), BigInt(range.high)));
}

export const addBiasReference = (acc: number, bias: number): number =>
  Number(clamp(BigInt(acc) + BigInt(bias), -(1n << 31n), (1n << 31n) - 1n));

/** JavaScript's one NaN has no sign or payload; a Float32Array may store any, so tests compare bits with 0x7fc00000. */
export const F32_REFERENCE = {
  addF32: (a: number, b: number): number => Math.fround(a + b),
  mulF32: (a: number, b: number): number => Math.fround(a * b),
  minF32: (a: number, b: number): number => Math.min(a, b),
  maxF32: (a: number, b: number): number => Math.max(a, b),
} as const;

export const reluF32Reference = (x: number): number => (Number.isNaN(x) || x <= 0 ? 0 : x);
