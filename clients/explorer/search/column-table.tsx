/** What each column of the file was taken for, and the visitor's corrections. */
import type { ColumnOverride, ColumnReport, ReadOptions } from '../../../ml/table/report.ts';
import { grouped } from '../format.ts';
import { TableHead } from '../parts/table-head.tsx';
import { useText } from '../text/language.ts';

interface ColumnTableProps {
  readonly columns: readonly ColumnReport[];
  readonly options: ReadOptions;
  readonly isBusy: boolean;
  readonly onChange: (options: ReadOptions) => void;
}

const OVERRIDES: readonly ColumnOverride[] = ['number', 'category', 'date', 'ignore'];

/** A table of many columns is shown so far: the rest is as it was recognised. */
const COLUMNS_SHOWN = 200;

export function ColumnTable({ columns, options, isBusy, onChange }: ColumnTableProps) {
  const { search } = useText();
  const text = search.data;
  const override = (name: string, kind: ColumnOverride): void =>
    onChange({ ...options, columns: { ...options.columns, [name]: kind } });
  return (
    <div class="scroll columns">
      <table>
        <caption>{text.columnsCaption}</caption>
        <TableHead texts={[text.column, text.kind]} numbers={[text.missing, text.distinct]} />
        <tbody>
          {columns.slice(0, COLUMNS_SHOWN).map((column) => (
            <tr key={column.name} class={column.role} data-column={column.name} data-role={column.role}>
              <td>
                <strong>{column.name}</strong>
                <small class="params">{column.examples.join(', ')}</small>
              </td>
              <td>
                {column.role === 'target' ? (
                  text.target
                ) : (
                  <select
                    aria-label={text.kindOf(column.name)}
                    value={kindOf(column)}
                    disabled={isBusy}
                    onChange={(event) => override(column.name, event.currentTarget.value as ColumnOverride)}
                  >
                    {OVERRIDES.map((kind) => (
                      <option key={kind} value={kind}>
                        {text.kinds[kind]}
                      </option>
                    ))}
                  </select>
                )}
              </td>
              <td class="number">{column.missing === 0 ? '' : grouped(column.missing)}</td>
              <td class="number">{grouped(column.distinct)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const kindOf = ({ role, kind }: ColumnReport): ColumnOverride =>
  role === 'leftOut' || kind === 'text' ? 'ignore' : kind;
