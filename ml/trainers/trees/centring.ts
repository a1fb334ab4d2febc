/** Values to fit, brought near zero and below 1, so that sums and squares of them neither overflow nor lose what differs. */

export interface Centring {
  readonly base: number;
  /** A power of two: dividing by it and multiplying again is exact. */
  readonly scale: number;
}

/** Beyond it a value is taken as this large: two of them still add up within f64. */
const VALUE_MAX = 2 ** 1000;

export const clampValue = (y: number): number => Math.max(-VALUE_MAX, Math.min(VALUE_MAX, y));

/** Mean of the values (summed in their order) and the power of two that bounds their distance from it. */
export function centringOf(values: Float64Array): Centring {
  let sum = 0;
  for (const y of values) sum += clampValue(y) / values.length;
  const base = values.length > 0 ? sum : 0;
  let top = 0;
  for (const y of values) top = Math.max(top, Math.abs(clampValue(y) - base));
  return { base, scale: top > 0 ? powerAbove(top) : 1 };
}

/** The least power of two that is at least x > 0, at least 2^-1000. */
export function powerAbove(x: number): number {
  let power = 1;
  while (power < x) power *= 2;
  while (power / 2 >= x && power > 2 ** -1000) power /= 2;
  return power;
}

/** What the kernel fits: class labels as u16, or centred values as f64. */
export function targetBytes(y: Float64Array, classes: number, { base, scale }: Centring): ArrayBufferView {
  return classes > 0 ? Uint16Array.from(y) : Float64Array.from(y, (own) => (clampValue(own) - base) / scale);
}
