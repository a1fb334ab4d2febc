/** The quote of what the form says, kept up to date while it is edited. */
import { useEffect, useState } from 'preact/hooks';
import type { Work } from '../../protocol/order/work.ts';
import type { Client } from '../sdk/client.ts';
import type { OrderQuote } from '../sdk/quotes.ts';
import { hai } from './format.ts';
import { limitFor } from './order-flow.ts';

/** A quote is asked for when the visitor has stopped typing for this long. */
const DEBOUNCE_MS = 250;

export interface LiveQuote {
  readonly quote: OrderQuote | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
}

const NONE: LiveQuote = { quote: undefined, error: undefined, isPending: false };

/** `work` undefined: nothing to quote yet. `key` tells one question from another. */
export function useQuote(client: Client, work: Work | undefined, key: string): LiveQuote {
  const [live, setLive] = useState(NONE);
  useEffect(() => {
    if (!work) {
      setLive(NONE);
      return;
    }
    let isOver = false;
    const show = (next: LiveQuote): void => {
      if (!isOver) setLive(next);
    };
    setLive((last) => ({ ...last, isPending: true }));
    const timer = setTimeout(() => {
      client.quote(work).then(
        (quote) => show({ quote, error: undefined, isPending: false }),
        (error: unknown) => show({ quote: undefined, error, isPending: false }),
      );
    }, DEBOUNCE_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [client, key]);
  return live;
}

/** As the visitor would type it. */
export const suggestedLimit = (quote: OrderQuote): string => hai(limitFor(quote)).replaceAll(',', '');
