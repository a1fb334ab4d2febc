/** A table before inference: cells as a file has them, by column. */

/** Texts as they were written, '' where there was none; or numbers that a binary file typed, NaN where missing. */
export type RawCells = { readonly texts: readonly string[] } | { readonly numbers: Float64Array };

/** `nameless`: its name was made up, `column N`. */
export type RawColumn = { readonly name: string; readonly nameless?: boolean } & RawCells;

export interface RawTable {
  readonly rows: number;
  readonly columns: readonly RawColumn[];
  /** Index of each row in the file, where rows were dropped. */
  readonly origin?: readonly number[];
}

export const madeUpName = (index: number): string => `column ${index + 1}`;

/** As a spreadsheet counts below its header: the first row is 1. */
export function place({ origin }: Pick<RawTable, 'origin'>, row: number, name: string): string {
  return `row ${(origin?.[row] ?? row) + 1}, column ${name}`;
}

/** The rows with these indices. */
export function keepRows(raw: RawTable, rows: readonly number[]): RawTable {
  return {
    rows: rows.length,
    origin: rows.map((row) => raw.origin?.[row] ?? row),
    columns: raw.columns.map((column) =>
      'texts' in column
        ? { ...column, texts: rows.map((row) => column.texts[row] as string) }
        : { ...column, numbers: Float64Array.from(rows, (row) => column.numbers[row] as number) },
    ),
  };
}
