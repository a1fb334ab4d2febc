/** A 32-bit float as it is written. Pure. */

/** Nine digits tell any two of them apart. */
const DIGITS_MAX = 9;

/** The shortest decimal that is the same f32. */
export function floatText(value: number): string {
  for (let digits = 1; digits <= DIGITS_MAX; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(value);
}
