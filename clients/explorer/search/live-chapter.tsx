/** The search as it runs: its order's steps, how far the budget is used, and the trials that have come in. */
import { leaderboardOf } from '../../../ml/report/leaderboard.ts';
import { grouped } from '../format.ts';
import { OrderLive } from '../parts/order-live.tsx';
import { ErrorAlert } from '../parts/refusal.tsx';
import { useText } from '../text/language.ts';
import type { Progress } from './flow.ts';
import type { KeptSearch } from './kept.ts';
import { Leaderboard } from './leaderboard.tsx';
import type { SearchState } from './story.ts';

interface LiveSearchProps {
  readonly state: SearchState;
  readonly regionOfProvider: (address: string) => string | undefined;
  /** `order`: its id. */
  readonly onStop: (order: string) => void;
  /** Undefined while something else runs. */
  readonly onGoOn: ((search: KeptSearch) => void) | undefined;
}

export function LiveSearch({ state, regionOfProvider, onStop, onGoOn }: LiveSearchProps) {
  const { search } = useText();
  const { run, progress, plan, kept } = state;
  if (!run || !plan) return null;
  const isCut = run.error !== undefined && kept !== undefined;
  return (
    <>
      <OrderLive title={search.live.order} name="search" run={run} regionOfProvider={regionOfProvider} />
      <p role="status">{state.isLost ? search.live.lost : ''}</p>
      {isCut && onGoOn ? (
        <button type="button" class="primary" onClick={() => onGoOn(kept)}>
          {search.kept.goOn}
        </button>
      ) : null}
      {progress ? (
        <>
          <BudgetBar progress={progress} plan={plan} state={state} onStop={() => run.order && onStop(run.order.id)} />
          <Leaderboard jobs={progress.summaries} metric={plan.metric} trialsMax={plan.trials} />
        </>
      ) : null}
    </>
  );
}

interface BudgetBarProps {
  readonly progress: Progress;
  readonly plan: NonNullable<SearchState['plan']>;
  readonly state: SearchState;
  readonly onStop: () => void;
}

function BudgetBar({ progress, plan, state, onStop }: BudgetBarProps) {
  const { search } = useText();
  const text = search.live;
  const { summaries, cycles, isStopped } = progress;
  // A candidate that was promoted has two trials, and counts once.
  const trials = leaderboardOf(summaries).length;
  const isStopping = state.isStopping || isStopped;
  // Budgets are below 2^53: a share of them is exact enough for a bar.
  const [used, budget] = [Number(cycles), Number(plan.budget)];
  return (
    <div class="card budget" data-trials={trials}>
      <p>
        <strong class="figure">{text.finished(trials, plan.trials)}</strong>
        <span>{text.used(grouped(cycles), grouped(plan.budget))}</span>
      </p>
      <progress max={budget} value={used} aria-label={text.usedLabel} />
      {state.isBusy ? (
        <button type="button" class="plain" disabled={isStopping} onClick={onStop}>
          {text.stop}
        </button>
      ) : null}
      <p role="status">{isStopping && state.isBusy ? text.stopping : ''}</p>
      {state.stopError === undefined ? null : <ErrorAlert error={state.stopError} />}
    </div>
  );
}
