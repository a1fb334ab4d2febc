import { describe, expect, it } from 'vitest';
import type { TrainSet } from '../../../../ml/trainers/trainer.ts';
import { boostTrainer } from '../../../../ml/trainers/trees/boost.ts';
import { codeColumns } from '../../../../ml/trainers/trees/columns.ts';
import { type DecodedForest, type DecodedTree, decodeForest } from '../../../../ml/trainers/trees/decoded.ts';
import { extraTreesTrainer, randomForestTrainer } from '../../../../ml/trainers/trees/forest.ts';
import { decodeTreeModel, encodeTreeModel } from '../../../../ml/trainers/trees/model.ts';
import { below } from '../../../../ml/trainers/trees/walk-nodes.ts';
import { fitWhole, newKernels, predict, tableOf, uniform, unwrap } from './tables.ts';

/** Missing cells, a column of categories (one of them never seen), classes or values with a little noise. */
function mixedTable(rows: number, classes: number): TrainSet {
  const next = uniform(BigInt(rows));
  return tableOf(
    rows,
    3,
    (_row, col) => (next() < 0.1 ? Number.NaN : col === 1 ? Math.floor(next() * 7) : Math.fround(next() * 4)),
    (row) => (classes > 0 ? Math.floor((row % 11) / 4) % classes : row % 11),
    { classes, categories: [0, 8, 0] },
  );
}

function leafOf(tree: DecodedTree, comparison: string, x: Float32Array): number {
  let at = 0;
  while ((tree.column[at] as number) >= 0) {
    const cell = x[tree.column[at] as number] as number;
    const threshold = tree.threshold[at] as number;
    const subset = tree.subset[at];
    const left = Number.isNaN(cell)
      ? tree.missingLeft[at] === 1
      : subset
        ? subset.includes(cell)
        : comparison === '<'
          ? cell < threshold
          : cell <= threshold;
    at = (left ? tree.left : tree.right)[at] as number;
  }
  return at;
}

/** What the decoded structure says of a row, in plain loops; exp of the host, so only to rounding. */
function plainPrediction(forest: DecodedForest, x: Float32Array): number[] {
  const sums = new Array<number>(forest.outputs).fill(0);
  if (forest.kind === 'logistic' || forest.kind === 'softmax') {
    sums.forEach((_, k) => {
      sums[k] = forest.offsets[k] as number;
    });
  }
  for (const tree of forest.trees) {
    const leaf = leafOf(tree, forest.comparison, x);
    for (let w = 0; w < tree.width; w++) {
      const k = tree.width > 1 ? w : tree.output;
      const next = (sums[k] as number) + (tree.leaf[leaf * tree.width + w] as number);
      sums[k] = forest.comparison === '<' ? Math.fround(next) : next;
    }
  }
  const { base, scale, trees } = forest;
  if (forest.kind === 'shares') return sums.map((sum) => sum / trees.length);
  if (forest.kind === 'mean') return [base + (scale * (sums[0] as number)) / trees.length];
  if (forest.kind === 'sum') return [base + scale * (sums[0] as number)];
  if (forest.kind === 'logistic')
    return [1 / (1 + Math.exp(sums[0] as number)), 1 / (1 + Math.exp(-(sums[0] as number)))];
  const exps = sums.map((sum) => Math.exp(sum));
  return exps.map((e) => e / exps.reduce((a, b) => a + b, 0));
}

