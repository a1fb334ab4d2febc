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
  readonly isReading: boolean;
  readonly onReading: (isReading: boolean) => void;
  /** A table was read. What could not be read changes nothing. */
  readonly onRead: (read: ReadFile) => void;
}

/** Why the last file, or the last correction of it, was not taken. */
interface Refused {
  /** Of a file, which may yet be read in another way; undefined for a correction. */
  readonly file: { readonly source: SourceFile; readonly options: ReadOptions } | undefined;
  readonly failure?: Failure;
  readonly error?: unknown;
}

type Load = () => Promise<SourceFile> | SourceFile;

const ACCEPTED = '.csv,.tsv,.txt,.json,.jsonl,.ndjson,.npz,.zip,.gz,text/csv';

/** The sex of a penguin follows from how large it is, but not from one column. */
const SAMPLE_OPTIONS: ReadOptions = { target: '性别' };

export function DataChapter({ read, isBusy, isReading, onReading, onRead }: DataChapterProps) {
  const { search } = useText();
  const text = search.data;
  const [refused, setRefused] = useState<Refused>();
  /** The reader with its parsers is loaded with the first file. */
  const take = async (load: Load, options: ReadOptions, meanwhile?: Refused): Promise<void> => {
    onReading(true);
    setRefused(meanwhile);
    let file: Refused['file'];
    try {
      const [{ readSource }, source] = await Promise.all([import('./read-file.ts'), load()]);
      if (source !== read?.source) file = { source, options };
      const result = await readSource(source, options);
      if (result.ok) {
        setRefused(undefined);
        onRead(result.value);
      } else setRefused({ file, failure: result });
    } catch (error) {
      setRefused({ file, error });
    }
    onReading(false);
  };
  /** Its fold stays open. */
  const retake = (source: SourceFile, options: ReadOptions): Promise<void> => take(() => source, options, refused);
  const takeSample = async (): Promise<SourceFile> => (await import('./sample.ts')).sampleSource();
  const isTaken = isBusy || isReading;
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
      <p role="status">{isReading ? text.reading : ''}</p>
      {refused?.failure ? (
        <FailureAlert
          failure={refused.failure}
          title={refused.file ? text.refused(refused.file.source.name) : text.refusedChange}
        />
      ) : null}
      {refused?.error === undefined ? null : <ErrorAlert error={refused.error} />}
      {refused?.file && refused.failure ? (
        <Later load={loadRefused} {...refused.file} failure={refused.failure} isBusy={isTaken} onChange={retake} />
      ) : null}
      {read ? (
        <Later load={loadFound} read={read} isBusy={isTaken} onChange={(options) => take(() => read.source, options)} />
      ) : null}
    </>
  );
}

const loadRefused = () => import('./refused-file.tsx').then(({ RefusedFile }) => RefusedFile);
const loadFound = () => import('./found-table.tsx').then(({ FoundTable }) => FoundTable);
