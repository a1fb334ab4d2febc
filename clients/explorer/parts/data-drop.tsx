/** Takes a CSV by drop, by file dialogue, or the sample, and says what it found in it. */
import { useState } from 'preact/hooks';
import type { Failure, Result } from '../../../protocol/errors.ts';
import { type DataSet, dataSetOfFile } from '../data-set.ts';
import { grouped } from '../format.ts';
import { sampleDataSet } from '../sample.ts';
import { useText } from '../text/language.ts';
import { DigitImages } from './digit-image.tsx';
import { DropZone } from './drop-zone.tsx';
import { Facts } from './facts.tsx';
import { ErrorAlert, FailureAlert } from './refusal.tsx';

interface DataDropProps {
  readonly set: DataSet | undefined;
  readonly isBusy: boolean;
  readonly onChoose: (set: DataSet | undefined) => void;
}

type Reading = { readonly isReading: boolean; readonly failure?: Failure; readonly error?: unknown };

export function DataDrop({ set, isBusy, onChoose }: DataDropProps) {
  const { data: text } = useText();
  const [reading, setReading] = useState<Reading>({ isReading: false });
  const take = async (load: () => Promise<Result<DataSet>>): Promise<void> => {
    setReading({ isReading: true });
    try {
      const result = await load();
      onChoose(result.ok ? result.value : undefined);
      setReading(result.ok ? { isReading: false } : { isReading: false, failure: result });
    } catch (error) {
      onChoose(undefined);
      setReading({ isReading: false, error });
    }
  };
  return (
    <>
      <p>{text.intro}</p>
      <div class="choices">
        <DropZone
          label={text.drop}
          accept=".csv,text/csv"
          isBusy={isBusy}
          onFile={(file) => take(() => dataSetOfFile(file))}
        />
        <div class="sample">
          <button type="button" disabled={isBusy} onClick={() => take(sampleDataSet)}>
            {text.sample}
          </button>
          <small>{text.sampleNote}</small>
        </div>
      </div>
      <p role="status">{reading.isReading ? text.reading : ''}</p>
      {reading.failure ? <FailureAlert failure={reading.failure} title={text.refused} /> : null}
      {reading.error === undefined ? null : <ErrorAlert error={reading.error} />}
      {set ? <DataSummary set={set} /> : null}
    </>
  );
}

const PREVIEWED = 22;

function DataSummary({ set }: { readonly set: DataSet }) {
  const { data: text } = useText();
  const { table, train, heldOut, name } = set;
  return (
    <div class="card data-summary">
      <div class="data-shape">
        <h3>{name}</h3>
        <Facts
          facts={[
            [text.rows, grouped(table.rows)],
            [text.features, grouped(table.features)],
            [text.classes, grouped(table.classes)],
            [text.target, table.target],
          ]}
        />
        <p>{text.split(grouped(train.rows), grouped(heldOut.rows))}</p>
      </div>
      {set.isSample ? <DigitImages table={train} rows={PREVIEWED} /> : null}
    </div>
  );
}
