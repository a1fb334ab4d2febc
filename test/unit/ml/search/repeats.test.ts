import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../../../ml/bundle/bundle.ts';
import { foldsOf } from '../../../../ml/search/folds.ts';
import { localSearch } from '../../../../ml/search/local.ts';
import { Draws, keyOf } from '../../../../ml/search/random.ts';
import { repeatedRows } from '../../../../ml/search/repeats.ts';
import { selectRows } from '../../../../ml/table/rows.ts';
import type { Table } from '../../../../ml/table/table.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { unwrap } from '../digits.ts';
import { specFor } from './tables.ts';

/** Columns of noise and labels of a coin: there is nothing to learn. */
function coins(rows: number, values = 2 ** 24): Table {
  const draws = new Draws(keyOf(3n, 'sample', rows, values));
  const column = (name: string) => ({
    kind: 'number' as const,
    name,
    values: Float32Array.from({ length: rows }, () => draws.below(values)),
  });
  const labels = Uint16Array.from({ length: rows }, () => draws.below(2));
  return {
    rows,
    features: { kind: 'columns', columns: [column('a'), column('b'), column('c')] },
    target: { kind: 'classes', name: 'side', classes: ['heads', 'tails'], labels },
  };
}

const copied = (rows: number, copies: number): Table =>
  selectRows(
    coins(rows),
    Array.from({ length: rows * copies }, (_, i) => i % rows),
  );

describe('repeated rows', () => {
  it('are known by their cells', () => {
    const firsts = repeatedRows(copied(30, 3)) ?? [];
    expect([...firsts]).toEqual(Array.from({ length: 90 }, (_, row) => row % 30));
  });

  it.each<[string, Table]>([
    ['no row repeats', coins(90)],
    ['one does', selectRows(coins(90), [...Array(90).keys(), 0])],
    ['columns are coarse, so that chance repeats them', coins(400, 3)],
    ['there are too few different ones to deal', copied(10, 9)],
    ['there are no columns', { ...coins(40), features: { kind: 'columns', columns: [] } }],
  ])('are rows like others where %s', (_name, table) => {
    expect(repeatedRows(table)).toBeUndefined();
  });

  it('are in one fold together, and folds stay even', () => {
    const table = copied(60, 4);
    const folds = foldsOf(table, specFor({ folds: 5 }));
    for (const { train, scored } of folds) {
      expect(scored.length).toBe(48);
      const learned = new Set([...train].map((row) => row % 60));
      expect([...scored].some((row) => learned.has(row % 60))).toBe(false);
    }
  });

  it('make no model of noise look good, and the report tells of them', () => {
    const found = unwrap(localSearch(nodeKernels(), copied(40, 4), specFor({ families: ['extraTrees'], trials: 1 })));
    const { report } = unwrap(decodeBundle(found.bundle));
    expect(report.score).toBeLessThan(0.75);
    expect(report.notices).toContain('rowsRepeated');
    const plain = unwrap(localSearch(nodeKernels(), coins(60), specFor({ families: ['logistic'], trials: 1 })));
    expect(unwrap(decodeBundle(plain.bundle)).report.notices).not.toContain('rowsRepeated');
  });
});
