/** Each trial's score in the order in which it came, and the best so far as a line. */
import type { Family } from '../../../ml/trainers/trainer.ts';
import { Plot, X_ENDS, Y_ENDS } from './axes.tsx';
import { Mark } from './mark.tsx';
import { pathOf, scaleOf } from './scale.ts';

export interface ScoredTrial {
  /** 1 for the first. */
  readonly place: number;
  readonly score: number;
  readonly family: Family;
  /** Told when a pointer rests on it. */
  readonly title: string;
  /** Scored with less than the full effort. */
  readonly isFaint: boolean;
}

interface ScorePlotProps {
  readonly label: string;
  readonly xName: string;
  readonly yName: string;
  readonly trials: readonly ScoredTrial[];
  /** The x axis reaches so far from the start, so that points don't wander as trials arrive. */
  readonly trialsMax: number;
  /** Whether less is better. */
  readonly isLoss: boolean;
}

/** Bad trials far from the rest would flatten it: they are drawn on the rim. */
const RIM_QUANTILE = 0.1;

/** The worst score that the axis must hold: the worst of all, unless it is an outlier among many. Scores: higher is better. */
function rimOf(scores: readonly number[]): number {
  const sorted = [...scores].sort((a, b) => a - b);
  const low = sorted[Math.floor(sorted.length * RIM_QUANTILE)] ?? 0;
  const high = sorted.at(-1) ?? 1;
  return Math.max(sorted[0] ?? 0, low - (high - low));
}

/** The best score up to each trial, as the corners of its steps. */
export function bestSoFar(trials: readonly Pick<ScoredTrial, 'place' | 'score'>[], isLoss = false): [number, number][] {
  const corners: [number, number][] = [];
  let best: number | undefined;
  for (const { place, score } of trials) {
    if (best === undefined || (isLoss ? score < best : score > best)) {
      if (best !== undefined) corners.push([place, best]);
      best = score;
    }
    corners.push([place, best]);
  }
  return corners;
}

export function ScorePlot({ label, xName, yName, trials, trialsMax, isLoss }: ScorePlotProps) {
  const sorted = [...trials].sort((a, b) => a.place - b.place);
  const sign = isLoss ? -1 : 1;
  const rim = rimOf(sorted.map(({ score }) => sign * score));
  const held = (score: number): number => sign * Math.max(rim, sign * score);
  const y = scaleOf(
    sorted.map(({ score }) => held(score)),
    Y_ENDS,
    4,
  );
  const x = scaleOf([0, Math.max(trialsMax, ...sorted.map(({ place }) => place))], X_ENDS, 8);
  const best = bestSoFar(sorted, isLoss).map(([place, score]) => [x.at(place), y.at(held(score))] as const);
  return (
    <Plot label={label} x={x} y={y} xName={xName} yName={yName}>
      <path class="plot-line first" d={pathOf(best)} />
      {sorted.map(({ place, score, family, title, isFaint }) => (
        <Mark key={place} family={family} x={x.at(place)} y={y.at(held(score))} title={title} isFaint={isFaint} />
      ))}
    </Plot>
  );
}
