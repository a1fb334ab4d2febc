/** Columns of a CSV text by name, before ml/dataset parses it. Rows of another length than the header are left to the parser. */
import { Refusal } from './exit-codes.ts';

/** Names in the header's order. */
export function columnNames(text: string): string[] {
  const [header = ''] = text.replace(/^\ufeff/, '').split(/\r?\n/, 1);
  return header.split(',').map((name) => name.trim());
}

function indexOf(names: readonly string[], wanted: string): number {
  const index = names.indexOf(wanted);
  if (index < 0) throw new Refusal(`there is no column ${wanted}`, 'ragged_row', wanted);
  if (names.indexOf(wanted, index + 1) >= 0)
    throw new Refusal(`two columns are named ${wanted}`, 'dataset_malformed', 'header');
  return index;
}

function mapLines(text: string, width: number, pick: (cells: readonly string[]) => string[]): string {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => {
      const cells = line.split(',');
      return line === '' || cells.length !== width ? line : pick(cells).join(',');
    })
    .join('\n');
}

/** The text with the named column last, where the parser looks for the target. */
export function withTargetLast(text: string, target: string): string {
  const names = columnNames(text);
  const index = indexOf(names, target);
  return mapLines(text, names.length, (cells) => [
    ...cells.slice(0, index),
    ...cells.slice(index + 1),
    cells[index] as string,
  ]);
}

/** The named columns, in that order. */
export function onlyColumns(text: string, wanted: readonly string[]): string {
  const names = columnNames(text);
  const indices = wanted.map((name) => indexOf(names, name));
  return mapLines(text, names.length, (cells) => indices.map((index) => cells[index] as string));
}
