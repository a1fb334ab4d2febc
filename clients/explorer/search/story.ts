/** Where the visitor is in the story of a search, and what can be done next. One order runs at a time. */
import { useCallback, useState } from 'preact/hooks';
import type { Table } from '../../../ml/table/table.ts';
import type { Zhi } from '../../../protocol/units.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Session } from '../session.ts';
import type { OrderRun } from '../story.ts';
import type { Progress } from './flow.ts';
import type { Found } from './found.ts';
import type { SearchPlan } from './plan.ts';

export interface SearchState {
  readonly isBusy: boolean;
  readonly isStopping: boolean;
  readonly plan: SearchPlan | undefined;
  readonly run: OrderRun | undefined;
  readonly progress: Progress | undefined;
  readonly found: Found | undefined;
}

const START: SearchState = {
  isBusy: false,
  isStopping: false,
  plan: undefined,
  run: undefined,
  progress: undefined,
  found: undefined,
};

export interface SearchActions {
  /** Another table: what was found for the one before goes. */
  forget(): void;
  order(table: Table, plan: SearchPlan, priceLimitZhi: Zhi): Promise<void>;
  stop(): Promise<void>;
}

export function useSearch(
  session: Session | undefined,
  refreshBalance: () => Promise<void>,
): readonly [SearchState, SearchActions] {
  const [state, setState] = useState(START);
  const change = useCallback((made: Partial<SearchState>) => setState((last) => ({ ...last, ...made })), []);
  const actions: SearchActions = {
    forget: () => setState(START),
    async order(table, plan, priceLimitZhi) {
      if (!session) return;
      setState({ ...START, plan, isBusy: true });
      let shown: WireOrder | undefined;
      const show = (order: WireOrder | undefined): void => {
        shown = order;
        change({ run: { order, error: undefined } });
      };
      try {
        const { orderSearch } = await import('./flow.ts');
        const showJobs = (progress: Progress): void => change({ progress });
        change({ found: await orderSearch(session.client, { table, plan, priceLimitZhi, show, showJobs }) });
      } catch (error) {
        change({ run: { order: shown, error } });
      }
      await refreshBalance();
      change({ isBusy: false, isStopping: false });
    },
    async stop() {
      const id = state.run?.order?.id;
      if (!session || id === undefined) return;
      change({ isStopping: true });
      // Refused where the search has ended meanwhile: its end is on the page anyway.
      await session.client.stopSearch(id).catch(() => change({ isStopping: false }));
    },
  };
  return [state, actions];
}