describe('a model', () => {
  const CASES = [
    [extraTreesTrainer, 3],
    [randomForestTrainer, 2],
    [extraTreesTrainer, 0],
    [boostTrainer, 3],
    [boostTrainer, 2],
    [boostTrainer, 0],
  ] as const;

  it.each(CASES)('predicts what its decoded trees say, case %#', (trainer, classes) => {
    const set = mixedTable(160, classes);
    const model = fitWhole(
      trainer,
      set,
      trainer === boostTrainer ? { rounds: 8, minLeaf: 3 } : { trees: 6, minLeaf: 2 },
    ).finish();
    const rows = mixedTable(97, classes);
    // Beyond what was seen: a category, the extremes, a part of a category.
    rows.input.x.set([1e30, 7, -1e30, -3e38, 2.5, 3e38]);
    const plain = unwrap(decodeForest(model));
    const predicted = predict(trainer, model, rows);
    const outputs = Math.max(1, classes);
    for (let row = 0; row < 97; row++) {
      const x = rows.input.x.slice(row * 3, row * 3 + 3);
      // Half a category is as good as none.
      if (trainer === boostTrainer && row === 1) x[1] = Number.NaN;
      const expected = plainPrediction(plain, x);
      const got = [...predicted.subarray(row * outputs, (row + 1) * outputs)];
      const apart = expected.map((own, k) => Math.abs(own - (got[k] as number)) / Math.max(1, Math.abs(own)));
      expect(Math.max(0, ...apart)).toBeLessThan(1e-12);
    }
    expect(plain.trees.some((tree) => tree.subset.some(Boolean))).toBe(trainer === boostTrainer);
  });

  it.each(CASES)('has one encoding, case %#', (trainer, classes) => {
    const set = mixedTable(160, classes);
    const model = fitWhole(trainer, set, trainer === boostTrainer ? { rounds: 3 } : { trees: 3, minLeaf: 3 }).finish();
    expect(encodeTreeModel(unwrap(decodeTreeModel(model)))).toEqual(model);
    for (const bytes of [model.slice(0, -1), Uint8Array.of(...model, 0), model.slice(0, 20), new Uint8Array(0)]) {
      expect(trainer.decode(bytes)).toMatchObject({ ok: false, code: 'result_mismatch' });
    }
  });

  const boosted = fitWhole(boostTrainer, mixedTable(160, 3), { rounds: 2 }).finish();
  const nodes = 36 + 3 * 4 + 3 * 6;
  it.each<[string, number, number[]]>([
    ['another magic', 0, [0x20]],
    ['another kind', 4, [9]],
    ['no columns', 8, [0]],
    ['a huge shape', 8, [255, 255, 255, 255]],
    ['an unfinished round', 16, [5]],
    ['a NaN base', 20, [255, 255, 255, 255, 255, 255, 255, 255]],
    ['an infinite offset', 36, [0, 0, 0x80, 0x7f]],
    ['fewer nodes than it has', nodes, [1, 0, 0, 0]],
    ['a node of another kind', nodes + 28, [7]],
    ['a tree that ends at its root', nodes + 28, [0]],
  ])('is refused with %s', (_name, offset, bytes) => {
    const spoilt = boosted.slice();
    spoilt.set(bytes, offset);
    expect(boostTrainer.decode(spoilt)).toMatchObject({ ok: false, code: 'result_mismatch' });
  });

  it('takes rows of its own width only', () => {
    expect(() =>
      predict(
        boostTrainer,
        boosted,
        tableOf(
          2,
          4,
          () => 0,
          () => 0,
        ),
      ),
    ).toThrow(RangeError);
  });
});

describe('columns as codes', () => {
  function code(values: number[], codesMax: number, wide: boolean) {
    const { trees } = newKernels();
    trees.arena.reset();
    const rows = values.length;
    const at = {
      codes: trees.arena.take(rows * 2),
      items: trees.arena.take(rows * 8),
      spare: trees.arena.take(rows * 8),
    };
    const input = { rows, cols: 1, x: Float32Array.from(values) };
    const [column] = codeColumns(trees, input, undefined, { ...at, codesMax, wide });
    const { buffer } = trees.wasm.memory;
    return {
      codes: [...(wide ? new Uint16Array(buffer, at.codes, rows) : new Uint8Array(buffer, at.codes, rows))],
      ...column,
    };
  }

  it('keep the order of the values, and tell -0 from 0 no more than a comparison does', () => {
    const { codes, lows, missing } = code([3, -0, Number.NaN, 0, -1e-45, -7, 3e38, 3], 10, true);
    expect(codes).toEqual([3, 2, 65535, 2, 1, 0, 4, 3]);
    expect([...(lows as Float32Array)]).toEqual([-7, Math.fround(-1e-45), 0, 3, Math.fround(3e38)]);
    expect(missing).toBe(true);
    expect(code([5, Number.NaN, 4], 10, false).codes).toEqual([1, 2, 0]);
    expect(code([Number.NaN, Number.NaN], 10, false).codes).toEqual([0, 0]);
  });

  it('share the rows equally where there are more values than codes', () => {
    const next = uniform(9n);
    const values = Array.from({ length: 5000 }, () => (next() < 0.4 ? 0.5 : Math.fround(next())));
    const { codes, lows, highs } = code(values, 16, false);
    const counts = new Array<number>(16).fill(0);
    for (const own of codes) counts[own] = (counts[own] as number) + 1;
    const within = codes.every((own, row) => {
      const value = values[row] as number;
      return value >= ((lows as Float32Array)[own] as number) && value <= ((highs as Float32Array)[own] as number);
    });
    expect(within).toBe(true);
    const frequent = codes[values.indexOf(0.5)] as number;
    const rest = counts.filter((_, own) => own !== frequent);
    expect(Math.max(...rest)).toBeLessThan(2 * Math.min(...rest));
  });
});

it('x < t is x <= below(t) for every f32', () => {
  const tiny = 2 ** -149;
  for (const [t, expected] of [
    [1, 1 - 2 ** -24],
    [0, -tiny],
    [tiny, 0],
    [-tiny, -2 * tiny],
    [-1, -(1 + 2 ** -23)],
  ] as const) {
    expect(below(t)).toBe(expected);
  }
});
