/** Learning rates over a fit, from IEEE operations alone. */

export const SCHEDULES = ['constant', 'linear', 'cosine'] as const;
export type Schedule = (typeof SCHEDULES)[number];

/**
 * cos(pi t) for t in [0, 1], as -sin(pi (t - 1/2)) by sin's Taylor series up to x^15: |x| <= pi / 2, so what is left out is
 * below (pi / 2)^17 / 17! < 7e-12.
 */
export function cosineOfHalfTurn(t: number): number {
  const x = Math.PI * (t - 0.5);
  const square = x * x;
  let sum = 0;
  for (let n = 15; n > 1; n -= 2) sum = ((sum + 1) * -square) / (n * (n - 1));
  return -(x * (sum + 1));
}

/** The rate of `step` of `steps`: rises linearly over the first `warmup` share of them, then follows the schedule to its end. */
export function rateAt(
  { learningRate, schedule, warmup }: { learningRate: number; schedule: Schedule; warmup: number },
  step: number,
  steps: number,
): number {
  const rising = Math.floor(warmup * steps);
  if (step < rising) return (learningRate * (step + 1)) / (rising + 1);
  const t = (step - rising) / (steps - rising);
  if (schedule === 'linear') return learningRate * (1 - t);
  if (schedule === 'cosine') return learningRate * 0.5 * (1 + cosineOfHalfTurn(t));
  return learningRate;
}
