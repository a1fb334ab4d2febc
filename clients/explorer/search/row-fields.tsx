/** One row to predict, as fields: a number, one of the known categories, or a date for each of the model's columns. */
import { useId } from 'preact/hooks';
import type { Schema } from '../../../ml/table/table.ts';
import { useText } from '../text/language.ts';
import type { RowTexts } from './row-texts.ts';

export type ColumnSchema = Extract<Schema, { kind: 'columns' }>['columns'][number];

interface RowFieldsProps {
  readonly columns: readonly ColumnSchema[];
  readonly texts: RowTexts;
  /** Names of columns whose text can't be read. */
  readonly faults: ReadonlySet<string>;
  readonly onInput: (name: string, text: string) => void;
}

export function RowFields({ columns, texts, faults, onInput }: RowFieldsProps) {
  return (
    <div class="fields row-fields">
      {columns.map((column) => (
        <RowField
          key={column.name}
          column={column}
          text={texts[column.name] ?? ''}
          isValid={!faults.has(column.name)}
          onInput={(text) => onInput(column.name, text)}
        />
      ))}
    </div>
  );
}

interface RowFieldProps {
  readonly column: ColumnSchema;
  readonly text: string;
  readonly isValid: boolean;
  readonly onInput: (text: string) => void;
}

function RowField({ column, text, isValid, onInput }: RowFieldProps) {
  const { search } = useText();
  const id = useId();
  const missing = search.predict.empty;
  return (
    <div class="field">
      <label for={id}>{column.name}</label>
      {column.kind === 'category' ? (
        <select id={id} onChange={(event) => onInput(event.currentTarget.value)}>
          <option value="" selected={text === ''}>
            {missing}
          </option>
          {column.categories.map((category) => (
            <option key={category} value={category} selected={category === text}>
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
          aria-invalid={!isValid}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </div>
  );
}
