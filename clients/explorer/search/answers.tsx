/** What the model said of a row, what the network said of it, and whether they are one. */
import { equalBytes } from '../../../protocol/hash.ts';
import { grouped } from '../format.ts';
import { OrderLive } from '../parts/order-live.tsx';
import { ErrorAlert } from '../parts/refusal.tsx';
import { BarList } from '../plots/bar-list.tsx';
import { useText } from '../text/language.ts';
import type { FoundModel } from './found.ts';
import type { Answer } from './predict-flow.ts';
import type { Shown } from './use-prediction.ts';

interface AnswersProps {
  readonly found: FoundModel;
  readonly shown: Shown;
  readonly regionOfProvider: (address: string) => string | undefined;
}

export function Answers({ found, shown, regionOfProvider }: AnswersProps) {
  const { search } = useText();
  return (
    <>
      {shown.error === undefined ? null : <ErrorAlert error={shown.error} />}
      {shown.answer ? <AnswerView found={found} answer={shown.answer} /> : null}
      {shown.run ? (
        <OrderLive title={search.live.predict} name="predict" run={shown.run} regionOfProvider={regionOfProvider} />
      ) : null}
      {shown.answer && shown.ordered ? <Same a={shown.answer} b={shown.ordered} /> : null}
    </>
  );
}

const CLASSES_SHOWN = 10;

function AnswerView({ found, answer: { prediction } }: { readonly found: FoundModel; readonly answer: Answer }) {
  const { search } = useText();
  const { classes, report } = found.bundle;
  const [label] = prediction.labels;
  const said = label === undefined ? String(prediction.values[0]) : (classes[label] as string);
  const bars = classes
    .map((name, i) => ({ name, share: prediction.values[i] as number }))
    .sort((a, b) => b.share - a.share)
    .slice(0, CLASSES_SHOWN);
  return (
    <div class="card answer" role="status" data-answer={said}>
      <p>
        {search.predict.answer}: <strong>{said}</strong>
      </p>
      {bars.length > 0 ? <BarList bars={bars} label={search.predict.answer} /> : null}
      <small>{search.report.rowCycles(grouped(report.rowCycles))}</small>
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
