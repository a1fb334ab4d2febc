/** A file that was not taken may be read in another way: with another encoding, separator or words for a missing cell. */
import type { ReadOptions } from '../../../ml/table/report.ts';
import type { ErrorCode, Failure } from '../../../protocol/errors.ts';
import type { SourceFile } from './read-file.ts';
import { toldReading } from './reading.ts';
import { ReadingFields } from './reading-fields.tsx';

interface RefusedFileProps {
  readonly source: SourceFile;
  readonly options: ReadOptions;
  readonly failure: Failure;
  readonly isBusy: boolean;
  readonly onChange: (source: SourceFile, options: ReadOptions) => void;
}

/** No reading mends these: it is another format, or too large. */
const FINAL: readonly ErrorCode[] = ['format_unknown', 'too_many_cells'];

export function RefusedFile({ source, options, failure, isBusy, onChange }: RefusedFileProps) {
  const shown = FINAL.includes(failure.code) ? undefined : toldReading(source.name, options);
  if (!shown) return null;
  return (
    <div class="card" data-refused={source.name}>
      <ReadingFields shown={shown} options={options} isBusy={isBusy} onChange={(next) => onChange(source, next)} />
    </div>
  );
}
