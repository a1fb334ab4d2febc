/** Exponents of doubles, and ln 2: what exp and log share. */

/**
 * ln 2 in two parts. The high one has 32 significant bits (Cody and Waite), so its product with an integer below 2^21 is exact.
 */
export const LN2_HIGH = 2977044471 / 2 ** 32;
export const LN2_LOW = 1.9082149292705877e-10;

const EXPONENT_MIN = -1022;
const EXPONENT_MAX = 1023;

/** 2^EXPONENT_MIN to 2^EXPONENT_MAX, by exact doublings. */
const POWERS = new Float64Array(EXPONENT_MAX - EXPONENT_MIN + 1);
POWERS[-EXPONENT_MIN] = 1;
for (let n = 1; n <= EXPONENT_MAX; n++) POWERS[n - EXPONENT_MIN] = (POWERS[n - 1 - EXPONENT_MIN] as number) * 2;
for (let n = -1; n >= EXPONENT_MIN; n--) POWERS[n - EXPONENT_MIN] = (POWERS[n + 1 - EXPONENT_MIN] as number) / 2;

/** 2^n for -1022 <= n <= 1023. */
export function powerOfTwo(n: number): number {
  return POWERS[n - EXPONENT_MIN] as number;
}

const cell = new DataView(new ArrayBuffer(8));

/** The e of a normal x = m * 2^e, 1 <= m < 2. */
export function exponentOf(x: number): number {
  cell.setFloat64(0, x);
  return ((cell.getUint32(0) >>> 20) & 0x7ff) - 1023;
}
