/** A score of a search as it is written: in its measure's own sign, with as many digits as mean something. Pure. */

/** The measures of which less is better: ml/metrics negates them, so that more is better of every score. */
const LOSSES: ReadonlySet<string> = new Set(['logLoss', 'rmse', 'mae']);

export const shownScore = (metric: string, score: number): number => (LOSSES.has(metric) ? 0 - score : score);

/** Four digits after the point for shares; five significant ones for what has the target's unit. */
export function scoreText(metric: string, score: number): string {
  const shown = shownScore(metric, score);
  return metric === 'rmse' || metric === 'mae' ? String(Number(shown.toPrecision(5))) : shown.toFixed(4);
}
