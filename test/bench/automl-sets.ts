/** The tables and the outer folds of `bench -- automl`. test/bench/python/ reads the same folds from folds.json. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { dealFolds } from '../../ml/search/folds.ts';
import { keyOf } from '../../ml/search/random.ts';
import type { Table, Target } from '../../ml/table/table.ts';

export const SETS = ['iris', 'wine', 'breast_cancer', 'digits', 'diabetes', 'concrete'] as const;
export type SetName = (typeof SETS)[number];

const VALUES: ReadonlySet<string> = new Set(['diabetes', 'concrete']);
export const OUTER_FOLDS = 5;
/** Any number: the folds were drawn once with it. */
const OUTER_SEED = 0n;

function targetOf(name: string, header: string, cells: readonly string[]): Target {
  if (VALUES.has(name)) return { kind: 'values', name: header, values: Float64Array.from(cells, Number) };
  const classes = [...new Set(cells)].sort();
  const labels = Uint16Array.from(cells, (cell) => classes.indexOf(cell));
  return { kind: 'classes', name: header, classes, labels };
}

/** data/NAME.csv.gz: numbers without a missing cell, the target last. */
export function loadSet(name: string): Table {
  const text = gunzipSync(readFileSync(new URL(`../../data/${name}.csv.gz`, import.meta.url))).toString('utf8');
  const [header = [], ...rows] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '')));
  const last = header.length - 1;
  return {
    rows: rows.length,
    features: {
      kind: 'columns',
      columns: header.slice(0, last).map((column, i) => ({
        kind: 'number',
        name: column,
        values: Float32Array.from(rows, (row) => Number(row[i])),
      })),
    },
    target: targetOf(
      name,
      header[last] as string,
      rows.map((row) => row[last] as string),
    ),
  };
}

/** The rows of each outer fold, ascending. */
export function outerFolds(table: Table): number[][] {
  const dealt = dealFolds(table.target, table.rows, OUTER_FOLDS, keyOf(OUTER_SEED, 'folds', 0, 0));
  return Array.from({ length: OUTER_FOLDS }, (_, fold) =>
    Array.from({ length: table.rows }, (_, row) => row).filter((row) => dealt[row] === fold),
  );
}
