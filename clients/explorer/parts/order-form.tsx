/** What is ordered, at what limit, and what it would cost now. */
import { useEffect, useState } from 'preact/hooks';
import { MLP_LIMITS } from '../../../protocol/mlp.ts';
import type { TrainWork } from '../../../protocol/order/work.ts';
import { parseHai, type Zhi } from '../../../protocol/units.ts';
import type { Client } from '../../sdk/client.ts';
import type { DataSet } from '../data-set.ts';
import { BATCH_ROWS, SEED, trainWorkFor } from '../order-flow.ts';
import { suggestedLimit, useQuote } from '../quote.ts';
import { useText } from '../text/language.ts';
import { NumberField, useWholeNumber } from './number-field.tsx';
import { QuoteTable } from './quote-table.tsx';
import { ErrorAlert } from './refusal.tsx';

interface OrderFormProps {
  readonly client: Client;
  readonly set: DataSet;
  readonly isFunded: boolean;
  readonly isBusy: boolean;
  readonly isOrdered: boolean;
  readonly onOrder: (work: TrainWork, priceLimitZhi: Zhi) => void;
}

const HIDDEN_DEFAULT = 64;
const EPOCHS_DEFAULT = 30;

export function OrderForm({ client, set, isFunded, isBusy, isOrdered, onOrder }: OrderFormProps) {
  const { order: text } = useText();
  const { number: hidden, field: hiddenField } = useWholeNumber(HIDDEN_DEFAULT, MLP_LIMITS.hiddenMax);
  const { number: epochs, field: epochsField } = useWholeNumber(EPOCHS_DEFAULT, MLP_LIMITS.epochsMax);
  /** Undefined while the visitor has not typed one: the suggestion follows the quote. */
  const [limitTyped, setLimit] = useState<string>();
  const work = hidden && epochs ? trainWorkFor(set, hidden, epochs) : undefined;
  const { train } = set;
  const question = [isFunded, hidden, epochs, train.rows, train.features, train.classes].join(' ');
  const live = useQuote(client, isFunded ? work : undefined, question);
  const limitText = limitTyped ?? (live.quote ? suggestedLimit(live.quote) : '');
  const limit = parseHai(limitText);
  // Another table is another price.
  useEffect(() => setLimit(undefined), [set]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (work && limit) onOrder(work, limit);
  };
  return (
    <form class="order-form" onSubmit={submit}>
      <div class="fields">
        <NumberField label={text.hidden} {...hiddenField} />
        <NumberField label={text.epochs} {...epochsField} />
        <NumberField
          label={text.limit}
          value={limitText}
          hint={text.limitHint}
          isValid={Boolean(limit)}
          onInput={setLimit}
        />
      </div>
      <QuoteTable live={live} />
      {live.error === undefined ? null : <ErrorAlert error={live.error} />}
      <button type="submit" class="primary" disabled={isBusy || !work || !limit || !live.quote}>
        {isOrdered ? text.again : text.train}
      </button>
      <small>{text.fixed(BATCH_ROWS, SEED.toString())}</small>
    </form>
  );
}
