/** Bundles of models that the trainers really fitted, to a few rows and without a search. */
import type { Exported } from '../../../../ml/export/onnx/export.ts';
import type { Encoder } from '../../../../ml/features/encoder.ts';
import { fitEncoder } from '../../../../ml/features/fit.ts';
import { trainSetOf } from '../../../../ml/features/train-set.ts';
import { schemaOf } from '../../../../ml/table/rows.ts';
import { MISSING, type Table, type Target } from '../../../../ml/table/table.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import type { Family, Params, View } from '../../../../ml/trainers/trainer.ts';
import { trainerOf } from '../../../../ml/trainers/trainers.ts';
import { noise } from './models.ts';

export const kernels = nodeKernels();
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A number with holes, a category with holes, a date; a target that follows from them. Column names want care. */
export function columnsTable(kind: Target['kind'], rows = 120): Table {
  const cities = ['上海', '北京', '广州', '深圳'];
  const codes = Int32Array.from(range(rows), (i) => (i % 13 === 5 ? MISSING : (i * 5 + (i >> 3)) % 4));
  const size = Float32Array.from(range(rows), (i) => (i % 9 === 4 ? Number.NaN : noise(i) * 20 + i / 7));
  const days = Float64Array.from(range(rows), (i) => (i % 17 === 3 ? Number.NaN : 18_000 + i * 11.5));
  const truth = range(rows).map((i) => (codes[i] as number) * 8 + (Number.isNaN(size[i]) ? 3 : (size[i] as number)));
  const classes = ['低', '中', '高'];
  const target: Target =
    kind === 'classes'
      ? { kind, name: '等级', classes, labels: Uint16Array.from(truth, (t) => (t < 0 ? 0 : t < 25 ? 1 : 2)) }
      : kind === 'values'
        ? { kind, name: '价格', values: Float64Array.from(truth, (t) => 1000 + t) }
        : { kind };
  return {
    rows,
    features: {
      kind: 'columns',
      columns: [
        { kind: 'number', name: 'probabilities', values: size },
        { kind: 'category', name: '城市', categories: cities, codes },
        { kind: 'date', name: 'constant_0', days },
        { kind: 'number', name: 'noise', values: Float32Array.from(range(rows), (i) => noise(3 * i + 1)) },
      ],
    },
    target,
  };
}

/** 6 x 5 pixels of two channels... a bright column says which class. */
export function imagesTable(rows = 60): Table {
  const [height, width, channels] = [6, 5, 3];
  const labels = Uint16Array.from(range(rows), (i) => i % 2);
  const size = height * width * channels;
  const pixels = Uint8Array.from(range(rows * size), (i) => {
    const column = Math.floor((i % size) / channels) % width;
    return ((i * 37 + (i >> 4) * 11) % 120) + (column === 1 + 2 * (labels[Math.floor(i / size)] as number) ? 120 : 0);
  });
  return {
    rows,
    features: { kind: 'images', height, width, channels, pixels },
    target: { kind: 'classes', name: 'side', classes: ['left', 'right'], labels },
  };
}

/** Members fitted to the first half of the rows, weights in 1/64. */
export function bundleOf(table: Table, members: readonly (readonly [Family, Params, number])[]): Exported {
  const rows = range(table.rows >> 1);
  const encoders = new Map<View, Encoder>();
  const { target } = table;
  return {
    schema: schemaOf(table),
    task: target.kind === 'none' ? 'clusters' : target.kind,
    target: target.kind === 'none' ? '' : target.name,
    classes: target.kind === 'classes' ? target.classes : [],
    classWeights: [],
    members: members.map(([family, raw, weight]) => {
      const trainer = trainerOf(family);
      const encoder = encoders.get(trainer.view) ?? fitEncoder(table, rows, trainer.view);
      encoders.set(trainer.view, encoder);
      const set = trainSetOf(encoder, table, rows);
      const params = trainer.params(raw, {
        rows: rows.length,
        cols: encoder.cols,
        classes: set.classes,
        ...(set.image ? { image: set.image } : {}),
      });
      if (!params.ok) throw new Error(`${family}: ${params.evidence}`);
      const fit = trainer.start(kernels, set, params.value, [7, 9]);
      while (!fit.advance(1e9)); // Ends: a fit has finitely many steps.
      const model = fit.finish();
      const predictor = trainer.decode(model);
      if (!predictor.ok) throw new Error(`${family}: ${predictor.evidence}`);
      return { family, params: params.value, encoder, predictor: predictor.value, model, weight };
    }),
  };
}
