/** Small tables for searches: what is to be learned, how much of it is noise, and what is missing are known. */
import { Draws, keyOf } from '../../../../ml/search/random.ts';
import type { SearchSpec } from '../../../../ml/search/search.ts';
import type { Table } from '../../../../ml/table/table.ts';

const unit = (draws: Draws): number => draws.word() / 2 ** 32;

/**
 * Columns: `signal` tells the class but for some overlap, `noise` nothing, `city` a little, with missing cells in both. `share` of the
 * labels are drawn anew: at 1 nothing can be learned.
 */
export function mixedTable(rows: number, share = 0.05, seed = 1n): Table {
  const draws = new Draws(keyOf(seed, 'sample', rows, 0));
  const labels = Uint16Array.from({ length: rows }, (_, row) => row % 3);
  const signal = Float32Array.from(labels, (label) => label + 0.9 * (unit(draws) - 0.5));
  const noise = Float32Array.from(labels, () => (unit(draws) < 0.1 ? Number.NaN : unit(draws)));
  const codes = Int32Array.from(labels, (label) => (unit(draws) < 0.1 ? -1 : unit(draws) < 0.5 ? label % 2 : 1));
  const drawn = labels.map((label) => (unit(draws) < share ? draws.below(3) : label));
  return {
    rows,
    features: {
      kind: 'columns',
      columns: [
        { kind: 'number', name: 'signal', values: signal },
        { kind: 'number', name: 'noise', values: noise },
        { kind: 'category', name: '城市', categories: ['上海', '北京'], codes },
      ],
    },
    target: { kind: 'classes', name: '类别', classes: ['a', 'b', 'c'], labels: drawn },
  };
}

/** The same columns; the target is twice the signal, and the more of `share` the less of it. */
export function valuesTable(rows: number, share = 0.1): Table {
  const table = mixedTable(rows);
  const draws = new Draws(keyOf(5n, 'sample', rows, 1));
  const [signal] = table.features.kind === 'columns' ? table.features.columns : [];
  const cells = signal?.kind === 'number' ? signal.values : new Float32Array(rows);
  const values = Float64Array.from(cells, (x) => 2 * x * (1 - share) + share * 10 * unit(draws));
  return { ...table, target: { kind: 'values', name: 'y', values } };
}

/** Images of 6 x 6 with a stripe, upright or level. */
export function stripes(rows: number): Table {
  const draws = new Draws(keyOf(2n, 'sample', rows, 2));
  const labels = Uint16Array.from({ length: rows }, (_, row) => row % 2);
  const pixels = new Uint8Array(rows * 36);
  labels.forEach((label, row) => {
    const at = 1 + draws.below(4);
    for (let i = 0; i < 6; i++) pixels[row * 36 + (label === 0 ? at * 6 + i : i * 6 + at)] = 255;
  });
  return {
    rows,
    features: { kind: 'images', height: 6, width: 6, channels: 1, pixels },
    target: { kind: 'classes', name: 'way', classes: ['level', 'upright'], labels },
  };
}

export const specFor = (changes: Partial<SearchSpec> = {}): SearchSpec => ({
  task: 'classes',
  metric: 'accuracy',
  families: ['logistic', 'extraTrees'],
  trials: 3,
  budget: 500_000_000n,
  folds: 3,
  seed: 11n,
  rowCycles: 1_000_000,
  ...changes,
});
