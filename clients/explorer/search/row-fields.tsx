/** One row to predict, as fields: a number, one of the known categories, or a date for each of the model's columns. */
import { useId } from 'preact/hooks';
import type { Schema } from '../../../ml/table/table.ts';
import { grouped } from '../format.ts';
import { useText } from '../text/language.ts';
import type { RowTexts } from './row-texts.ts';

export type ColumnSchema = Extract<Schema, { kind: 'columns' }>['columns'][number];

interface RowFieldsProps {
  readonly columns: readonly ColumnSchema[];
  readonly texts: RowTexts;
  /** Names of columns whose text can't be read. */
  readonly faults: ReadonlySet<string>;
  /** Its answer is on its way: the row stays what was asked about. */
  readonly isAsked: boolean;
  readonly onInput: (name: string, text: string) => void;
}

/** A form of more fields is no form: the cells of further columns stay as they are, but for those that can't be read. */
const FIELDS_SHOWN = 200;

export function RowFields({ columns, texts, faults, isAsked, onInput }: RowFieldsProps) {
  const { search } = useText();
  const shown = columns.filter(({ name }, place) => place < FIELDS_SHOWN || faults.has(name));
  return (
    <>
      <div class="fields row-fields">
        {shown.map((column) => (
          <RowField
            key={column.name}
            column={column}
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
  readonly text: string;
  readonly isValid: boolean;
  readonly isAsked: boolean;
  readonly onInput: (text: string) => void;
}

function RowField({ column, text, isValid, isAsked, onInput }: RowFieldProps) {
  const { search } = useText();
  const id = useId();
  const missing = search.predict.empty;
  return (
    <div class="field">
      <label for={id}>{column.name}</label>
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
          inputMode={column.kind === 'number' ? 'decimal' : 'text'}
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
