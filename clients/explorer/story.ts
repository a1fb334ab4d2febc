/** Where the visitor is in the story, and what can be done next. One action runs at a time. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { TrainWork } from '../../protocol/order/work.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { DataSet } from './data-set.ts';
import { type Predicted, predict, predictWithLiar, type Trained, train } from './order-flow.ts';
import type { Session } from './session.ts';
import { balanceOf } from './wallet-state.ts';

/** An order on the page: on its way, or as it ended. */
export interface OrderRun {
  readonly order: WireOrder | undefined;
  readonly error: unknown;
}

export interface Story {
  readonly set: DataSet | undefined;
  readonly balanceZhi: bigint | undefined;
  readonly isBusy: boolean;
  readonly isFunding: boolean;
  readonly fundingError: unknown;
  readonly trainRun: OrderRun | undefined;
  readonly predictRun: OrderRun | undefined;
  readonly cheatRun: OrderRun | undefined;
  readonly trained: Trained | undefined;
  readonly predicted: Predicted | undefined;
  readonly cheated: Predicted | undefined;
}

const START: Story = {
  set: undefined,
  balanceZhi: undefined,
  isBusy: false,
  isFunding: false,
  fundingError: undefined,
  trainRun: undefined,
  predictRun: undefined,
  cheatRun: undefined,
  trained: undefined,
  predicted: undefined,
  cheated: undefined,
};

/** What an action changes; absent fields stay. */
type Change = Partial<Story>;
type RunName = 'trainRun' | 'predictRun' | 'cheatRun';

export interface StoryActions {
  choose(set: DataSet | undefined): void;
  fund(): Promise<void>;
  orderTraining(work: TrainWork, priceLimitZhi: Zhi): Promise<void>;
  orderFromLiar(): Promise<void>;
}

/** Without a session (nothing was chosen yet) the story can only begin. */
export function useStory(session: Session | undefined): readonly [Story, StoryActions] {
  const [story, setStory] = useState(START);
  const change = useCallback((made: Change) => setStory((last) => ({ ...last, ...made })), []);

  const refreshBalance = useCallback(async () => {
    if (session) change({ balanceZhi: await balanceOf(session).catch(() => undefined) });
  }, [session, change]);
  useEffect(() => void refreshBalance(), [refreshBalance]);

  /** Follows one order on the page; undefined when it failed, which the page then shows. */
  async function followed<T>(
    name: RunName,
    run: (show: (order: WireOrder | undefined) => void) => Promise<T>,
  ): Promise<T | undefined> {
    let shown: WireOrder | undefined;
    try {
      return await run((order) => {
        shown = order;
        change({ [name]: { order, error: undefined } });
      });
    } catch (error) {
      change({ [name]: { order: shown, error } });
      return undefined;
    } finally {
      await refreshBalance();
    }
  }

  const actions: StoryActions = {
    choose: (set) => change({ ...START, balanceZhi: story.balanceZhi, set }),
    async fund() {
      if (!session) return;
      change({ isFunding: true, fundingError: undefined });
      try {
        await session.client.faucet();
        session.remember();
      } catch (fundingError) {
        change({ fundingError });
      }
      await refreshBalance();
      change({ isFunding: false });
    },
    async orderTraining(work, limit) {
      const { set } = story;
      if (!session || !set) return;
      const { client } = session;
      change({ ...START, set, balanceZhi: story.balanceZhi, isBusy: true });
      const trained = await followed('trainRun', (show) => train(client, set, work, limit, show));
      change({ trained });
      if (trained) change({ predicted: await followed('predictRun', (show) => predict(client, trained, show)) });
      change({ isBusy: false });
    },
    async orderFromLiar() {
      const { trained } = story;
      if (!session || !trained) return;
      change({ isBusy: true, cheated: undefined });
      change({
        cheated: await followed('cheatRun', (show) => predictWithLiar(session.client, trained, show)),
        isBusy: false,
      });
    },
  };
  return [story, actions];
}
