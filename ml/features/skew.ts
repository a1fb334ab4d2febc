/**
 * Columns that span orders of magnitude: incomes, areas, counts. A linear model or a network sees a few large cells and nothing of the
 * others; the logarithm spreads them. It stands beside the number itself, as either may be what the target follows.
 */
import { log64 } from '../numeric/log.ts';

export const LOG_PARTS = ['log', 'log1p'] as const;
/** The logarithm, of columns whose cells are above 0; or that of 1 + |x|, with the sign of x. */
export type LogPart = (typeof LOG_PARTS)[number];

/** A lognormal column of deviation .55 in the logarithm has this skewness. */
const SKEW_MIN = 2;
/** How many times the median the largest cell is, at least. */
const REACH: Readonly<Record<LogPart, number>> = { log: 8, log1p: 32 };

/** Of a cell at or below 0, `log` is -Infinity, which a scale cuts to its low end. NaN stays. */
export function logPart(x: number, part: LogPart): number {
  if (part === 'log') return log64(Math.max(x, 0));
  return x < 0 ? -log64(1 - x) : log64(1 + x);
}

/** Third central moment over the cube of the deviation; 0 where all cells are equal. */
function skewness(cells: Float64Array): number {
  const mean = cells.reduce((sum, x) => sum + x, 0) / cells.length;
  let [squares, cubes] = [0, 0];
  for (const x of cells) {
    const d = x - mean;
    squares += d * d;
    cubes += d * d * d;
  }
  const variance = squares / cells.length;
  return variance > 0 ? cubes / cells.length / (variance * Math.sqrt(variance)) : 0;
}

/**
 * Which logarithm tells more of a column: at most half as skewed as its cells, and hardly skewed. `known`: cells that are not missing, one at least. `median`
 * and `ends`: theirs.
 */
export function logPartOf(
  known: Float64Array,
  median: number,
  [least, most]: readonly [number, number],
): LogPart | undefined {
  const part = least > 0 ? 'log' : 'log1p';
  const usual = part === 'log' ? median : Math.max(1, Math.abs(median));
  if (Math.max(most, -least) < REACH[part] * usual) return undefined;
  const skew = Math.abs(skewness(known));
  if (!(skew >= SKEW_MIN)) return undefined;
  const spread = Math.abs(skewness(known.map((x) => logPart(x, part))));
  return spread <= Math.min(skew / 2, SKEW_MIN) ? part : undefined;
}
