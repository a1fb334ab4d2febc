/** Which penalty of a grid is tried next, from the errors of those that were: coarse to fine. */

/** About half decades, for standardised columns: nearly none to nearly all. */
export const GRID: readonly number[] = [
  ...[1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10],
  ...[30, 100, 300, 1e3, 3e3, 1e4, 3e4, 1e5],
];

/** Every fourth, then the neighbours at two, then at one: the error has one valley, or nearly. */
const STRIDES = [4, 2, 1] as const;
/** Probes of the whole grid, at most. */
export const GRID_PROBES = 9;

export interface Probe {
  readonly index: number;
  readonly error: number;
}

/** The least error; among equals the larger penalty. `probes` is not empty. */
export function bestProbe(probes: readonly Probe[]): Probe {
  return probes.reduce((best, probe) =>
    probe.error < best.error || (probe.error === best.error && probe.index > best.index) ? probe : best,
  );
}

/** The index in a grid of `size` to probe next, or undefined when the valley is found. */
export function nextProbe(size: number, probes: readonly Probe[]): number | undefined {
  const tried = new Set(probes.map(({ index }) => index));
  const coarse = Math.min(STRIDES[0], Math.max(1, size - 1));
  for (let index = 0; index < size; index += coarse) if (!tried.has(index)) return index;
  const best = bestProbe(probes).index;
  for (const stride of STRIDES.slice(1)) {
    for (const index of [best - stride, best + stride]) {
      if (index >= 0 && index < size && !tried.has(index)) return index;
    }
  }
  return undefined;
}
