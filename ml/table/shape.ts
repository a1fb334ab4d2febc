/** What a table is to a search: its task, its shape, and the work that this is to the network. Pure, and light: the page has it at hand. */
import type { SearchWork } from '../../protocol/order/work.ts';
import { hpuCycles } from '../../protocol/units.ts';
import type { SearchSpec, TableShape } from '../search/search.ts';
import type { Table } from './table.ts';

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

/** Of a specification, what an order says in public. */
export type SearchBounds = Pick<SearchSpec, 'budget' | 'trials' | 'folds' | 'rowCycles' | 'seed'>;

export function searchWorkOf(table: Table, { budget, trials, folds, rowCycles, seed }: SearchBounds): SearchWork {
  return { kind: 'search', ...shapeOf(table), budget: hpuCycles(budget), trials, folds, rowCycles, seed };
}
