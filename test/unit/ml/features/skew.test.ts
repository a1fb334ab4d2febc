import { describe, expect, it } from 'vitest';
import { decodeEncoder } from '../../../../ml/features/encoder-bytes.ts';
import { fitEncoder } from '../../../../ml/features/fit.ts';
import { encodePlans } from '../../../../ml/features/plan-bytes.ts';
import { logPart } from '../../../../ml/features/skew.ts';
import { schemaOf } from '../../../../ml/table/rows.ts';
import type { Table, Target } from '../../../../ml/table/table.ts';
import { number, tableOf, upTo } from './tables.ts';

const ROWS = 200;
const column = (of: (i: number) => number): Table => ({
  ...tableOf(number('x', ...Array.from({ length: ROWS }, (_, i) => of(i)))),
  target: { kind: 'values', name: 'y', values: Float64Array.from({ length: ROWS }, (_, i) => i) },
});
const namesOf = (table: Table, view: 'dense' | 'tree' = 'dense') =>
  fitEncoder(table, upTo(ROWS), view).columnsOf.map(({ name }) => name);

describe('logarithms of skewed columns', () => {
  const sides: Target = { kind: 'classes', name: 'y', classes: ['a', 'b'], labels: new Uint16Array(ROWS) };
  const incomes = column((i) => 2 ** (i / 15));
  const counts = column((i) => Math.floor(2 ** (i / 15)) - 1);

  it.each<[string, Table, string[]]>([
    ['incomes', incomes, ['x', 'x.log']],
    ['counts with a zero', counts, ['x', 'x.log1p']],
    ['gains and losses', column((i) => (i % 2 === 0 ? 1 : -0.01) * (2 ** (i / 15) - 1)), ['x', 'x.log1p']],
    ['an even column', column((i) => i + 1), ['x']],
    ['a rare mark', column((i) => (i % 20 === 0 ? 255 : 0)), ['x']],
    ['incomes, where classes are learned', { ...incomes, target: sides }, ['x']],
    ['a wrong cell', column((i) => (i === 3 ? 1e9 : 100 + (i % 7))), ['x']],
  ])('stand beside the number: %s', (_name, table, names) => {
    expect(namesOf(table)).toEqual(names);
    expect(namesOf(table, 'tree')).toEqual(['x']);
  });

  it('are standard scores, and what has no logarithm is the least', () => {
    const encoder = fitEncoder(incomes, upTo(ROWS), 'dense');
    const { x } = encoder.transform(incomes, upTo(ROWS));
    const logs = Array.from({ length: ROWS }, (_, i) => x[2 * i + 1] as number);
    const step = (logs[1] as number) - (logs[0] as number);
    for (let i = 1; i < ROWS; i++) expect((logs[i] as number) - (logs[i - 1] as number)).toBeCloseTo(step, 5);
    const others = tableOf(number('x', 0, -7, Number.NaN, 1e30));
    const at = encoder.transform(others, upTo(4)).x;
    expect([at[1], at[3]]).toEqual([logs[0], logs[0]]);
    expect(at[5]).toBeCloseTo(((logs[99] as number) + (logs[100] as number)) / 2, 5);
    expect(at[7]).toBe(logs[ROWS - 1]);
  });

  it('keep the sign', () => {
    expect(logPart(-3, 'log1p')).toBe(-logPart(3, 'log1p'));
    expect(logPart(Math.E - 1, 'log1p')).toBeCloseTo(1, 15);
    expect([logPart(0, 'log'), logPart(-1, 'log')]).toEqual([-Infinity, -Infinity]);
    expect(logPart(Number.NaN, 'log')).toBeNaN();
  });

  it('have one encoding, and are no part of trees', () => {
    const { bytes } = fitEncoder(incomes, upTo(ROWS), 'dense');
    expect(decodeEncoder(bytes, schemaOf(incomes)).ok).toBe(true);
    const raw = encodePlans('tree', [{ kind: 'raw', column: 0, parts: ['log'] }]);
    expect(decodeEncoder(raw, schemaOf(incomes))).toMatchObject({ ok: false, code: 'result_mismatch' });
  });
});
