/** Lines over a common axis: learning curves. */
import { Plot, X_ENDS, Y_ENDS } from './axes.tsx';
import { pathOf, scaleOf } from './scale.ts';

export interface Line {
  readonly name: string;
  /** One of the style's lines: `first` is drawn through, `second` dashed. */
  readonly kind: 'first' | 'second';
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface LinePlotProps {
  readonly label: string;
  readonly xName: string;
  readonly yName: string;
  readonly lines: readonly Line[];
}

export function LinePlot({ label, xName, yName, lines }: LinePlotProps) {
  const points = lines.flatMap((line) => line.points);
  const x = scaleOf([0, ...points.map(([step]) => step)], X_ENDS);
  const y = scaleOf(
    points.map(([, value]) => value),
    Y_ENDS,
    4,
  );
  return (
    <>
      <Plot label={label} x={x} y={y} xName={xName} yName={yName}>
        {lines.map(({ name, kind, points: path }) => (
          <path key={name} class={`plot-line ${kind}`} d={pathOf(path.map(([a, b]) => [x.at(a), y.at(b)]))} />
        ))}
      </Plot>
      <ul class="legend">
        {lines.map(({ name, kind }) => (
          <li key={name}>
            <svg class="legend-line" viewBox="0 0 24 8" aria-hidden="true">
              <path class={`plot-line ${kind}`} d="M0 4L24 4" />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}
