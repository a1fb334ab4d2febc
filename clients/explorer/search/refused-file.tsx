/** A file that was not taken may be read in another way: with another encoding, separator or words for a missing cell. */

import { KINDS } from '../../../ml/table/read-as.ts';
import type { ReadOptions } from '../../../ml/table/report.ts';
import type { ErrorCode, Failure } from '../../../protocol/errors.ts';
import { SelectField } from '../parts/select-field.tsx';
import { useText } from '../text/language.ts';
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
      <KindField options={options} failure={failure} isBusy={isBusy} onChange={(next) => onChange(source, next)} />
      <ReadingFields shown={shown} options={options} isBusy={isBusy} onChange={(next) => onChange(source, next)} />
    </div>
  );
}

/** Of the column that has a text among its numbers: said to hold numbers, it has the text missing. */
function KindField({
  options,
  failure,
  isBusy,
  onChange,
}: Omit<RefusedFileProps, 'source' | 'onChange'> & { readonly onChange: (options: ReadOptions) => void }) {
  const { data, reading } = useText().search;
  const { code, param: name } = failure;
  if (code !== 'cell_not_numeric' || name === undefined) return null;
  const told = options.columns?.[name];
  const kinds = KINDS.map((kind) => [kind, data.kinds[kind]] as const);
  return (
    <SelectField
      label={data.kindOf(name)}
      value={told ?? ''}
      options={told === undefined ? [['', reading.unknown], ...kinds] : kinds}
      isDisabled={isBusy}
      onSelect={(next) => {
        const kind = KINDS.find((one) => one === next);
        if (kind) onChange({ ...options, columns: { ...options.columns, [name]: kind } });
      }}
    />
  );
}
