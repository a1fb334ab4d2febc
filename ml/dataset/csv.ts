/**
 * Strict numeric CSV: a header, then rows of decimal numbers, comma-separated, no quotes. Every fault names the row (1 is the
 * first after the header) and the column.
 */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { MLP_LIMITS } from '../../protocol/mlp.ts';
import type { EncodedRows, EncodedTable } from './rows.ts';

/** A labelled table: the last column is the target, its values sorted ascending are the classes. */
export type Table = EncodedTable & {
  readonly columns: readonly string[];
  readonly target: string;
  /** The target's value of each class index. */
  readonly classValues: readonly number[];
};

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const F32_MAX = 3.4028234663852886e38;
/** Cells of evidence are shown shortened: a row may be anything. */
const EVIDENCE_CHARACTERS = 32;

type Cells = { readonly header: readonly string[]; readonly rows: number; readonly values: Float64Array };

const lines = (text: string): string[] => {
  const found = text.replace(/^\ufeff/, '').split(/\r?\n/);
  while (found.length > 0 && found[found.length - 1] === '') found.pop();
  return found;
};

function cellFault(cell: string, row: number, column: string): Result<never> {
  const shown = cell.length > EVIDENCE_CHARACTERS ? `${cell.slice(0, EVIDENCE_CHARACTERS)}…` : cell;
  return fail('cell_not_numeric', `row ${row}, column ${column}: ${JSON.stringify(shown)}`, column);
}

type HeaderFault = (header: readonly string[]) => Result<never> | undefined;

/** Each column has a name, and no other column has it. */
const nameFault: HeaderFault = (header) => {
  const nameless = header.indexOf('');
  if (nameless >= 0) return fail('dataset_malformed', `column ${nameless + 1} has no name`, 'header');
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  return twice === undefined ? undefined : fail('dataset_malformed', `two columns are named ${twice}`, 'header');
};

/** Numbers alone in the first line are a row, which would be lost. */
const tableHeaderFault: HeaderFault = (header) =>
  header.every((name) => DECIMAL.test(name))
    ? fail('dataset_malformed', 'the first line must name the columns: it holds numbers alone', 'header')
    : nameFault(header);

/** Header and numeric body, row-major with the header's width. */
function parseCells(text: string, columnsMax: number, headerFault: HeaderFault): Result<Cells> {
  const all = lines(text);
  const header = (all[0] ?? '').split(',').map((name) => name.trim());
  const rows = all.length - 1;
  if (rows < 1) return fail('no_rows', 'no row after the header');
  const unnamed = headerFault(header);
  if (unnamed) return unnamed;
  if (header.length > columnsMax) return fail('too_many_cells', `${header.length} columns, at most ${columnsMax}`);
  if (rows > MLP_LIMITS.rowsMax) return fail('too_many_cells', `${rows} rows, at most ${MLP_LIMITS.rowsMax}`);
  if (rows * header.length > MLP_LIMITS.cellsMax + rows)
    return fail('too_many_cells', `${rows} x ${header.length} cells`);
  const values = new Float64Array(rows * header.length);
  for (let row = 1; row <= rows; row++) {
    const cells = (all[row] as string).split(',');
    if (cells.length !== header.length) {
      const column = header[Math.min(cells.length, header.length - 1)] as string;
      return fail(
        'ragged_row',
        `row ${row}, column ${column}: ${cells.length} cells, the header has ${header.length}`,
        column,
      );
    }
    for (let column = 0; column < cells.length; column++) {
      const cell = (cells[column] as string).trim();
      const value = DECIMAL.test(cell) ? Number(cell) : Number.NaN;
      if (!(Math.abs(value) <= F32_MAX)) return cellFault(cell, row, header[column] as string);
      values[(row - 1) * header.length + column] = value;
    }
  }
  return ok({ header, rows, values });
}

/** Rounds to f32 from the body's `from` on; -0, also one that rounding made, becomes 0: one encoding for one number. */
function roundCells(values: Float64Array, from: number, to: number, out: Float32Array, at: number): void {
  for (let i = from; i < to; i++) out[at + i - from] = Math.fround(values[i] as number) + 0;
}

/** A labelled table of at least one feature column and two classes. */
export function parseCsv(text: string): Result<Table> {
  const cells = parseCells(text, MLP_LIMITS.featuresMax + 1, tableHeaderFault);
  if (!cells.ok) return cells;
  const { header, rows, values } = cells.value;
  const features = header.length - 1;
  const target = header[features] as string;
  if (features < 1) return fail('ragged_row', 'a table needs a feature column and a target', target);
  const classOf = new Map<number, number>();
  for (let row = 0; row < rows; row++) classOf.set(values[row * header.length + features] as number, 0);
  if (classOf.size === 1) return fail('one_class', `column ${target} holds one value`, target);
  if (classOf.size > MLP_LIMITS.classesMax) {
    return fail(
      'too_many_cells',
      `column ${target} holds ${classOf.size} classes, at most ${MLP_LIMITS.classesMax}`,
      target,
    );
  }
  const classValues = [...classOf.keys()].sort((a, b) => a - b);
  classValues.forEach((value, index) => {
    classOf.set(value, index);
  });
  const x = new Float32Array(rows * features);
  const y = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    roundCells(values, row * header.length, row * header.length + features, x, row * features);
    y[row] = classOf.get(values[row * header.length + features] as number) as number;
  }
  return ok({ rows, features, classes: classValues.length, x, y, columns: header.slice(0, -1), target, classValues });
}

/** Unlabelled rows to predict: every column is a feature, chosen by its name, which may be a number. */
export function parseRowsCsv(text: string): Result<EncodedRows & { readonly columns: readonly string[] }> {
  const cells = parseCells(text, MLP_LIMITS.featuresMax, nameFault);
  if (!cells.ok) return cells;
  const { header, rows, values } = cells.value;
  const x = new Float32Array(values.length);
  roundCells(values, 0, values.length, x, 0);
  return ok({ rows, features: header.length, x, columns: header });
}
