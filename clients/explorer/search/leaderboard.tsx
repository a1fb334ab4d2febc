/** The trials that a search has finished, best first, with their scores as a plot and the curve of the one that is chosen. */
import { useState } from 'preact/hooks';
import { type LeaderboardRow, leaderboardOf } from '../../../ml/report/leaderboard.ts';
import { FULL_EFFORT } from '../../../ml/search/effort.ts';
import type { JobSummary, Metric } from '../../../ml/search/search.ts';
import type { Family } from '../../../ml/trainers/trainer.ts';
import { paramsText } from '../../sdk/params-text.ts';
import { scoreText, shownScore } from '../../sdk/score-text.ts';
import { grouped } from '../format.ts';
import { TableHead } from '../parts/table-head.tsx';
import { LinePlot } from '../plots/line-plot.tsx';
import { MarkIcon } from '../plots/mark.tsx';
import { ScorePlot } from '../plots/score-plot.tsx';
import { useText } from '../text/language.ts';

interface LeaderboardProps {
  readonly jobs: readonly JobSummary[];
  readonly metric: Metric;
  readonly trialsMax: number;
}

type Points = readonly (readonly number[])[];

/** A trial that was done: only those are shown. */
type Scored = LeaderboardRow & { readonly score: number };

const isScored = (row: LeaderboardRow): row is Scored => row.state === 'done' && row.score !== undefined;

export function Leaderboard({ jobs, metric, trialsMax }: LeaderboardProps) {
  const trials = jobs.filter(({ kind }) => kind === 'trial').sort((a, b) => a.index - b.index);
  const curves = new Map(trials.map(({ index, curve = [] }) => [index, curve]));
  const places = new Map(trials.map(({ index }, i) => [index, i + 1]));
  const placeOf = (trial: number): number => places.get(trial) ?? trial + 1;
  return (
    <Board
      rows={leaderboardOf(trials)}
      metric={metric}
      trialsMax={trialsMax}
      curveOf={(trial) => curves.get(trial) ?? []}
      placeOf={placeOf}
    />
  );
}

interface BoardProps {
  readonly rows: readonly LeaderboardRow[];
  readonly metric: Metric;
  readonly trialsMax: number;
  readonly curveOf: (trial: number) => Points;
  readonly placeOf: (trial: number) => number;
}

/** Two points make a curve. */
const isCurve = (points: Points): boolean => points.length > 1;

function Board({ rows, metric, trialsMax, curveOf, placeOf }: BoardProps) {
  const { search: text } = useText();
  const [chosen, choose] = useState<number>();
  const scored = rows.filter(isScored);
  const shown = scored.find(({ trial }) => trial === chosen) ?? scored.find(({ trial }) => isCurve(curveOf(trial)));
  const [best] = scored;
  if (!best) return <p role="status">{text.noTrialYet}</p>;
  return (
    <div class="board">
      <figure class="card">
        <figcaption>{text.scorePlot(text.metrics[metric])}</figcaption>
        <ScorePlot
          label={text.scorePlotLabel(scored.length, text.metrics[metric], scoreText(metric, best.score))}
          xName={text.trial}
          yName={text.metrics[metric]}
          trialsMax={trialsMax}
          isLoss={shownScore(metric, 1) < 0}
          trials={scored.map(({ trial, family, score, effort }) => ({
            place: placeOf(trial),
            score: shownScore(metric, score),
            family,
            title: `${text.families[family]}: ${scoreText(metric, score)}`,
            isFaint: effort < FULL_EFFORT,
          }))}
        />
        <FamilyLegend rows={scored} />
      </figure>
      {shown && isCurve(curveOf(shown.trial)) ? <Curve family={shown.family} points={curveOf(shown.trial)} /> : null}
      <div class="scroll board-table">
        <table>
          <caption>{text.boardCaption}</caption>
          <TableHead texts={['', text.family, text.from]} numbers={[text.metrics[metric], '±', text.cycles]} />
          <tbody>
            {scored.map((row) => (
              <BoardRow
                key={row.trial}
                row={row}
                metric={metric}
                isShown={row === shown}
                onShow={isCurve(curveOf(row.trial)) ? () => choose(row.trial) : undefined}
              />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

interface BoardRowProps {
  readonly row: Scored;
  readonly metric: Metric;
  readonly isShown: boolean;
  /** Absent where there is no curve to show. */
  readonly onShow: (() => void) | undefined;
}

function BoardRow({ row, metric, isShown, onShow }: BoardRowProps) {
  const { search: text } = useText();
  const { rank, trial, family, params, from, effort, score, sd, cycles } = row;
  const name = text.families[family];
  return (
    <tr data-trial={trial} class={isShown ? 'shown' : undefined}>
      <td>{rank}</td>
      <td title={paramsText(params)}>
        <MarkIcon family={family} />
        {onShow ? (
          <button type="button" class="link" aria-pressed={isShown} onClick={onShow}>
            {name}
          </button>
        ) : (
          name
        )}
        <small class="params">{paramsText(params)}</small>
      </td>
      <td>
        {text.origins[from]}
        {effort < FULL_EFFORT ? ` · ${text.effort(effort, FULL_EFFORT)}` : ''}
      </td>
      <td class="number">{scoreText(metric, score)}</td>
      <td class="number">{sd === undefined ? '' : sd.toPrecision(2)}</td>
      <td class="number">{grouped(cycles)}</td>
    </tr>
  );
}

function FamilyLegend({ rows }: { readonly rows: readonly Scored[] }) {
  const { search: text } = useText();
  const families = [...new Set(rows.map(({ family }) => family))];
  return (
    <ul class="legend">
      {families.map((family) => (
        <li key={family}>
          <MarkIcon family={family} />
          {text.families[family]}
        </li>
      ))}
    </ul>
  );
}

/** Losses over a fit's steps: of what it learns from, and of what it watches for early stopping. */
function Curve({ family: of, points }: { readonly family: Family; readonly points: Points }) {
  const { search: text } = useText();
  const line = (column: number): [number, number][] =>
    points.filter((point) => point[column] !== undefined).map((point) => [point[0] as number, point[column] as number]);
  const watched = line(2);
  const family = text.families[of];
  return (
    <figure class="card">
      <figcaption>{text.curve(family)}</figcaption>
      <LinePlot
        label={text.curveLabel(family, points.length)}
        xName={text.step}
        yName={text.loss}
        lines={[
          { name: text.trainLoss, kind: 'first', points: line(1) },
          ...(watched.length > 1 ? [{ name: text.watchedLoss, kind: 'second' as const, points: watched }] : []),
        ]}
      />
    </figure>
  );
}
