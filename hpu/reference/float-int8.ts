/** The meaning of float <-> int8 by minimum and maximum. */
import { type Int8Scale, scaleOf, symmetricScaleOf } from '../quantise.ts';

const F32_MAX = 2 ** 128 - 2 ** 104;

/** Of finite floats; nothing gives 0 and 0, and -0 counts as +0. */
export function extentReference(x: readonly number[]): { low: number; high: number } {
  if (x.length === 0) return { low: 0, high: 0 };
  const low = x.reduce((least, value) => Math.min(least, value)) + 0;
  const high = x.reduce((most, value) => Math.max(most, value)) + 0;
  return { low, high };
}

export function tensorReference(x: readonly number[], kind: 'asymmetric' | 'symmetric') {
  const { low, high } = extentReference(x);
  const scale = kind === 'symmetric' ? symmetricScaleOf(low, high) : scaleOf(low, high);
  const least = kind === 'symmetric' ? -127 : -128;
  const inverse = 1 / scale.scale;
  const values = x.map((value) => Math.max(least, Math.min(127, Math.floor(value * inverse + 0.5) + scale.zero)));
  return { values, scale };
}

export function dequantiseReference(q: number, { scale, zero }: Int8Scale): number {
  return Math.fround(Math.max(-F32_MAX, Math.min(F32_MAX, (q - zero) * scale)));
}
