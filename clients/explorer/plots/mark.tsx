/** A family's mark: told apart by shape and by colour, so that neither is needed alone. */
import type { Family } from '../../../ml/trainers/trainer.ts';

/** Around the origin, some 9 units wide. */
const SHAPES: Record<Family, string> = {
  ridge: 'M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0-4.5 0Z',
  logistic: 'M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0-4.5 0Z',
  extraTrees: 'M0-5.5L5 4H-5Z',
  randomForest: 'M0 5.5L5-4H-5Z',
  boost: 'M-4.2-4.2H4.2V4.2H-4.2Z',
  mlp: 'M0-6L6 0L0 6L-6 0Z',
  cnn: 'M-5-2V2L-2 5H2L5 2V-2L2-5H-2Z',
  kmeans: 'M-1.6-5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5V-1.6H-1.6Z',
};

interface MarkProps {
  readonly family: Family;
  readonly x: number;
  readonly y: number;
  readonly title?: string;
  readonly isFaint?: boolean;
}

export function Mark({ family, x, y, title, isFaint }: MarkProps) {
  return (
    <path
      class={`mark family-${family}${isFaint ? ' faint' : ''}`}
      d={SHAPES[family]}
      transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}
    >
      {title === undefined ? null : <title>{title}</title>}
    </path>
  );
}

/** The mark as it stands in text. */
export function MarkIcon({ family }: { readonly family: Family }) {
  return (
    <svg class="mark-icon" viewBox="-7 -7 14 14" aria-hidden="true">
      <Mark family={family} x={0} y={0} />
    </svg>
  );
}
