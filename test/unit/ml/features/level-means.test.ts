import { describe, expect, it } from 'vitest';
import type { Encoder } from '../../../../ml/features/encoder.ts';
import { decodeEncoder } from '../../../../ml/features/encoder-bytes.ts';
import { fitEncoder } from '../../../../ml/features/fit.ts';
import type { ColumnPlan } from '../../../../ml/features/plan.ts';
import { encodePlans } from '../../../../ml/features/plan-bytes.ts';
import { trainSetOf } from '../../../../ml/features/train-set.ts';
import { Draws, keyOf } from '../../../../ml/search/random.ts';
import { schemaOf } from '../../../../ml/table/rows.ts';
import type { Table, Target } from '../../../../ml/table/table.ts';
import type { View } from '../../../../ml/trainers/trainer.ts';
import { upTo } from './tables.ts';

const LEVELS = 300;
const ROWS = 3000;
const VIEWS = ['dense', 'tree'] as const;
const draws = new Draws(keyOf(4n, 'sample', 0, 0));
/** Near a standard normal number: twelve uniform ones, less their mean. */
const normal = (): number =>
  Array.from({ length: 12 }, () => draws.word() / 2 ** 32).reduce((sum, word) => sum + word, -6);
const effects = Array.from({ length: LEVELS }, normal);
const noise = Array.from({ length: ROWS }, normal);
/** The last level is met by no row; a tenth of the cells are missing. */
const codes = Int32Array.from({ length: ROWS }, () => (draws.below(10) === 0 ? -1 : draws.below(LEVELS - 1)));
const effectOf = (row: number): number => effects[codes[row] as number] ?? 0;

const tableOf = (target: Target): Table => ({
  rows: ROWS,
  features: {
    kind: 'columns',
    columns: [
      {
        kind: 'category',
        name: 'place',
        categories: Array.from({ length: LEVELS }, (_, i) => `p${String(i).padStart(3, '0')}`),
        codes,
      },
    ],
  },
  target,
});
const valuesOf = (y: (row: number) => number): Table =>
  tableOf({ kind: 'values', name: 'y', values: Float64Array.from({ length: ROWS }, (_, row) => y(row)) });
const classesOf = (classes: number, label: (row: number) => number): Table =>
  tableOf({
    kind: 'classes',
    name: 'y',
    classes: Array.from({ length: classes }, (_, k) => `c${String(k).padStart(2, '0')}`),
    labels: Uint16Array.from({ length: ROWS }, (_, row) => label(row)),
  });

const kindOf = (encoder: Encoder) => encoder.plans[0]?.kind;
function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (of: ArrayLike<number>): number => Array.from(of).reduce((sum, x) => sum + x, 0) / of.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    both += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return both / Math.sqrt(squareA * squareB);
}

