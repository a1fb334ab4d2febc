import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../../../ml/bundle/bundle.ts';
import { predictBundle } from '../../../../ml/bundle/predict.ts';
import { centredPredictions, centredTargets, offsetOf } from '../../../../ml/search/centred.ts';
import { localSearch } from '../../../../ml/search/local.ts';
import { F32_MAX } from '../../../../ml/table/fault.ts';
import type { Table } from '../../../../ml/table/table.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { unwrap } from '../digits.ts';
import { specFor } from './tables.ts';

const values = (y: readonly number[]): Table => ({
  rows: y.length,
  features: {
    kind: 'columns',
    columns: [{ kind: 'number', name: 'x', values: Float32Array.from(y, (_, row) => row) }],
  },
  target: { kind: 'values', name: 'y', values: Float64Array.from(y) },
});

describe('values far from zero', () => {
  it('are learned and predicted as well as those near it: seconds of an era', () => {
    const table = values(Array.from({ length: 48 }, (_, row) => 1.7e9 + row));
    const spec = specFor({ task: 'values', metric: 'r2', families: ['ridge', 'extraTrees'], trials: 2 });
    const bundle = unwrap(decodeBundle(unwrap(localSearch(nodeKernels(), table, spec)).bundle));
    expect(bundle.report.score).toBeGreaterThan(0.9);
    expect(bundle.report.score).toBeLessThanOrEqual(1);
    const { values: predicted } = predictBundle(nodeKernels(), bundle, table);
    for (const row of [0, 20, 47]) expect(Math.abs((predicted[row] as number) - 1.7e9 - row)).toBeLessThan(6);
  });

  it('are stored less their mean, within f32; classes are as they are', () => {
    const { target } = values([-3e38, 3.2e38, 1e38]);
    const offset = offsetOf(target);
    expect(offset).toBeCloseTo(4e37, -24);
    expect([...centredTargets(target, offset, Int32Array.of(2))]).toEqual([1e38 - offset]);
    expect([...centredPredictions(Float64Array.of(1e39, -1e39), offset)]).toEqual([F32_MAX, -F32_MAX]);
    expect(centredPredictions(Float64Array.of(Number.NaN), 0)[0]).toBeNaN();
    const classes = { kind: 'classes', name: 't', classes: ['a', 'b'], labels: Uint16Array.of(0, 1) } as const;
    expect(offsetOf(classes)).toBe(0);
    expect([...centredTargets(classes, 0, Int32Array.of(1))]).toEqual([1]);
  });
});
