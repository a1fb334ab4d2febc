/** Learning curves as a summary carries them. */
import type { CurvePoint } from '../trainers/trainer.ts';

const POINTS_MAX = 24;
/** Six decimals: a curve is looked at, never computed with. */
const DECIMALS = 1e6;

const shown = (loss: number): number => Math.round(loss * DECIMALS) / DECIMALS;

/** At most 24 points, [step, train] or [step, train, watched], evenly spread with the first and the last; finite ones only. */
export function thinned(curve: readonly CurvePoint[]): number[][] {
  const finite = curve.filter(({ train, watched }) => Number.isFinite(train) && Number.isFinite(watched ?? 0));
  const count = Math.min(POINTS_MAX, finite.length);
  return Array.from({ length: count }, (_, i) => {
    const at = count < 2 ? finite.length - 1 : Math.floor((i * (finite.length - 1)) / (count - 1));
    const { step, train, watched } = finite[at] as CurvePoint;
    return watched === undefined ? [step, shown(train)] : [step, shown(train), shown(watched)];
  });
}
