/** Rows of a table as a trainer takes them. */
import { Meter } from '../meter.ts';
import type { Table, Target } from '../table/table.ts';
import type { Labelled, TrainSet } from '../trainers/trainer.ts';
import type { Rows } from './cells.ts';
import type { Encoder } from './encoder.ts';

/** Class indices or values of the rows; empty where the table has no target. */
export function targetsOf(target: Target, rows: Rows): Float64Array {
  if (target.kind === 'none') return new Float64Array(0);
  const cells = target.kind === 'classes' ? target.labels : target.values;
  return Float64Array.from({ length: rows.length }, (_, i) => cells[rows[i] as number] as number);
}

export const classCount = (target: Target): number => (target.kind === 'classes' ? target.classes.length : 0);

export function labelled(encoder: Encoder, table: Table, rows: Rows, meter = new Meter()): Labelled {
  return { input: encoder.transform(table, rows, meter), y: targetsOf(table.target, rows) };
}

/** `watched`: rows for early stopping, none of them among `rows`. */
export function trainSetOf(
  encoder: Encoder,
  table: Table,
  rows: Rows,
  watched: Rows = [],
  meter = new Meter(),
): TrainSet {
  return {
    input: encoder.transformLearned(table, rows, meter),
    y: targetsOf(table.target, rows),
    classes: classCount(table.target),
    categories: encoder.categories,
    ...(encoder.image ? { image: encoder.image } : {}),
    ...(watched.length > 0 ? { watched: labelled(encoder, table, watched, meter) } : {}),
  };
}
