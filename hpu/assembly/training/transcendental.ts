// exp and log in f32, by the reductions and polynomials of the Cephes library (S. Moshier, expf.c and logf.c): the same bits
// on every machine, which Math.exp and Math.log do not promise. Both are within 2 ulp on their stated ranges.

const LOG2_E: f32 = 1.44269504088896341;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;

/** e^x for x <= 88; below -87 (where the result would lose bits) zero. */
export function expF32(x: f32): f32 {
  if (x < -87) return 0;
  const n = Mathf.floor(x * LOG2_E + <f32>0.5);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let p: f32 = 1.9875691500e-4;
  p = p * r + <f32>1.3981999507e-3;
  p = p * r + <f32>8.3334519073e-3;
  p = p * r + <f32>4.1665795894e-2;
  p = p * r + <f32>1.6666665459e-1;
  p = p * r + <f32>5.0000001201e-1;
  const y = p * (r * r) + r + <f32>1;
  return y * reinterpret<f32>((<i32>n + 127) << 23);
}

/** Natural logarithm of a normal x > 0. */
export function logF32(x: f32): f32 {
  const bits = reinterpret<i32>(x);
  let e = <f32>((bits >> 23) - 126);
  let m = reinterpret<f32>((bits & 0x007fffff) | 0x3f000000);
  if (m < <f32>0.707106781186547524) {
    e -= 1;
    m = m + m - 1;
  } else {
    m -= 1;
  }
  const z = m * m;
  let p: f32 = 7.0376836292e-2;
  p = p * m - <f32>1.1514610310e-1;
  p = p * m + <f32>1.1676998740e-1;
  p = p * m - <f32>1.2420140846e-1;
  p = p * m + <f32>1.4249322787e-1;
  p = p * m - <f32>1.6668057665e-1;
  p = p * m + <f32>2.0000714765e-1;
  p = p * m - <f32>2.4999993993e-1;
  p = p * m + <f32>3.3333331174e-1;
  const y = m * z * p + LN2_LOW * e - <f32>0.5 * z;
  return m + y + LN2_HIGH * e;
}

/** IEEE square root, correctly rounded, which Math.sqrt in JavaScript does not promise. */
export function rootF32(x: f32): f32 {
  return Mathf.sqrt(x);
}
