/** One row by the model: typed into a form, answered in this tab, and by the network when the visitor orders it. */
import { useMemo, useState } from 'preact/hooks';
import { schemaOf } from '../../../ml/table/rows.ts';
import type { Table } from '../../../ml/table/table.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import { OrderLive } from '../parts/order-live.tsx';
import { ErrorAlert } from '../parts/refusal.tsx';
import { BarList } from '../plots/bar-list.tsx';
import type { OrderRun } from '../story.ts';
import { useText } from '../text/language.ts';
import type { Found } from './found.ts';
import { type Answer, predictHere, predictOrdered } from './predict-flow.ts';
import { RowFields } from './row-fields.tsx';
import { type RowTexts, rowTable, textsOf } from './row-texts.ts';

interface PredictChapterProps {
  readonly client: Client;
  readonly found: Found;
  readonly regionOfProvider: (address: string) => string | undefined;
  /** Money has moved. */
  readonly onPaid: () => Promise<void>;
}

/** What the chapter shows beside the form; it goes when the form is changed. */
interface Shown {
  readonly answer?: Answer;
  readonly ordered?: Answer;
  readonly run?: OrderRun;
  readonly error?: unknown;
}

export function PredictChapter({ client, found, regionOfProvider, onPaid }: PredictChapterProps) {
  const { search } = useText();
  const text = search.predict;
  const schema = useMemo(() => schemaOf(found.table), [found]);
  const [row, setRow] = useState(0);
  const [texts, setTexts] = useState<RowTexts>(() => textsOf(found.table, 0));
  const [isChanged, setChanged] = useState(false);
  const [isRunning, setRunning] = useState(false);
  const [shown, setShown] = useState<Shown>({});
  if (schema.kind === 'images') return null;
  const made = rowTable(schema, texts);
  const fill = (next: number): void => {
    setRow(next);
    setTexts(textsOf(found.table, next));
    setChanged(false);
    setShown({});
  };
  const run = async (work: (table: Table) => Promise<Shown>): Promise<void> => {
    if (!('table' in made)) return;
    setRunning(true);
    try {
      setShown(await work(made.table));
    } catch (error) {
      setShown((last) => ({ ...last, error }));
    }
    setRunning(false);
  };
  const order = async (table: Table): Promise<Shown> => {
    let last: WireOrder | undefined;
    const answer = await predictHere(found, table);
    try {
      const ordered = await predictOrdered(client, found, table, (wire) => {
        last = wire;
        setShown({ answer, run: { order: wire, error: undefined } });
      });
      return { answer, ordered, run: { order: ordered.order, error: undefined } };
    } catch (error) {
      return { answer, run: { order: last, error } };
    } finally {
      await onPaid();
    }
  };
  const isReady = 'table' in made && !isRunning;
  return (
    <div class="predict">
      <p>{text.note}</p>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void run(async (table) => ({ answer: await predictHere(found, table) }));
        }}
      >
        <RowFields
          columns={schema.columns}
          texts={texts}
          faults={new Set('table' in made ? [] : made.faults)}
          onInput={(name, value) => {
            setTexts({ ...texts, [name]: value });
            setChanged(true);
            setShown({});
          }}
        />
        <p>{isChanged ? '' : `${text.fromRow(row + 1)} ${truthOf(found.table, row, text.truth)}`}</p>
        <div class="buttons">
          <button type="submit" class="primary" disabled={!isReady}>
            {text.run}
          </button>
          <button type="button" disabled={!isReady} onClick={() => run(order)}>
            {text.order}
          </button>
          <button
            type="button"
            class="plain"
            disabled={isRunning}
            onClick={() => fill(Math.floor(Math.random() * found.table.rows))}
          >
            {text.another}
          </button>
        </div>
        <p role="status">{isRunning && !shown.run ? text.running : ''}</p>
      </form>
      {shown.error === undefined ? null : <ErrorAlert error={shown.error} />}
      {shown.answer ? <AnswerView found={found} answer={shown.answer} /> : null}
      {shown.run ? (
        <OrderLive title={search.live.predict} name="predict" run={shown.run} regionOfProvider={regionOfProvider} />
      ) : null}
      {shown.answer && shown.ordered ? <Same a={shown.answer} b={shown.ordered} /> : null}
    </div>
  );
}

function truthOf({ target }: Table, row: number, tell: (value: string) => string): string {
  if (target.kind === 'classes') return tell(target.classes[target.labels[row] as number] as string);
  return target.kind === 'values' ? tell(String(target.values[row])) : '';
}

const CLASSES_SHOWN = 10;

function AnswerView({ found, answer: { prediction } }: { readonly found: Found; readonly answer: Answer }) {
  const { search } = useText();
  const { target } = found.table;
  const names = target.kind === 'classes' ? target.classes : [];
  const [label] = prediction.labels;
  const said = label === undefined ? String(prediction.values[0]) : (names[label] as string);
  const bars = names
    .map((name, i) => ({ name, share: prediction.values[i] as number }))
    .sort((a, b) => b.share - a.share)
    .slice(0, CLASSES_SHOWN);
  return (
    <div class="card answer" role="status" data-answer={said}>
      <p>
        {search.predict.answer}: <strong>{said}</strong>
      </p>
      {bars.length > 0 ? <BarList bars={bars} label={search.predict.answer} /> : null}
    </div>
  );
}

function Same({ a, b }: { readonly a: Answer; readonly b: Answer }) {
  const { search } = useText();
  const isSame = equalBytes(a.bytes, b.bytes);
  return (
    <p class={isSame ? 'good' : 'bad'} data-same={isSame}>
      {isSame ? search.predict.same : search.predict.differs}
    </p>
  );
}
