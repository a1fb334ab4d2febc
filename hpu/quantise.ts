/**
 * Between floats, int8 and int32 accumulators. One rounding rule, which is consensus:
 *
 *   round(v) = floor(v + 1/2)            half goes up, toward +infinity, for both signs
 *
 * applied once to an exact value. Requantising takes the exact x * multiplier (x = acc + bias, int64) and shifts it once:
 * (x * multiplier + 2^(shift - 1)) >> shift. Rounding twice (first to Q31, then by the rest of the shift, as gemmlowp does)
 * gives other logits. Vectors: test/vectors/requantise.json.
 */
import { KernelFault, requireDimension, requireLength } from './shape.ts';

/** |bias| <= 2^30 keeps |acc + bias| below 3 * 2^30, and with multiplier < 2^31 and shift <= 62 every sum below 2^63. */
export const BIAS_MAX = 2 ** 30;
/** A multiplier is a fraction in [1/2, 1) as Q31: 2^30 to 2^31 - 1. */
export const MULTIPLIER_MIN = 2 ** 30;
export const MULTIPLIER_MAX = 2 ** 31 - 1;
export const SHIFT_MIN = 1;
export const SHIFT_MAX = 62;

/** Per output channel: y = round((acc + bias) * multiplier / 2^shift). */
export type Channels = { readonly bias: Int32Array; readonly multiplier: Int32Array; readonly shift: Int32Array };
/** int8 result: y + zero, clamped to [low, high]. */
export type Int8Range = { readonly zero: number; readonly low: number; readonly high: number };
/** q = round(x / scale) + zero, clamped to int8. */
export type Int8Scale = { readonly scale: number; readonly zero: number };

const within = (x: number, low: number, high: number): boolean => Number.isInteger(x) && x >= low && x <= high;

/** Why the channels can't be used for `columns` columns, or undefined. */
export function channelsFault({ bias, multiplier, shift }: Channels, columns: number): string | undefined {
  if (bias.length !== columns || multiplier.length !== columns || shift.length !== columns) return 'channel count';
  if (!bias.every((x) => within(x, -BIAS_MAX, BIAS_MAX))) return 'bias';
  if (!multiplier.every((x) => within(x, MULTIPLIER_MIN, MULTIPLIER_MAX))) return 'multiplier';
  if (!shift.every((x) => within(x, SHIFT_MIN, SHIFT_MAX))) return 'shift';
  return undefined;
}

export function requireChannels(acc: Int32Array, rows: number, columns: number, channels: Channels): void {
  requireDimension('rows', rows);
  requireDimension('columns', columns);
  requireLength('acc', acc.length, rows * columns);
  const fault = channelsFault(channels, columns);
  if (fault !== undefined) throw new KernelFault(4, fault);
}

export function requireRange({ zero, low, high }: Int8Range): void {
  if (!within(low, -128, 127) || !within(high, low, 127) || !within(zero, -128, 127)) throw new KernelFault(4, 'range');
}

/** A usable scale: normal, so that 1 / scale is finite. */
export const isScale = (scale: number): boolean => scale >= 2 ** -126 && scale <= 2 ** 127;

/** Maps [low, high], widened to hold 0, on int8 by its minimum and maximum; 0 is represented exactly. */
export function scaleOf(low: number, high: number): Int8Scale {
  const bottom = Math.min(low, 0);
  const top = Math.max(high, 0);
  const scale = (top - bottom) / 255;
  if (!isScale(scale)) return { scale: 1, zero: 0 };
  return { scale, zero: Math.max(-128, Math.min(127, Math.floor(-128 - bottom / scale + 0.5))) };
}

/**
 * The Q31 multiplier and shift nearest to `ratio` (a positive normal f64 up to 2^30). Ratios below 2^-31 underflow to the
 * smallest representable one. Halving and doubling are exact, so the answer is the same everywhere.
 */
export function fixedPoint(ratio: number): { multiplier: number; shift: number } {
  if (!(ratio > 0) || ratio > 2 ** 30) throw new KernelFault(4, `ratio ${ratio}`);
  let fraction = ratio;
  let shift = 31;
  // Bounded by f64's exponents: at most 1,074 halvings or doublings.
  for (; fraction >= 1; fraction /= 2) shift--;
  for (; fraction < 0.5; fraction *= 2) shift++;
  let multiplier = Math.floor(fraction * 2 ** 31 + 0.5);
  if (multiplier > MULTIPLIER_MAX) {
    multiplier = MULTIPLIER_MIN;
    shift--;
  }
  if (shift > SHIFT_MAX) return { multiplier: MULTIPLIER_MIN, shift: SHIFT_MAX };
  if (shift < SHIFT_MIN) throw new KernelFault(4, `ratio ${ratio}`);
  return { multiplier, shift };
}
