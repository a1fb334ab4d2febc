/** One row to predict, as fields: a number, one of the known categories, or a date for each of the model's columns. */
import { useId } from 'preact/hooks';
import type { ReadAs } from '../../../ml/table/read-as.ts';
import type { Schema } from '../../../ml/table/table.ts';
import { grouped } from '../format.ts';
import { useText } from '../text/language.ts';
import { isClock, type RowTexts, unitOf } from './row-texts.ts';

export type ColumnSchema = Extract<Schema, { kind: 'columns' }>['columns'][number];

interface RowFieldsProps {
  readonly columns: readonly ColumnSchema[];
  readonly texts: RowTexts;
  /** How the table was read: the form takes its units. */
  readonly readAs: ReadAs | undefined;
  /** Names of columns whose text can't be read. */
  readonly faults: ReadonlySet<string>;
  /** Its answer is on its way: the row stays what was asked about. */
  readonly isAsked: boolean;
  readonly onInput: (name: string, text: string) => void;
}

/** A form of more fields is no form: the cells of further columns stay as they are, but for those that can't be read. */
const FIELDS_SHOWN = 200;

export function RowFields({ columns, texts, readAs, faults, isAsked, onInput }: RowFieldsProps) {
  const { search } = useText();
  const shown = columns.filter(({ name }, place) => place < FIELDS_SHOWN || faults.has(name));
  return (
    <>
      <div class="fields row-fields">
        {shown.map((column) => (
          <RowField
            key={column.name}
            column={column}
            unit={column.kind === 'number' ? unitOf(readAs, column.name) : undefined}
            text={texts[column.name] ?? ''}
            isValid={!faults.has(column.name)}
            isAsked={isAsked}
            onInput={(text) => onInput(column.name, text)}
          />
        ))}
      </div>
      {shown.length < columns.length ? (
        <small>{search.predict.fieldsShown(grouped(shown.length), grouped(columns.length))}</small>
      ) : null}
    </>
  );
}

interface RowFieldProps {
  readonly column: ColumnSchema;
  readonly unit: string | undefined;
  readonly text: string;
  readonly isValid: boolean;
  readonly isAsked: boolean;
  readonly onInput: (text: string) => void;
}

function RowField({ column, unit, text, isValid, isAsked, onInput }: RowFieldProps) {
  const { search } = useText();
  const id = useId();
  const missing = search.predict.empty;
  return (
    <div class="field">
      <label for={id}>
        {column.name}
        {unit === undefined ? null : <span class="unit"> {unit}</span>}
      </label>
      {column.kind === 'category' ? (
        <select id={id} value={text} disabled={isAsked} onChange={(event) => onInput(event.currentTarget.value)}>
          <option value="">{missing}</option>
          {column.categories.map((category) => (
            <option key={category} value={category}>
              {category}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          type="text"
          inputMode={column.kind === 'number' && !isClock(unit) ? 'decimal' : 'text'}
          autocomplete="off"
          placeholder={column.kind === 'date' ? 'YYYY-MM-DD' : missing}
          value={text}
          // Not disabled, which would take the focus.
          readOnly={isAsked}
          aria-invalid={!isValid}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </div>
  );
}
