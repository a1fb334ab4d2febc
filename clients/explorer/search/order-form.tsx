/** How much may be spent on a search, what it is judged by, and what that would cost now. */
import { useEffect, useState } from 'preact/hooks';
import { METRICS } from '../../../ml/metrics/metrics.ts';
import type { Metric } from '../../../ml/search/search.ts';
import { searchWorkOf, taskOf } from '../../../ml/table/shape.ts';
import type { Table } from '../../../ml/table/table.ts';
import type { Family } from '../../../ml/trainers/trainer.ts';
import { SEARCH_RANGES } from '../../../protocol/order/search-work.ts';
import { WORK_CYCLES_MAX } from '../../../protocol/order/work.ts';
import { parseHai, type Zhi } from '../../../protocol/units.ts';
import type { Client } from '../../sdk/client.ts';
import { NumberField, useWholeNumber } from '../parts/number-field.tsx';
import { QuoteTable } from '../parts/quote-table.tsx';
import { ErrorAlert } from '../parts/refusal.tsx';
import { SelectField } from '../parts/select-field.tsx';
import { suggestedLimit, useQuote } from '../quote.ts';
import { useText } from '../text/language.ts';
import { BUDGET_DEFAULT, familiesFor, planFor, type SearchPlan, TRIALS_DEFAULT } from './plan.ts';

interface SearchFormProps {
  readonly client: Client;
  readonly table: Table;
  readonly isFunded: boolean;
  readonly isBusy: boolean;
  readonly isOrdered: boolean;
  readonly onOrder: (plan: SearchPlan, priceLimitZhi: Zhi) => void;
}

/** Budgets are typed in millions of cycles. */
const MILLION = 1_000_000n;
const MILLIONS_MAX = Number(WORK_CYCLES_MAX / MILLION);
const FOLDS: readonly string[] = ['2', '3', '5', '8', '10'];

export function SearchForm({ client, table, isFunded, isBusy, isOrdered, onOrder }: SearchFormProps) {
  const { order: shared, search } = useText();
  const text = search.order;
  const { number: millions, field: budgetField } = useWholeNumber(Number(BUDGET_DEFAULT / MILLION), MILLIONS_MAX);
  const { number: trials, field: trialsField } = useWholeNumber(TRIALS_DEFAULT, SEARCH_RANGES.trials[1]);
  const [chosen, choose] = useState(() => planFor(table));
  const [limitTyped, setLimit] = useState<string>();
  // Another table is another task, and another price.
  useEffect(() => {
    choose(planFor(table));
    setLimit(undefined);
  }, [table]);
  const isWhole = millions !== undefined && trials !== undefined && chosen.families.length > 0;
  const plan = isWhole ? { ...chosen, trials, budget: BigInt(millions) * MILLION } : undefined;
  const work = plan && searchWorkOf(table, plan);
  const question = work ? [isFunded, ...Object.values(work)].join(' ') : '';
  const live = useQuote(client, isFunded ? work : undefined, question);
  const limitText = limitTyped ?? (live.quote ? suggestedLimit(live.quote) : '');
  const limit = parseHai(limitText);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (plan && limit) onOrder(plan, limit);
  };
  const metrics = METRICS[taskOf(table)];
  return (
    <form class="order-form" onSubmit={submit}>
      <div class="fields">
        <NumberField label={text.budget} {...budgetField} hint={text.budgetHint} />
        <NumberField label={text.trials} {...trialsField} />
        <SelectField
          label={text.metric}
          value={chosen.metric}
          options={metrics.map((metric) => [metric, search.metrics[metric]])}
          onSelect={(metric) => choose({ ...chosen, metric: metric as Metric })}
        />
        <NumberField
          label={text.limit}
          value={limitText}
          hint={text.limitHint}
          isValid={Boolean(limit)}
          onInput={setLimit}
        />
      </div>
      <details>
        <summary>{text.more}</summary>
        <div class="fields">
          <Families table={table} chosen={chosen.families} onChoose={(families) => choose({ ...chosen, families })} />
          <SelectField
            label={text.folds}
            value={String(chosen.folds)}
            options={FOLDS.map((folds) => [folds, folds])}
            onSelect={(folds) => choose({ ...chosen, folds: Number(folds) })}
          />
        </div>
      </details>
      <QuoteTable live={live} />
      {live.error === undefined ? null : <ErrorAlert error={live.error} />}
      <button type="submit" class="primary" disabled={isBusy || !plan || !limit || !live.quote}>
        {isOrdered ? shared.again : text.order}
      </button>
      <small>{text.fixed}</small>
    </form>
  );
}

interface FamiliesProps {
  readonly table: Table;
  readonly chosen: readonly Family[];
  readonly onChoose: (families: readonly Family[]) => void;
}

function Families({ table, chosen, onChoose }: FamiliesProps) {
  const { search } = useText();
  const all = familiesFor(table);
  return (
    <fieldset class="field families">
      <legend>{search.order.families}</legend>
      {all.map((family) => (
        <label key={family}>
          <input
            type="checkbox"
            checked={chosen.includes(family)}
            onChange={({ currentTarget }) =>
              onChoose(all.filter((one) => (one === family ? currentTarget.checked : chosen.includes(one))))
            }
          />
          {search.families[family]}
        </label>
      ))}
    </fieldset>
  );
}
