/** The frame of a plot: horizontal lines with their values, and names of both axes. */
import type { ComponentChildren } from 'preact';
import { type Scale, tickText } from './scale.ts';

export const SIZE = { width: 560, height: 260, left: 58, right: 14, top: 12, bottom: 48 } as const;
/** Ends of both axes in the plot's units; values grow upwards. */
export const X_ENDS: readonly [number, number] = [SIZE.left, SIZE.width - SIZE.right];
export const Y_ENDS: readonly [number, number] = [SIZE.height - SIZE.bottom, SIZE.top];

interface PlotProps {
  /** What a listener is told instead of the picture. */
  readonly label: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly xName: string;
  readonly yName: string;
  readonly children: ComponentChildren;
}

export function Plot({ label, x, y, xName, yName, children }: PlotProps) {
  const bottom = SIZE.height - SIZE.bottom;
  return (
    <svg class="plot" viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} role="img" aria-label={label}>
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line class="plot-grid" x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y.at(tick)} y2={y.at(tick)} />
          <text class="plot-tick" x={SIZE.left - 8} y={y.at(tick)} text-anchor="end" dominant-baseline="middle">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <text key={tick} class="plot-tick" x={x.at(tick)} y={bottom + 18} text-anchor="middle">
          {tickText(tick)}
        </text>
      ))}
      <line class="plot-axis" x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={bottom} y2={bottom} />
      <text class="plot-name" x={(X_ENDS[0] + X_ENDS[1]) / 2} y={SIZE.height - 6} text-anchor="middle">
        {xName}
      </text>
      <text
        class="plot-name"
        transform={`translate(13 ${(Y_ENDS[0] + Y_ENDS[1]) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        {yName}
      </text>
      {children}
    </svg>
  );
}
