/** Options that say how a data file is read, where its guesses are not what was meant. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RowsOptions } from '../../ml/table/read-rows.ts';
import type { ColumnOverride, ReadOptions, TableReport } from '../../ml/table/report.ts';

/** How cells are read, of a table to learn from and of rows to predict. */
export interface CellOptions {
  readonly missing?: readonly string[];
  readonly separator?: NonNullable<ReadOptions['separator']>;
  readonly encoding?: string;
  readonly decimal?: NonNullable<ReadOptions['decimal']>;
  readonly dayFirst?: boolean;
  /** False with --no-header. */
  readonly header?: boolean;
}

export interface ReadFileOptions extends CellOptions {
  readonly target?: string;
  readonly task?: 'classes' | 'values' | 'clusters';
  readonly column?: Readonly<Record<string, ColumnOverride>>;
  readonly imageSize?: NonNullable<ReadOptions['imageSize']>;
}

/**
 * How the table of a model was read, where that was told or its cells showed it: rows to predict are read in the same way. Guesses of
 * the encoding and of what separates cells are made anew, as those show in any file.
 */
export type ReadAs = Omit<ReadFileOptions, 'target' | 'task'> & Pick<RowsOptions, 'units'>;

export const KINDS: readonly ColumnOverride[] = ['number', 'category', 'date', 'ignore'];

/** NAME=KIND, again for each column; a name may itself hold =. */
function columnKind(
  text: string,
  before: Readonly<Record<string, ColumnOverride>> = {},
): Record<string, ColumnOverride> {
  const at = text.lastIndexOf('=');
  const kind = KINDS.find((one) => one === text.slice(at + 1));
  if (at < 1 || kind === undefined) throw new InvalidArgumentError(`NAME=KIND, with ${KINDS.join(', ')}.`);
  return { ...before, [text.slice(0, at)]: kind };
}

/** 32 for a square, 28x32 for height and width. */
function imageSize(text: string): { height: number; width: number } {
  const [, height, width = height] = /^([1-9]\d{0,2})(?:x([1-9]\d{0,2}))?$/.exec(text) ?? [];
  if (height === undefined) throw new InvalidArgumentError('A size like 32, or 28x32 for height and width.');
  return { height: Number(height), width: Number(width) };
}

export const SEPARATORS = [',', ';', '\t', '|'] as const;
export const DECIMALS = ['.', ','] as const;

function separatorOf(text: string): NonNullable<ReadOptions['separator']> {
  const found = SEPARATORS.find((one) => one === (text === 'tab' ? '\t' : text));
  if (found === undefined) throw new InvalidArgumentError('One of , ; | and tab.');
  return found;
}

const words = (text: string) => text.split(',').map((word) => word.trim());

/** Of every command that reads cells. */
export function withCellOptions(command: Command): Command {
  return command
    .option('--missing <words>', 'what stands for a missing cell, commas between (otherwise the usual words)', words)
    .option('--separator <character>', 'of CSV (otherwise guessed)', separatorOf)
    .option('--encoding <label>', 'of a text (otherwise guessed)')
    .addOption(
      new Option('--decimal <mark>', 'of numbers, where commas do not part the cells (otherwise guessed)').choices(
        DECIMALS,
      ),
    )
    .option('--day-first', '05/01/2024 is the fifth of January')
    .option('--no-day-first', '05/01/2024 is the first of May')
    .option('--header', 'the first line has the names')
    .option('--no-header', 'the first line is a row');
}

/** Of every command that reads a table to learn from. */
export function withReadOptions(command: Command): Command {
  return withCellOptions(command)
    .option('--column <name=kind>', 'number, category, date or ignore, again for each column', columnKind)
    .option('--image-size <size>', 'resize pictures to it', imageSize);
}

export function withTargetOptions(command: Command): Command {
  return command
    .option('--target <column>', 'the column to learn (otherwise: named so, or the last)')
    .addOption(new Option('--task <task>', 'what is learned').choices(['classes', 'values', 'clusters']));
}

/** Of the values, those that are there. */
type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const present = <T extends object>(values: T): Present<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;

function cellOptionsOf({ missing, separator, encoding, decimal, dayFirst, header }: CellOptions): CellOptions {
  return present({ missing, separator, encoding, decimal, dayFirst, header });
}

export function readOptionsOf(options: ReadFileOptions): ReadOptions {
  const { target, task, column: columns, imageSize } = options;
  return {
    ...cellOptionsOf(options),
    ...(task === 'clusters' ? { target: null } : target === undefined ? {} : { target }),
    ...(task === undefined || task === 'clusters' ? {} : { task }),
    ...present({ columns, imageSize }),
  };
}

/** As the rows of a model are read: as its table was, but for what is told now. */
export function rowsOptionsOf(read: ReadAs | undefined, options: CellOptions): RowsOptions {
  return {
    ...cellOptionsOf(read ?? {}),
    ...cellOptionsOf(options),
    ...present({ columns: read?.column, units: read?.units }),
  };
}

/** What a model file says of how its table was read: what was told, and what its cells showed. */
export function readAsOf(options: ReadFileOptions, read: ShownByCells): ReadAs {
  const { column, imageSize } = options;
  const { decimal, dayFirst, units } = read;
  // Names show what parts the cells; a file without them may be a single row.
  const separator = options.header === false ? SEPARATORS.find((one) => one === read.separator) : undefined;
  return {
    ...present({ separator, decimal, dayFirst }),
    ...cellOptionsOf(options),
    ...present({ column, imageSize, units }),
  };
}

type ShownByCells = Pick<TableReport, 'separator' | 'decimal' | 'dayFirst' | 'units'>;
