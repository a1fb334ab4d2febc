/** Takes the visitor's file, says what was found in it and repaired, and takes corrections. */
import { useState } from 'preact/hooks';
import type { ReadOptions } from '../../../ml/table/report.ts';
import type { Failure } from '../../../protocol/errors.ts';
import { DropZone } from '../parts/drop-zone.tsx';
import { Later } from '../parts/later.tsx';
import { ErrorAlert, FailureAlert } from '../parts/refusal.tsx';
import { useText } from '../text/language.ts';
import type { ReadFile, SourceFile } from './read-file.ts';

interface DataChapterProps {
  readonly read: ReadFile | undefined;
  readonly isBusy: boolean;
  readonly onRead: (read: ReadFile | undefined) => void;
}

type Reading = { readonly isReading: boolean; readonly failure?: Failure; readonly error?: unknown };

const ACCEPTED = '.csv,.tsv,.txt,.json,.jsonl,.ndjson,.npz,.zip,.gz,text/csv';

/** The sex of a penguin follows from how large it is, but not from one column. */
const SAMPLE_OPTIONS: ReadOptions = { target: '性别' };

export function DataChapter({ read, isBusy, onRead }: DataChapterProps) {
  const { search, tag: language } = useText();
  const text = search.data;
  const [reading, setReading] = useState<Reading>({ isReading: false });
  /** The reader with its parsers is loaded with the first file. */
  const take = async (load: () => Promise<SourceFile> | SourceFile, options: ReadOptions): Promise<void> => {
    setReading({ isReading: true });
    try {
      const [{ readSource }, source] = await Promise.all([import('./read-file.ts'), load()]);
      const result = await readSource(source, options, language);
      onRead(result.ok ? result.value : undefined);
      setReading(result.ok ? { isReading: false } : { isReading: false, failure: result });
    } catch (error) {
      onRead(undefined);
      setReading({ isReading: false, error });
    }
  };
  const takeSample = async (): Promise<SourceFile> => (await import('./sample.ts')).sampleSource();
  const isTaken = isBusy || reading.isReading;
  return (
    <>
      <p>{text.intro}</p>
      <div class="choices">
        <DropZone
          label={text.drop}
          accept={ACCEPTED}
          isBusy={isTaken}
          onFile={(file) => take(() => ({ name: file.name, file }), {})}
        />
        <div class="sample">
          <button type="button" disabled={isTaken} onClick={() => take(takeSample, SAMPLE_OPTIONS)}>
            {text.sample}
          </button>
          <small>{text.sampleNote}</small>
        </div>
      </div>
      <p role="status">{reading.isReading ? search.data.reading : ''}</p>
      {reading.failure ? <FailureAlert failure={reading.failure} title={text.refused} /> : null}
      {reading.error === undefined ? null : <ErrorAlert error={reading.error} />}
      {read ? (
        <Later load={loadFound} read={read} isBusy={isTaken} onChange={(options) => take(() => read.source, options)} />
      ) : null}
    </>
  );
}

const loadFound = () => import('./found-table.tsx').then(({ FoundTable }) => FoundTable);
