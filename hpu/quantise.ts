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
/** The same for every column. */
export type Channel = { readonly bias: number; readonly multiplier: number; readonly shift: number };
/** int8 result: y + zero, clamped to [low, high]. */
export type Int8Range = { readonly zero: number; readonly low: number; readonly high: number };
/** q = round(x * (1 / scale)) + zero, clamped to int8; 1 / scale is rounded to f64 once. */
export type Int8Scale = { readonly scale: number; readonly zero: number };

/** Symmetric values are of [-127, 127]. */
export const SYMMETRIC_MAX = 127;

/**
 * Sum of two int8 tensors: y = round(((a - left.zero) * left.multiplier + (b - right.zero) * right.multiplier) / 2^shift). One
 * exact sum below 2^40, one rounding.
 */
export type AddScaling = {
  readonly left: { readonly zero: number; readonly multiplier: number };
  readonly right: { readonly zero: number; readonly multiplier: number };
  readonly shift: number;
};

/** An integer of [low, high]. */
export const within = (x: number, low: number, high: number): boolean => Number.isInteger(x) && x >= low && x <= high;

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

export function requireChannel({ bias, multiplier, shift }: Channel): void {
  if (!within(bias, -BIAS_MAX, BIAS_MAX)) throw new KernelFault(4, `bias ${bias}`);
  if (!within(multiplier, MULTIPLIER_MIN, MULTIPLIER_MAX)) throw new KernelFault(4, `multiplier ${multiplier}`);
  if (!within(shift, SHIFT_MIN, SHIFT_MAX)) throw new KernelFault(4, `shift ${shift}`);
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
 * As scaleOf, with zero point 0 and values in [-127, 127]: for weights, whose negatives then stay representable. -128 is never
 * used.
 */
export function symmetricScaleOf(low: number, high: number): Int8Scale {
  const scale = Math.max(-low, high, 0) / SYMMETRIC_MAX;
  return { scale: isScale(scale) ? scale : 1, zero: 0 };
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

/** Brings two tensors to the steps of a third: the larger ratio is a normalised Q31 fraction, the other shares its shift. */
export function addScaling(a: Int8Scale, b: Int8Scale, out: Int8Scale): AddScaling {
  for (const { scale } of [a, b, out]) if (!isScale(scale)) throw new KernelFault(4, `scale ${scale}`);
  const ratios = [a.scale / out.scale, b.scale / out.scale] as const;
  const { shift } = fixedPoint(Math.max(...ratios));
  // Products with a power of two are exact, and rounding is monotone: neither multiplier passes MULTIPLIER_MAX.
  const multiplier = (ratio: number): number => Math.floor(ratio * 2 ** shift + 0.5);
  const scaling = {
    left: { zero: a.zero, multiplier: multiplier(ratios[0]) },
    right: { zero: b.zero, multiplier: multiplier(ratios[1]) },
    shift,
  };
  requireAddScaling(scaling);
  return scaling;
}

export function requireAddScaling({ left, right, shift }: AddScaling): void {
  for (const { zero, multiplier } of [left, right]) {
    if (!within(zero, -128, 127)) throw new KernelFault(4, `zero point ${zero}`);
    if (!within(multiplier, 0, MULTIPLIER_MAX)) throw new KernelFault(4, `multiplier ${multiplier}`);
  }
  if (!within(shift, SHIFT_MIN, SHIFT_MAX)) throw new KernelFault(4, `shift ${shift}`);
}
