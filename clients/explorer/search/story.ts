/** Where the visitor is in the story of a search, and what can be done next. One order runs at a time. */
import { useState } from 'preact/hooks';
import type { Table } from '../../../ml/table/table.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import { HaiError } from '../../sdk/errors.ts';
import type { Session } from '../session.ts';
import type { OrderRun } from '../story.ts';
import type { Progress, SearchOrder, Watcher } from './flow.ts';
import type { Found } from './found.ts';
import type { KeptSearch } from './kept.ts';
import type { SearchPlan } from './plan.ts';

export interface SearchState {
  readonly isBusy: boolean;
  readonly isStopping: boolean;
  readonly stopError: unknown;
  /** The network does not answer; it is tried again. */
  readonly isLost: boolean;
  readonly plan: Pick<SearchPlan, 'metric' | 'trials' | 'budget'> | undefined;
  /** As it is in the storage: it can be gone on with. */
  readonly kept: KeptSearch | undefined;
  readonly run: OrderRun | undefined;
  readonly progress: Progress | undefined;
  readonly found: Found | undefined;
}

export const START: SearchState = {
  isBusy: false,
  isStopping: false,
  stopError: undefined,
  isLost: false,
  plan: undefined,
  kept: undefined,
  run: undefined,
  progress: undefined,
  found: undefined,
};

export interface SearchActions {
  /** Another table: what was found for the one before goes. */
  forget(): void;
  order(asked: SearchOrder): Promise<void>;
  goOn(search: KeptSearch): Promise<void>;
  /** `order`: id of the search that runs. */
  stop(order: string): Promise<void>;
}

interface Run {
  readonly signal: AbortSignal;
  readonly change: (made: Partial<SearchState>) => void;
}

export type Runs = ReturnType<typeof searchRuns>;

/** Only the latest run may change what is shown: whatever an earlier one still tells is dropped, and its watch ends. */
export function searchRuns(show: (change: (last: SearchState) => SearchState) => void) {
  let aborter = new AbortController();
  /** The last table that was ordered for, by its order: with it a search that is gone on with can fill in rows. */
  let known: { readonly order: string; readonly table: Table } | undefined;
  const run = ({ signal }: AbortController): Run => ({
    signal,
    change: (made) => {
      if (!signal.aborted) show((last) => ({ ...last, ...made }));
    },
  });
  return {
    begin(first: Partial<SearchState>): Run {
      aborter.abort();
      aborter = new AbortController();
      show(() => ({ ...START, ...first }));
      return run(aborter);
    },
    current: (): Run => run(aborter),
    know: (order: string, table: Table): void => {
      known = { order, table };
    },
    tableOf: (order: string): Table | undefined => (known?.order === order ? known.table : undefined),
  };
}

/** Without a session (nothing was chosen yet) there is nothing to do. */
export function searchActions(
  runs: Runs,
  session: Session | undefined,
  refreshBalance: () => Promise<void>,
): SearchActions {
  async function followed(
    plan: NonNullable<SearchState['plan']>,
    follow: (flow: typeof import('./flow.ts'), watcher: Watcher) => Promise<Found>,
    table?: Table,
  ): Promise<void> {
    const { signal, change } = runs.begin({ plan, isBusy: true, run: { order: undefined, error: undefined } });
    let shown: WireOrder | undefined;
    try {
      const [flow, { keptSearches }] = await Promise.all([import('./flow.ts'), import('./kept.ts')]);
      const found = await follow(flow, {
        kept: keptSearches(sessionStorage),
        signal,
        show(order) {
          shown = order;
          change({ run: { order, error: undefined } });
        },
        showKept(kept) {
          if (kept && table) runs.know(kept.order, table);
          change({ kept });
        },
        showJobs: (progress) => change({ progress }),
        showLost: (isLost) => change({ isLost }),
      });
      change({ found });
    } catch (error) {
      change({ run: { order: shown, error } });
    }
    await refreshBalance();
    change({ isBusy: false, isStopping: false, isLost: false });
  }

  return {
    forget: () => void runs.begin({}),
    async order(asked) {
      if (!session) return;
      await followed(asked.plan, (flow, watcher) => flow.orderSearch(session.client, asked, watcher), asked.table);
    },
    async goOn(search) {
      if (!session) return;
      const { work, metric } = search;
      const plan = { metric, trials: work.trials, budget: work.budget };
      const table = runs.tableOf(search.order);
      await followed(plan, (flow, watcher) => flow.followSearch(session.client, search, watcher, table));
    },
    async stop(order) {
      if (!session) return;
      const { change } = runs.current();
      change({ isStopping: true, stopError: undefined });
      try {
        await session.client.stopSearch(order);
      } catch (stopError) {
        // The search has ended meanwhile, and its end is on the page anyway.
        const isOver = stopError instanceof HaiError && stopError.code === 'illegal_transition';
        change({ isStopping: false, stopError: isOver ? undefined : stopError });
      }
    },
  };
}

export function useSearch(
  session: Session | undefined,
  refreshBalance: () => Promise<void>,
): readonly [SearchState, SearchActions] {
  const [state, setState] = useState(START);
  const [runs] = useState(() => searchRuns(setState));
  return [state, searchActions(runs, session, refreshBalance)];
}
