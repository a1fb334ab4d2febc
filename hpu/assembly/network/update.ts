// Steps of the optimisers, in place over `count` parameters, a multiple of 4. Slopes are clamped to +-SLOPE_MAX and weights to
// +-`limit`; both clamps turn NaN to a bound (pmin and pmax return their first operand unless the second is less or greater), so
// a fit may go astray but its weights are numbers, always.

const SLOPE_MAX: f32 = 1048576;

// @ts-ignore: decorator
@inline
function clamped(x: v128, limit: v128): v128 {
  return f32x4.pmax(f32x4.neg(limit), f32x4.pmin(limit, x));
}

/** v = momentum * v + (g + decay * w); w -= rate * v (or, Nesterov's, rate * (g + decay * w + momentum * v)). */
export function momentumStep(
  w: usize, v: usize, g: usize, count: i32, rate: f32, momentum: f32, decay: f32, limit: f32, nesterov: bool,
): void {
  const r4 = f32x4.splat(rate);
  const m4 = f32x4.splat(momentum);
  const d4 = f32x4.splat(decay);
  const most = f32x4.splat(limit);
  const steepest = f32x4.splat(SLOPE_MAX);
  for (const end = w + <usize>count * 4; w < end; w += 16, v += 16, g += 16) {
    const weight = v128.load(w);
    const slope = f32x4.add(clamped(v128.load(g), steepest), f32x4.mul(d4, weight));
    const velocity = f32x4.add(f32x4.mul(m4, v128.load(v)), slope);
    v128.store(v, velocity);
    const way = nesterov ? f32x4.add(slope, f32x4.mul(m4, velocity)) : velocity;
    v128.store(w, clamped(f32x4.sub(weight, f32x4.mul(r4, way)), most));
  }
}

/**
 * Adam (Kingma and Ba, 2015) with decoupled decay (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).
 * `rate` holds the first moment's bias correction, `correction` is 1 / sqrt(1 - beta2^t), `decay` the share of the weight that goes.
 */
export function adamStep(
  w: usize, m: usize, v: usize, g: usize, count: i32, rate: f32, beta1: f32, beta2: f32, correction: f32, epsilon: f32,
  decay: f32, limit: f32,
): void {
  const r4 = f32x4.splat(rate);
  const b1 = f32x4.splat(<f32>1 - beta1);
  const b2 = f32x4.splat(<f32>1 - beta2);
  const c4 = f32x4.splat(correction);
  const e4 = f32x4.splat(epsilon);
  const keep = f32x4.splat(<f32>1 - decay);
  const most = f32x4.splat(limit);
  const steepest = f32x4.splat(SLOPE_MAX);
  for (const end = w + <usize>count * 4; w < end; w += 16, m += 16, v += 16, g += 16) {
    const slope = clamped(v128.load(g), steepest);
    const first = v128.load(m);
    const mean = f32x4.add(first, f32x4.mul(b1, f32x4.sub(slope, first)));
    v128.store(m, mean);
    const second = v128.load(v);
    const square = f32x4.add(second, f32x4.mul(b2, f32x4.sub(f32x4.mul(slope, slope), second)));
    v128.store(v, square);
    const root = f32x4.add(f32x4.mul(f32x4.sqrt(square), c4), e4);
    const step = f32x4.mul(r4, f32x4.div(mean, root));
    v128.store(w, clamped(f32x4.sub(f32x4.mul(v128.load(w), keep), step), most));
  }
}
