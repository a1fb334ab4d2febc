/** Options that say how a data file is read, where its guesses are not what was meant. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { READ_LIMITS } from '../../ml/table/limits.ts';
import {
  type CellOptions,
  cellOptionsOf,
  DECIMALS,
  KINDS,
  missingWordsOf,
  SEPARATORS,
} from '../../ml/table/read-as.ts';
import type { ColumnOverride, ReadOptions } from '../../ml/table/report.ts';

export interface ReadFileOptions extends CellOptions {
  readonly target?: string;
  readonly task?: 'classes' | 'values' | 'clusters';
  readonly column?: Readonly<Record<string, ColumnOverride>>;
  readonly imageSize?: NonNullable<ReadOptions['imageSize']>;
}

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

function lineCount(text: string): number {
  const lines = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(lines <= READ_LIMITS.skipLinesMax)) throw new InvalidArgumentError(`0 to ${READ_LIMITS.skipLinesMax}.`);
  return lines;
}

function separatorOf(text: string): NonNullable<ReadOptions['separator']> {
  const found = SEPARATORS.find((one) => one === (text === 'tab' ? '\t' : text));
  if (found === undefined) throw new InvalidArgumentError('One of , ; | and tab.');
  return found;
}

/** Of every command that reads cells. */
export function withCellOptions(command: Command): Command {
  return command
    .option(
      '--missing <words>',
      'what stands for a missing cell, commas between (otherwise the usual words)',
      missingWordsOf,
    )
    .option('--separator <character>', 'of CSV (otherwise guessed)', separatorOf)
    .option('--encoding <label>', 'of a text (otherwise guessed)')
    .addOption(
      new Option('--decimal <mark>', 'of numbers, where commas do not part the cells (otherwise guessed)').choices(
        DECIMALS,
      ),
    )
    .option('--day-first', '05/01/2024 is the fifth of January')
    .option('--no-day-first', '05/01/2024 is the first of May')
    .option('--skip-lines <count>', 'of CSV above the header, such as a title', lineCount)
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

export function readOptionsOf(options: ReadFileOptions): ReadOptions {
  const { target, task, column: columns, imageSize } = options;
  return {
    ...cellOptionsOf(options),
    ...(task === 'clusters' ? { target: null } : target === undefined ? {} : { target }),
    ...(task === undefined || task === 'clusters' ? {} : { task }),
    ...(columns ? { columns } : {}),
    ...(imageSize ? { imageSize } : {}),
  };
}
