/** A prediction as the page's forms have it made: here, or here and by order. What was asked of another row is not shown any more. */
import { useRef, useState } from 'preact/hooks';
import type { Table } from '../../../ml/table/table.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import type { OrderRun } from '../story.ts';
import type { FoundModel } from './found.ts';
import { type Answer, predictHere, predictOrdered } from './predict-flow.ts';

/** What the chapter shows beside the form; it goes when the form is changed. */
export interface Shown {
  readonly answer?: Answer;
  readonly ordered?: Answer;
  readonly run?: OrderRun;
  readonly error?: unknown;
}

export interface PredictionActions {
  readonly here: (table: Table) => Promise<void>;
  readonly order: (table: Table) => Promise<void>;
  readonly fault: (error: unknown) => void;
  readonly clear: () => void;
}

/** `onPaid`: money has moved. */
export function usePrediction(client: Client, found: FoundModel, onPaid: () => Promise<void>) {
  const [isRunning, setRunning] = useState(false);
  const [shown, setShown] = useState<Shown>({});
  const turn = useRef(0);
  const run = async (work: (show: (shown: Shown) => void) => Promise<Shown>): Promise<void> => {
    const own = ++turn.current;
    const show = (next: Shown): void => {
      if (own === turn.current) setShown(next);
    };
    setRunning(true);
    try {
      show(await work(show));
    } catch (error) {
      show({ error });
    }
    setRunning(false);
  };
  const ordered = async (table: Table, show: (shown: Shown) => void): Promise<Shown> => {
    let last: WireOrder | undefined;
    const answer = await predictHere(found, table);
    try {
      const done = await predictOrdered(client, found, table, (wire) => {
        last = wire;
        show({ answer, run: { order: wire, error: undefined } });
      });
      return { answer, ordered: done, run: { order: done.order, error: undefined } };
    } catch (error) {
      return { answer, run: { order: last, error } };
    } finally {
      await onPaid();
    }
  };
  const actions: PredictionActions = {
    here: (table) => run(async () => ({ answer: await predictHere(found, table) })),
    order: (table) => run((show) => ordered(table, show)),
    fault: (error) => setShown({ error }),
    clear() {
      turn.current++;
      setShown({});
    },
  };
  return { shown, isRunning, actions };
}
