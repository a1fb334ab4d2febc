// Arithmetic modulo p = 2^31 - 1 on pairs of int64 lanes: 2^31 = 1 (mod p), so a number's upper bits are added to its lower 31.

const P: i64 = 0x7fffffff;

/** Two int64 lanes within +-2^52, congruent modulo p and in [0, 2^31 + 2^23). */
// @ts-ignore: decorator
@inline
export function folded(v: v128): v128 {
  const w = i64x2.add(v, i64x2.splat(P << 22));
  return i64x2.add(v128.and(w, i64x2.splat(P)), i64x2.shr_u(w, 31));
}

/** Two int64 lanes within +-2^52 modulo p. */
// @ts-ignore: decorator
@inline
export function reduced(v: v128): v128 {
  const w = folded(v);
  const r = i64x2.add(v128.and(w, i64x2.splat(P)), i64x2.shr_u(w, 31)); // at most p
  return v128.andnot(r, i64x2.eq(r, i64x2.splat(P)));
}
