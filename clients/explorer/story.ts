/** Where the visitor is in the story, and what can be done next. One action runs at a time. */
import { useCallback, useState } from 'preact/hooks';
import type { TrainWork } from '../../protocol/order/work.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { DataSet } from './data-set.ts';
import { type Predicted, predict, predictWithLiar, type Trained, train } from './order-flow.ts';
import type { Session } from './session.ts';

/** An order on the page: on its way, or as it ended. */
export interface OrderRun {
  readonly order: WireOrder | undefined;
  readonly error: unknown;
}

export interface Story {
  readonly isBusy: boolean;
  readonly trainRun: OrderRun | undefined;
  readonly predictRun: OrderRun | undefined;
  readonly cheatRun: OrderRun | undefined;
  readonly trained: Trained | undefined;
  readonly predicted: Predicted | undefined;
  readonly cheated: Predicted | undefined;
}

const START: Story = {
  isBusy: false,
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
  /** Another data set: what was made of the one before goes. */
  forget(): void;
  orderTraining(set: DataSet, work: TrainWork, priceLimitZhi: Zhi): Promise<void>;
  orderFromLiar(): Promise<void>;
}

/** Without a session (nothing was chosen yet) the story can only begin. */
export function useStory(
  session: Session | undefined,
  refreshBalance: () => Promise<void>,
): readonly [Story, StoryActions] {
  const [story, setStory] = useState(START);
  const change = useCallback((made: Change) => setStory((last) => ({ ...last, ...made })), []);

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
    forget: () => setStory(START),
    async orderTraining(set, work, limit) {
      if (!session) return;
      const { client } = session;
      setStory({ ...START, isBusy: true });
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
