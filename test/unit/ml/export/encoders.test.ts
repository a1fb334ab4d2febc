import { describe, expect, it } from 'vitest';
import { encoderMatrix } from '../../../../ml/export/onnx/encoders.ts';
import { tableFeeds } from '../../../../ml/export/onnx/feeds.ts';
import { OnnxGraph } from '../../../../ml/export/onnx/graph.ts';
import { TableInputs } from '../../../../ml/export/onnx/inputs.ts';
import type { Encoder } from '../../../../ml/features/encoder.ts';
import { fitEncoder } from '../../../../ml/features/fit.ts';
import { MISSING, type Table } from '../../../../ml/table/table.ts';
import { scoreOnnx } from './onnxruntime.ts';

const ROWS = 40;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Missing cells, a heavy tail, a constant with holes, rare and unseen categories, dates before 1970, columns named like operators. */
function messyTable(): Table {
  const number = (name: string, of: (i: number) => number) =>
    ({ kind: 'number', name, values: Float32Array.from({ length: ROWS }, (_, i) => of(i)) }) as const;
  const city = ['', '上海', '北京', '广州', '深圳'].slice(1);
  return {
    rows: ROWS,
    features: {
      kind: 'columns',
      columns: [
        number('constant_0', (i) => (i % 7 === 3 ? Number.NaN : i * 1.1 - 9)),
        {
          kind: 'category',
          name: '城市',
          categories: city,
          codes: Int32Array.from(range(ROWS), (i) => [1, 1, 2, 0, MISSING, 2, i === 13 ? 3 : 1][i % 7] as number),
        },
        number('tail', (i) => (i === 5 ? 4e30 : (i * 7) % 11)),
        {
          kind: 'date',
          name: 'label',
          days: Float64Array.from(range(ROWS), (i) => (i === 9 ? Number.NaN : -1000.25 + i * 401.3)),
        },
        number('holes', (i) => (i % 3 === 0 ? Number.NaN : 5)),
      ],
    },
    target: { kind: 'none' },
  };
}

/** Rows of the view's matrix by the exported graph. */
async function matrixOf(encoder: Encoder, table: Table): Promise<Float32Array> {
  const graph = new OnnxGraph();
  const inputs = new TableInputs(graph, encoder.schema);
  graph.output('matrix', encoderMatrix(inputs, encoder), 'float', ['rows', encoder.cols]);
  const { matrix } = await scoreOnnx(graph.finish('encoder', {}), tableFeeds(table));
  return Float32Array.from(matrix as number[]);
}

describe('an exported encoder', () => {
  it('gives logarithms of skewed numbers, also of cells that have none', async () => {
    const rows = 200;
    const number = (name: string, of: (i: number) => number) =>
      ({ kind: 'number', name, values: Float32Array.from(range(rows), of) }) as const;
    const table: Table = {
      rows,
      features: {
        kind: 'columns',
        columns: [
          number('incomes', (i) => (i < 190 ? 2 ** (i / 15) : ([0, -3, Number.NaN, 1e30][i % 4] as number))),
          number('even', (i) => i),
          number('gains', (i) => (i % 2 === 0 ? 1 : -0.01) * (2 ** (i / 15) - 1)),
        ],
      },
      target: { kind: 'values', name: 'y', values: Float64Array.from(range(rows)) },
    };
    const encoder = fitEncoder(table, range(190), 'dense');
    expect(encoder.columnsOf.map(({ name }) => name)).toEqual([
      'incomes',
      'incomes.log',
      'even',
      'gains',
      'gains.log1p',
    ]);
    const theirs = await matrixOf(encoder, table);
    const { x } = encoder.transform(table, range(rows));
    x.forEach((own, i) => {
      expect(Math.abs(own - (theirs[i] as number))).toBeLessThan(1e-6);
    });
  });

  for (const view of ['dense', 'tree'] as const) {
    it(`gives the ${view} view bit for bit, also of rows and categories that training did not see`, async () => {
      const table = messyTable();
      const encoder = fitEncoder(table, range(12), view);
      const { x } = encoder.transform(table, range(ROWS));
      expect(encoder.cols).toBeGreaterThan(6);
      expect(await matrixOf(encoder, table)).toEqual(x);
    });

    it(`gives means of the target in the ${view} view, also of levels and missing cells that training did not see`, async () => {
      const rows = 900;
      const codes = Int32Array.from(range(rows), (i) => (i % 50 === 7 ? MISSING : (i * 9) % 280));
      const table: Table = {
        rows,
        features: {
          kind: 'columns',
          columns: [{ kind: 'category', name: 'c', categories: range(280).map((i) => `k${1000 + i}`), codes }],
        },
        target: {
          kind: 'classes',
          name: 'y',
          classes: ['a', 'b', 'c'],
          labels: Uint16Array.from(codes, (code, i) => (i % 11 === 0 ? 1 : (code + 1) % 3)),
        },
      };
      const encoder = fitEncoder(
        table,
        range(rows).filter((i) => (codes[i] as number) >= 10),
        view,
      );
      expect(encoder.plans.map(({ kind }) => kind)).toEqual(['means']);
      expect(encoder.cols).toBe(3);
      expect(await matrixOf(encoder, table)).toEqual(encoder.transform(table, range(rows)).x);
    });
  }
});
