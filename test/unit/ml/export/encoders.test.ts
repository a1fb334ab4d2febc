import { describe, expect, it } from 'vitest';
import { encoderMatrix } from '../../../../ml/export/onnx/encoders.ts';
import { tableFeeds } from '../../../../ml/export/onnx/feeds.ts';
import { OnnxGraph } from '../../../../ml/export/onnx/graph.ts';
import { TableInputs } from '../../../../ml/export/onnx/inputs.ts';
import { spellingsOf } from '../../../../ml/export/onnx/spellings.ts';
import type { Encoder } from '../../../../ml/features/encoder.ts';
import { fitEncoder } from '../../../../ml/features/fit.ts';
import { knownCodes } from '../../../../ml/table/infer/categories.ts';
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

/** Rows of texts, as a file to predict has them; what reading makes of them, and what the graph does. */
async function readings(
  categories: readonly string[],
  words: readonly string[],
  view: 'dense' | 'tree',
  holes = false,
) {
  const rows = 12 * categories.length;
  const own = Int32Array.from(range(rows), (i) => (holes && i % 11 === 3 ? MISSING : i % categories.length));
  const table = (codes: Int32Array): Table => ({
    rows: codes.length,
    features: { kind: 'columns', columns: [{ kind: 'category', name: 'plan', categories, codes }] },
    target: { kind: 'values', name: 'y', values: Float64Array.from(codes, (code, i) => code * 10 + (i % 3)) },
  });
  const encoder = fitEncoder(table(own), range(rows), view);
  const graph = new OnnxGraph();
  const inputs = new TableInputs(graph, encoder.schema);
  graph.output('matrix', encoderMatrix(inputs, encoder), 'float', ['rows', encoder.cols]);
  const feed = { name: 'plan', type: 'string', dims: [words.length, 1], values: [...words] } as const;
  const { matrix } = await scoreOnnx(graph.finish('encoder', {}), [feed]);
  const read = table(Int32Array.from(knownCodes(words, categories)));
  return {
    kinds: encoder.plans.map(({ kind }) => kind),
    theirs: Float32Array.from(matrix as number[]),
    ours: encoder.transform(read, range(words.length)).x,
  };
}

describe('spellings of a category', () => {
  it.each<[string, string[], string[][]]>([
    [
      'words',
      ['Basic', 'PRO', 'São Paulo'],
      [
        ['Basic', 'basic', 'BASIC'],
        ['PRO', 'pro', 'Pro'],
        ['São Paulo', 'são paulo', 'SÃO PAULO', 'São paulo'],
      ],
    ],
    ['words that differ by case alone', ['F', 'f', 'X'], [['F'], ['f'], ['X']]],
    ['numbers', ['-3', '1', '2.5'], [['-3', '-3.0'], ['1', '1.0'], ['2.5']]],
    ['codes that begin with 0', ['00501', '10001'], [['00501'], ['10001', '10001.0']]],
    [
      'a letter whose capitals are others',
      ['straße', 'x'],
      [
        ['straße', 'Straße'],
        ['x', 'X'],
      ],
    ],
    ['no letters', ['上海'], [['上海']]],
  ])('are listed of %s', (_name, categories, spellings) => {
    expect(spellingsOf(categories)).toEqual(spellings);
  });

  const many = range(300).map((i) => `Level ${1000 + i}`);
  it.each([
    ['dense', ['Basic', 'PRO'], 'oneHot'],
    ['tree', ['Basic', 'PRO'], 'codes'],
    ['dense', many, 'means'],
    ['tree', many, 'means'],
  ] as const)('are one in the %s view of %j', async (view, categories, kind) => {
    const words = categories.slice(0, 2).flatMap((text) => [text, text.toLowerCase(), text.toUpperCase()]);
    const { kinds, theirs, ours } = await readings(categories, [...words, 'none of them'], view);
    expect(kinds).toEqual([kind]);
    expect(theirs).toEqual(ours);
    const width = ours.length / 7;
    const cells = (row: number) => [...theirs.subarray(row * width, (row + 1) * width)];
    expect(cells(1)).toEqual(cells(0));
    expect(cells(2)).toEqual(cells(0));
    expect(cells(3)).not.toEqual(cells(0));
    expect(cells(6)).not.toEqual(cells(0));
  });

  it.each([
    ['dense', 'oneHot', range(4).map((i) => `Level ${i}`)],
    ['tree', 'codes', range(4).map((i) => `Level ${i}`)],
    ['dense', 'means', many],
  ] as const)(
    'that are none count as missing in the %s view, of %s, where training had missing cells',
    async (view, kind, all) => {
      const { kinds, theirs, ours } = await readings(all, ['Level 9', '', 'lEVEL 1', all[1] as string], view, true);
      expect(kinds).toEqual([kind]);
      expect(theirs.subarray(0, 2 * (theirs.length / 4))).toEqual(ours.subarray(0, 2 * (ours.length / 4)));
      const cells = (row: number) => [...theirs.subarray((row * theirs.length) / 4, ((row + 1) * theirs.length) / 4)];
      expect(cells(0)).toEqual(cells(1));
      // What the documentation says is left.
      expect(cells(2)).toEqual(cells(1));
      expect(cells(3)).not.toEqual(cells(1));
    },
  );

  it('are two where the table has both', async () => {
    const { theirs, ours } = await readings(
      ['Basic', 'basic', 'pro'],
      ['Basic', 'basic', 'BASIC', 'pro', 'Pro'],
      'tree',
    );
    expect(theirs).toEqual(ours);
    expect([...theirs]).toEqual([theirs[0], theirs[1], Number.NaN, theirs[3], Number.NaN]);
    expect(theirs[0]).not.toBe(theirs[1]);
  });
});
