/** Order statistics of a sample, by the nearest-rank rule. */
export function percentile(sample: readonly number[], p: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export const rounded = (value: number): number => Number(value.toFixed(1));
