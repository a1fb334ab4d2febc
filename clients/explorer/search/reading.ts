/** How the visitor's file is read: as the page's controls show it, and what their changes ask for. Pure. */
import { type CellOptions, cellOptionsOf, SEPARATORS } from '../../../ml/table/read-as.ts';
import type { ReadOptions, TableReport } from '../../../ml/table/report.ts';

export type Separator = (typeof SEPARATORS)[number];

/** Labels of the Encoding Standard that tables are met in; any other that was recognised is shown too. */
const ENCODINGS: readonly string[] = [
  ...['utf-8', 'gb18030', 'big5', 'shift_jis', 'euc-kr'],
  ...['windows-1252', 'windows-1250', 'windows-1251', 'utf-16le', 'utf-16be'],
];

/** What is shown; undefined where nobody knows (yet). A field that is absent means nothing to such a file. */
export interface ShownReading {
  readonly missing: readonly string[];
  readonly encoding: string | undefined;
  readonly encodings: readonly string[];
  readonly csv?: { readonly separator: Separator | undefined; readonly header: boolean; readonly skipLines: number };
  readonly decimal?: { readonly mark: '.' | ',' | undefined };
  readonly dates?: { readonly dayFirst: boolean | undefined };
}

const encodingsWith = (encoding: string | undefined): string[] => [
  ...ENCODINGS,
  ...(encoding === undefined || ENCODINGS.includes(encoding) ? [] : [encoding]),
];

/** Of a table that was read. Undefined for arrays and pictures, which leave nothing to be told. */
export function shownReading(report: TableReport, options: ReadOptions): ShownReading | undefined {
  const { format, encoding, columns } = report;
  if (format !== 'csv' && format !== 'json-lines') return undefined;
  const separator = SEPARATORS.find((one) => one === report.separator);
  const met = [...new Set(columns.flatMap(({ missingWords }) => missingWords))];
  const hasDates = columns.some(({ kind }) => kind === 'date') || options.dayFirst !== undefined;
  return {
    missing: options.missing ?? met,
    encoding,
    encodings: encodingsWith(encoding),
    ...(format === 'csv'
      ? { csv: { separator, header: options.header ?? true, skipLines: options.skipLines ?? 0 } }
      : {}),
    ...(separator === undefined || separator === ',' ? {} : { decimal: { mark: report.decimal } }),
    ...(hasDates ? { dates: { dayFirst: report.dayFirst ?? options.dayFirst } } : {}),
  };
}

/** Of a file that was refused: what was told of it so far. Undefined where the name is that of arrays or pictures. */
export function toldReading(name: string, options: ReadOptions): ShownReading | undefined {
  if (/\.(?:npz|npy|zip)(?:\.gz)?$/i.test(name)) return undefined;
  const { missing = [], encoding, separator, header = true, skipLines = 0, decimal, dayFirst } = options;
  const isJson = /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(name);
  return {
    missing,
    encoding,
    encodings: encodingsWith(encoding),
    ...(isJson ? {} : { csv: { separator, header, skipLines } }),
    ...(isJson || separator === ',' ? {} : { decimal: { mark: decimal } }),
    dates: { dayFirst },
  };
}

export const withReading = (options: ReadOptions, told: CellOptions): ReadOptions => ({ ...options, ...told });

export const isReadingTold = (options: ReadOptions): boolean => Object.keys(cellOptionsOf(options)).length > 0;

/** As it was recognised by itself. What was said of the target and of columns stays. */
export function withoutReading(options: ReadOptions): ReadOptions {
  const told = cellOptionsOf(options);
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(told, name)));
}

/** Without what the reader did not heed: of commas that part cells, and in JSON, none is a decimal mark. */
export function heeded(
  { decimal, ...options }: ReadOptions,
  { separator }: Pick<TableReport, 'separator'>,
): ReadOptions {
  return decimal === undefined || separator === undefined || separator === ',' ? options : { ...options, decimal };
}

/** Where a file is cut or decoded in another way, its columns have other names: what was said of the old ones goes. */
export function withoutNames(options: ReadOptions): ReadOptions {
  const { target, task: _, columns: __, ...others } = options;
  return target === null ? { ...others, target } : others;
}
