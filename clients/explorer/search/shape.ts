/** What a table is to a search: its task and its shape. Pure, and light: the page shows it with the first file. */
import type { SearchSpec, TableShape } from '../../../ml/search/search.ts';
import type { Table } from '../../../ml/table/table.ts';

export type Task = SearchSpec['task'];

export function taskOf({ target }: Table): Task {
  return target.kind === 'none' ? 'clusters' : target.kind;
}

export const classesOf = ({ target }: Table): number => (target.kind === 'classes' ? target.classes.length : 0);

/** Of a row: columns, or samples of an image. */
export function columnsOf({ features }: Table): number {
  return features.kind === 'columns' ? features.columns.length : features.height * features.width * features.channels;
}

export function shapeOf(table: Table): TableShape {
  const { rows, features } = table;
  return { rows, columns: columnsOf(table), classes: classesOf(table), images: features.kind === 'images' };
}
