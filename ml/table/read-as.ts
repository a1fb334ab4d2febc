/**
 * How a model's table was read, where that was told or its cells showed it: rows to predict are read in the same way. Guesses of the
 * encoding and of what separates cells are made anew, as those show in any file.
 */

import { READ_LIMITS } from './limits.ts';
import type { ColumnOverride, ReadOptions, TableReport } from './report.ts';
import type { RowsOptions } from './rows-of-raw.ts';

/** How cells are read, of a table to learn from and of rows to predict. */
export type CellOptions = Pick<
  ReadOptions,
  'missing' | 'separator' | 'encoding' | 'decimal' | 'dayFirst' | 'header' | 'skipLines'
>;

export interface ReadAs extends CellOptions {
  readonly column?: NonNullable<ReadOptions['columns']>;
  readonly imageSize?: NonNullable<ReadOptions['imageSize']>;
  readonly units?: NonNullable<RowsOptions['units']>;
  readonly signs?: NonNullable<RowsOptions['signs']>;
  readonly dayFirstOf?: NonNullable<RowsOptions['dayFirstOf']>;
}

export const KINDS: readonly ColumnOverride[] = ['number', 'category', 'date', 'ignore'];
export const SEPARATORS = [',', ';', '\t', '|'] as const;
export const DECIMALS = ['.', ','] as const;

/** As they are typed, with commas between: ASCII ones or full-width ones. */
export const missingWordsOf = (text: string): string[] => text.split(/[,，]/).map((word) => word.trim());

/** Of the values, those that are there. */
type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const present = <T extends object>(values: T): Present<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;

export function cellOptionsOf(options: CellOptions): CellOptions {
  const { missing, separator, encoding, decimal, dayFirst, header, skipLines } = options;
  return present({ missing, separator, encoding, decimal, dayFirst, header, skipLines });
}

/** As the rows of a model are read: as its table was, but for what is told now. */
export function rowsOptionsOf(read: ReadAs | undefined, options: CellOptions = {}): RowsOptions {
  // An order that is told now is of every column.
  const dayFirstOf = options.dayFirst === undefined ? read?.dayFirstOf : undefined;
  return {
    ...cellOptionsOf(read ?? {}),
    ...cellOptionsOf(options),
    ...present({ columns: read?.column, units: read?.units, signs: read?.signs, dayFirstOf }),
  };
}

/** What a model's owner keeps of how its table was read: what was told, and what its cells showed. */
export function readAsOf(options: ReadOptions, read: ShownByCells): ReadAs {
  const { columns: column, imageSize } = options;
  const { decimal, dayFirst = options.dayFirst, dayFirstOf, units, signs } = read;
  // Names show what parts the cells; a file without them may be a single row.
  const separator = options.header === false ? SEPARATORS.find((one) => one === read.separator) : undefined;
  return {
    ...present({ separator, decimal }),
    ...cellOptionsOf(options),
    // Dates that could not be read in the order that was told were read in the other.
    ...present({ dayFirst, column, imageSize, units, signs, dayFirstOf }),
  };
}

type ShownByCells = Pick<TableReport, 'separator' | 'decimal' | 'dayFirst' | 'dayFirstOf' | 'units' | 'signs'>;

type Raw = Record<string, unknown>;

const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isSwitch = (value: unknown): boolean => typeof value === 'boolean';
const isSide = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isLines = (value: unknown): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= READ_LIMITS.skipLinesMax;
const isOf = (values: readonly unknown[]) => (value: unknown) => values.includes(value);

const FIELDS: { readonly [Name in keyof Required<ReadAs>]: (value: unknown) => boolean } = {
  missing: (value) => Array.isArray(value) && value.every(isText),
  separator: isOf(SEPARATORS),
  encoding: isText,
  decimal: isOf(DECIMALS),
  dayFirst: isSwitch,
  header: isSwitch,
  skipLines: isLines,
  column: (value) => isObject(value) && Object.values(value).every(isOf(KINDS)),
  units: (value) => isObject(value) && Object.values(value).every(isText),
  signs: (value) => isObject(value) && Object.values(value).every(isText),
  dayFirstOf: (value) => isObject(value) && Object.values(value).every(isSwitch),
  imageSize: (value) => isObject(value) && isSide(value.height) && isSide(value.width),
};

/** As it was kept, and trusted no more than anything else that was. Undefined for what is none; a field of a later version is left out. */
export function readAsIn(value: unknown): ReadAs | undefined {
  if (!isObject(value)) return undefined;
  const known = Object.entries(FIELDS).filter(([name]) => value[name] !== undefined);
  if (!known.every(([name, isField]) => isField(value[name]))) return undefined;
  return Object.fromEntries(known.map(([name]) => [name, value[name]])) as ReadAs;
}
