/** Linear scales and their ticks, for plots that are drawn by hand. Pure. */

export interface Scale {
  /** Of a value, in the plot's units. */
  at(value: number): number;
  /** Round values within the domain, ascending. */
  readonly ticks: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** 1, 2 or 5 times a power of ten: the least such step that gives at most `count` of them in `span`. */
function roundStep(span: number, count: number): number {
  const least = span / count;
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Decimals that the step needs to be written, at most 6. */
const decimalsOf = (step: number): number => Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));

/** The domain is widened to its ticks, so that no point lies on the rim; equal ends are moved apart. */
export function scaleOf(values: readonly number[], [low, high]: readonly [number, number], count = 5): Scale {
  const finite = values.filter(Number.isFinite);
  const [min, max] = finite.length === 0 ? [0, 1] : [Math.min(...finite), Math.max(...finite)];
  const pad = max > min ? 0 : Math.max(Math.abs(min) * 0.05, 1e-3);
  const step = roundStep(max - min + 2 * pad, count);
  const from = Math.floor((min - pad) / step + 1e-9) * step;
  const to = Math.ceil((max + pad) / step - 1e-9) * step;
  const steps = Math.round((to - from) / step);
  const ticks = Array.from({ length: steps + 1 }, (_, i) => Number((from + i * step).toFixed(decimalsOf(step))));
  return { at: (value) => low + ((value - from) / (to - from)) * (high - low), ticks, from, to };
}

/** "0.95", "1,200", "2.5e9": short enough for an axis. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 1e-4)) return value.toExponential().replace('e+', 'e');
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

/** SVG path through the points; gaps where one is not finite. */
export function pathOf(points: readonly (readonly [x: number, y: number])[]): string {
  let isOpen = false;
  return points
    .map(([x, y]) => {
      if (!Number.isFinite(x) || !Number.isFinite(y)) {
        isOpen = false;
        return '';
      }
      const command = isOpen ? 'L' : 'M';
      isOpen = true;
      return `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}