describe('a category of very many levels', () => {
  const table = valuesOf((row) => 0.5 * effectOf(row) + (noise[row] as number));

  it.each(VIEWS)('is its mean of the target in the %s view', (view) => {
    const encoder = fitEncoder(table, upTo(ROWS), view);
    expect(encoder.columnsOf).toEqual([{ column: 0, name: 'place.mean' }]);
    const { x } = encoder.transform(table, upTo(ROWS));
    expect(correlation(x, Array.from(upTo(ROWS), effectOf))).toBeGreaterThan(0.8);
  });

  it.each(VIEWS)('tells the rows that are learned from nothing of their own target, in the %s view', (view) => {
    const encoder = fitEncoder(table, upTo(ROWS), view);
    const own = encoder.transform(table, upTo(ROWS)).x;
    const { input, y } = trainSetOf(encoder, table, upTo(ROWS));
    expect(correlation(own, noise)).toBeGreaterThan(0.1);
    expect(correlation(input.x, noise)).toBeLessThan(0.03);
    expect(correlation(input.x, y)).toBeGreaterThan(0.25);
    const watched = trainSetOf(encoder, table, upTo(100), [7, 8]).watched?.input.x;
    expect(watched).toEqual(own.slice(7, 9));
  });

  it('draws levels of few rows towards the mean of all, and what was never met is that mean', () => {
    const some = Array.from(upTo(ROWS), Number).filter((row) => codes[row] !== 0 || row < 100);
    const encoder = fitEncoder(table, some, 'tree');
    const [plan] = encoder.plans as [ColumnPlan & { kind: 'means' }];
    expect(plan.kept).not.toContain(LEVELS - 1);
    const { x } = encoder.transform({ ...table, features: unmet() }, [0, 1]);
    expect(x[0]).toBe(x[1]);
    expect(x[0]).toBe(plan.values.at(-1));
    expect(Math.abs(x[0] as number)).toBeLessThan(0.3);
  });

  /** A level that no row had, twice. */
  const unmet = (): Table['features'] => {
    if (table.features.kind !== 'columns') throw new Error('no columns');
    return {
      kind: 'columns',
      columns: table.features.columns.map((column) =>
        column.kind === 'category' ? { ...column, codes: codes.map(() => LEVELS - 1) } : column,
      ),
    };
  };

  it.each<[string, string, Table]>([
    ['one share of two classes', 'place.mean', classesOf(2, (row) => (effectOf(row) > 0 ? 1 : 0))],
    [
      'a share of each of three',
      'place.mean.0',
      classesOf(3, (row) => (effectOf(row) > 0.5 ? 2 : effectOf(row) > -0.5 ? 1 : 0)),
    ],
  ])('is %s', (_name, first, of) => {
    const encoder = fitEncoder(of, upTo(ROWS), 'dense');
    expect(encoder.columnsOf[0]?.name).toBe(first);
    expect(encoder.cols).toBe(first === 'place.mean' ? 1 : 3);
  });

  it.each<[string, Table]>([
    ['the target is noise', valuesOf((row) => noise[row] as number)],
    ['there is no target', tableOf({ kind: 'none' })],
    ['classes are many', classesOf(9, (row) => (effectOf(row) > 0 ? row % 4 : 4 + (row % 5)))],
  ])('stays columns and codes of its frequent levels where %s', (_name, of) => {
    expect(VIEWS.map((view) => kindOf(fitEncoder(of, upTo(ROWS), view)))).toEqual(['oneHot', 'codes']);
  });

  it('is finite where levels say everything, and no cell is missing', () => {
    const some = Array.from(upTo(ROWS), Number).filter((row) => (codes[row] as number) >= 0);
    const { plans } = fitEncoder(valuesOf(effectOf), some, 'dense');
    const [plan] = plans as [ColumnPlan & { kind: 'means' }];
    expect(plan.kind).toBe('means');
    expect(plan.values.every(Number.isFinite)).toBe(true);
    expect(plan.values.at(-2)).toBe(plan.values.at(-1));
  });

  it('has one encoding', () => {
    const encoder = fitEncoder(table, upTo(ROWS), 'dense');
    const again = decodeEncoder(encoder.bytes, schemaOf(table));
    expect(again.ok && again.value.transform(table, upTo(50))).toEqual(encoder.transform(table, upTo(50)));
    expect(again.ok && again.value.transformLearned(table, upTo(ROWS))).toEqual(
      encoder.transformLearned(table, upTo(ROWS)),
    );
  });

  const means = (changes: Partial<ColumnPlan & { kind: 'means' }>): ColumnPlan => ({
    kind: 'means',
    column: 0,
    outputs: 1,
    kept: [0, 2],
    values: Float32Array.of(-1, 1, 0, 0.5),
    ...changes,
  });
  const decode = (view: View, plan: ColumnPlan) => decodeEncoder(encodePlans(view, [plan]), schemaOf(table));

  it('is read in either view, and refused out of order or range', () => {
    for (const view of VIEWS) expect(decode(view, means({})).ok).toBe(true);
    const others: Partial<ColumnPlan & { kind: 'means' }>[] = [
      { kept: [2, 0] },
      { kept: [0, LEVELS] },
      { outputs: 0, values: new Float32Array(0) },
      { outputs: 9, values: new Float32Array(36) },
      { values: Float32Array.of(-1, 1, 0, 9) },
      { values: Float32Array.of(-1, 1, 0) },
      { values: Float32Array.of(-1, 1, 0, Number.NaN) },
    ];
    for (const other of others) expect(decode('dense', means(other))).toMatchObject({ code: 'result_mismatch' });
    expect(decode('image', means({})).ok).toBe(false);
  });
});
