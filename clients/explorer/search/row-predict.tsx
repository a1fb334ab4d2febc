/** A row typed into a form, for a model of columns. */
import { useMemo, useState } from 'preact/hooks';
import type { Schema, Table } from '../../../ml/table/table.ts';
import { useText } from '../text/language.ts';
import { Answers } from './answers.tsx';
import { PredictButtons } from './predict-buttons.tsx';
import type { PredictProps } from './predict-props.ts';
import { RowFields } from './row-fields.tsx';
import { type RowTexts, rowTable, textsOf } from './row-texts.ts';
import { truthOf } from './truth.ts';
import { usePrediction } from './use-prediction.ts';

interface RowPredictProps extends PredictProps {
  readonly schema: Extract<Schema, { kind: 'columns' }>;
}

export function RowPredict({ client, found, schema, regionOfProvider, onPaid }: RowPredictProps) {
  const text = useText().search.predict;
  const { table: known, readAs } = found;
  const [row, setRow] = useState(0);
  const [texts, setTexts] = useState<RowTexts>(() => (known ? textsOf(known, 0, readAs) : {}));
  const [isChanged, setChanged] = useState(false);
  const { shown, isRunning, actions } = usePrediction(client, found, onPaid);
  // Not with every block that redraws the page.
  const made = useMemo(() => rowTable(schema, texts, readAs), [schema, texts, readAs]);
  const table = 'table' in made ? made.table : undefined;
  const fill = (from: Table): void => {
    const next = Math.floor(Math.random() * from.rows);
    setRow(next);
    setTexts(textsOf(from, next, readAs));
    setChanged(false);
    actions.clear();
  };
  return (
    <>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          if (table) void actions.here(table);
        }}
      >
        <RowFields
          columns={schema.columns}
          texts={texts}
          readAs={readAs}
          faults={new Set('table' in made ? [] : made.faults)}
          isAsked={isRunning}
          onInput={(name, value) => {
            setTexts({ ...texts, [name]: value });
            setChanged(true);
            actions.clear();
          }}
        />
        <p>{known ? (isChanged ? '' : `${text.fromRow(row + 1)} ${truthOf(known, row, text.truth)}`) : text.noTable}</p>
        <PredictButtons
          isReady={table !== undefined}
          isRunning={isRunning}
          isWaiting={isRunning && !shown.run}
          onOrder={() => table && void actions.order(table)}
          onAnother={known ? () => fill(known) : undefined}
        />
      </form>
      <Answers found={found} shown={shown} regionOfProvider={regionOfProvider} />
    </>
  );
}
