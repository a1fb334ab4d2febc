import { describe, expect, it } from 'vitest';
import {
  dealFolds,
  foldsOf,
  PREDICTIONS_MAX,
  sampleRows,
  splitWatched,
  trainRows,
} from '../../../../ml/search/folds.ts';
import { Draws, keyOf, philox } from '../../../../ml/search/random.ts';
import type { Table, Target } from '../../../../ml/table/table.ts';
import vectors from '../../../vectors/philox.json' with { type: 'json' };

const key = keyOf(7n, 'folds', 0, 0);

const classesTarget = (labels: readonly number[]): Target => ({
  kind: 'classes',
  name: 't',
  classes: Array.from({ length: Math.max(...labels) + 1 }, (_, i) => `c${i}`),
  labels: Uint16Array.from(labels),
});

const tableOf = (target: Target, rows: number): Table => ({ rows, features: { kind: 'columns', columns: [] }, target });

const valuesTarget = (rows: number): Target => ({ kind: 'values', name: 't', values: new Float64Array(rows) });

describe('random numbers', () => {
  it.each(vectors.vectors)('Philox4x32-10 known answer for key $key', ({ counter, key: words, words: expected }) => {
    const hex = (word: string): number => Number.parseInt(word, 16);
    const [c0, c1, c2, c3] = counter.map(hex) as [number, number, number, number];
    const [k0, k1] = words.map(hex) as [number, number];
    expect(philox([k0, k1], c0, c1, c2, c3).map((word) => word.toString(16).padStart(8, '0'))).toEqual(expected);
  });

  it('a key is of one purpose, job and part', () => {
    const keys = [
      keyOf(7n, 'fit', 0, 0),
      keyOf(8n, 'fit', 0, 0),
      keyOf(7n, 'fit', 1, 0),
      keyOf(7n, 'fit', 0, 1),
      keyOf(7n, 'refit', 0, 0),
    ];
    expect(new Set(keys.map(String)).size).toBe(keys.length);
    expect(keyOf(7n, 'fit', 0, 0)).toEqual(keys[0]);
  });

  it('shuffles keep every element', () => {
    const shuffled = new Draws(key).shuffle(Int32Array.from({ length: 50 }, (_, i) => i));
    expect([...shuffled].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([...shuffled]).not.toEqual(Array.from({ length: 50 }, (_, i) => i));
  });
});

describe('folds', () => {
  it('differ by one row at most, in each class and in all', () => {
    const labels = Array.from({ length: 103 }, (_, i) => (i % 10 === 0 ? 2 : i % 2));
    const dealt = dealFolds(classesTarget(labels), labels.length, 5, key);
    const counts = (of: (label: number) => boolean): number[] =>
      [0, 1, 2, 3, 4].map((fold) => labels.filter((label, row) => of(label) && dealt[row] === fold).length);
    for (const of of [() => true, (l: number) => l === 0, (l: number) => l === 1, (l: number) => l === 2]) {
      expect(Math.max(...counts(of)) - Math.min(...counts(of))).toBeLessThanOrEqual(1);
    }
  });

  it('score each row once, on a fit that has not seen it', () => {
    const folds = foldsOf(tableOf(classesTarget([0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1]), 11), {
      folds: 4,
      task: 'classes',
      seed: 1n,
    });
    expect(folds.flatMap(({ scored }) => [...scored]).sort((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    for (const { train, scored } of folds) {
      expect(train.length + scored.length).toBe(11);
      expect(train.some((row) => scored.includes(row))).toBe(false);
    }
  });

  it('a row a class, and fewer rows than folds, still leave rows on both sides', () => {
    const single = foldsOf(tableOf(classesTarget([0, 1, 2]), 3), { folds: 5, task: 'classes', seed: 1n });
    expect(single.map(({ train, scored }) => [train.length, scored.length])).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
    const few = foldsOf(tableOf(valuesTarget(9), 9), { folds: 5, task: 'values', seed: 1n });
    expect(few.length).toBe(2);
  });

  it('a large table has one hold-out, of bounded size', () => {
    const [rows, classes] = [120_000, 12];
    const table = tableOf(classesTarget(Array.from({ length: rows }, (_, i) => i % classes)), rows);
    const [fold, ...others] = foldsOf(table, { folds: 5, task: 'classes', seed: 1n });
    expect(others).toEqual([]);
    const scored = fold?.scored.length ?? 0;
    expect(scored * classes).toBeLessThanOrEqual(PREDICTIONS_MAX);
    expect(scored * classes).toBeGreaterThan(PREDICTIONS_MAX * 0.9);
    expect(trainRows({ folds: 5, task: 'classes' }, { rows, columns: 1, classes, images: false })).toBe(rows - scored);
  });

  it('clusters are scored on the rows that they are of', () => {
    const [fold] = foldsOf(tableOf({ kind: 'none' }, 5), { folds: 5, task: 'clusters', seed: 1n });
    expect(fold?.train).toEqual(fold?.scored);
    const rows = PREDICTIONS_MAX + 1;
    const [large] = foldsOf(tableOf({ kind: 'none' }, rows), { folds: 5, task: 'clusters', seed: 1n });
    expect([large?.train.length, large?.scored.length]).toEqual([rows, PREDICTIONS_MAX]);
  });

  it('watched rows are none of the fitted ones, and few rows are never watched', () => {
    const rows = Int32Array.from({ length: 4000 }, (_, i) => i * 2);
    const table = tableOf(valuesTarget(8000), 8000);
    const { fitted, watched } = splitWatched(table, rows, key);
    expect(watched?.length).toBe(500);
    expect(new Set([...fitted, ...(watched ?? [])]).size).toBe(4000);
    expect(splitWatched(table, rows.subarray(0, 1999), key)).toEqual({
      fitted: rows.subarray(0, 1999),
      watched: undefined,
    });
    expect([...sampleRows(rows, 3, key)]).toEqual([...sampleRows(rows, 3, key)].sort((a, b) => a - b));
  });

  it('a class of few rows is learned from with all of them, whatever the key', () => {
    const labels = Array.from({ length: 2400 }, (_, row) => (row < 3 ? 2 : row % 2));
    const table = tableOf(classesTarget(labels), labels.length);
    const rows = Int32Array.from(labels, (_, row) => row);
    for (let part = 0; part < 20; part++) {
      const { fitted, watched = [] } = splitWatched(table, rows, keyOf(7n, 'fit', 0, part));
      expect([...fitted.subarray(0, 3)]).toEqual([0, 1, 2]);
      expect(watched.length).toBeGreaterThan(290);
    }
  });
});
