import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../../../ml/bundle/bundle.ts';
import { predictBundle } from '../../../../ml/bundle/predict.ts';
import { localSearch } from '../../../../ml/search/local.ts';
import { Draws, keyOf } from '../../../../ml/search/random.ts';
import type { SearchSpec } from '../../../../ml/search/search.ts';
import type { Table } from '../../../../ml/table/table.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { unwrap } from '../digits.ts';
import { specFor, valuesTable } from './tables.ts';

/** One row in sixteen is ill; two signs of it are a little higher then. */
function rare(rows: number): Table {
  const draws = new Draws(keyOf(6n, 'sample', rows, 0));
  const labels = Uint16Array.from({ length: rows }, (_, row) => Number(row % 16 === 0));
  const sign = (name: string) => ({
    kind: 'number' as const,
    name,
    values: Float32Array.from(labels, (ill) => (draws.word() + draws.word()) / 2 ** 32 + 0.45 * ill),
  });
  return {
    rows,
    features: { kind: 'columns', columns: [sign('a'), sign('b')] },
    target: { kind: 'classes', name: 'state', classes: ['well', 'ill'], labels },
  };
}

describe('classes of very different size', () => {
  const table = rare(480);
  const found = (metric: SearchSpec['metric']) => {
    const spec = specFor({ metric, families: ['logistic'], trials: 1 });
    const bundle = unwrap(decodeBundle(unwrap(localSearch(nodeKernels(), table, spec)).bundle));
    return { ...bundle, labels: predictBundle(nodeKernels(), bundle, rare(480)).labels };
  };

  it('count alike by balanced accuracy: the rare one is found, and that is what is delivered', () => {
    const { report, labels, classWeights } = found('balancedAccuracy');
    expect(classWeights).toEqual([480 / (450 * 2), 480 / (30 * 2)]);
    expect(report.score).toBeGreaterThan(0.7);
    expect(report.baseline).toBe(0.5);
    expect(report.notices).not.toContain('classesUneven');
    // As many rows as the folds' confusion says, about: it is of the same rule.
    const called = report.confusion?.reduce((sum, [, ill]) => sum + (ill as number), 0) ?? 0;
    expect(called).toBeGreaterThan(60);
    expect(labels.filter((label) => label === 1).length).toBeGreaterThan(60);
  });

  it('do not by accuracy, and the report says so', () => {
    const { report, labels, classWeights } = found('accuracy');
    expect(classWeights).toEqual([]);
    expect(labels.filter((label) => label === 1).length).toBeLessThan(30);
    expect(report.notices).toContain('classesUneven');
  });
});

describe('what absolute errors are compared with', () => {
  it('is the median', () => {
    const table = valuesTable(60);
    if (table.target.kind !== 'values') throw new Error('no values');
    const values = table.target.values.map((_, row) => (row % 3 === 0 ? 900 : row % 2));
    const skewed: Table = { ...table, target: { ...table.target, values } };
    const spec = specFor({ task: 'values', metric: 'mae', families: ['ridge'], trials: 1 });
    const { report } = unwrap(decodeBundle(unwrap(localSearch(nodeKernels(), skewed, spec)).bundle));
    // The mean, 300, is 400 off; the median, 1, is off by 900 in a third of the rows.
    expect(report.baseline).toBeGreaterThan(-305);
  });
});
