/**
 * What may be tried. A family's space is a grid: for each parameter a short ascending list, spaced as the field spaces it (most by
 * factors). On a grid equal candidates are equal, neighbours are neighbours, and no logarithm is needed.
 */
import type { Family, Params } from '../trainers/trainer.ts';
import { canonicalJson } from './json.ts';
import type { SearchSpec, TableShape } from './search.ts';

export interface Dimension {
  readonly name: string;
  readonly values: readonly number[];
  /** Index of the value near what the trainer takes where the parameter is absent. */
  readonly usual: number;
}

const dimension = (name: string, usual: number, values: readonly number[]): Dimension => ({ name, values, usual });

const FOREST: readonly Dimension[] = [
  dimension('trees', 1, [100, 200, 300]),
  dimension('maxFeatures', 3, [0.05, 0.1, 0.15, 0.25, 0.35, 0.5, 0.7, 1]),
  dimension('minLeaf', 0, [1, 2, 3, 5, 8, 13]),
];

const NETWORK: readonly Dimension[] = [
  dimension('learningRate', 2, [0.0005, 0.001, 0.002, 0.004, 0.008]),
  dimension('weightDecay', 2, [0.0001, 0.001, 0.01, 0.1, 0.3, 1]),
  dimension('dropout', 0, [0, 0.1, 0.2, 0.35, 0.5]),
];

const SPACES: Readonly<Record<Family, readonly Dimension[]>> = {
  ridge: [dimension('alpha', 4, [0.0001, 0.001, 0.01, 0.1, 1, 3, 10, 30, 100, 300, 1000])],
  logistic: [dimension('c', 6, [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100])],
  extraTrees: FOREST,
  randomForest: FOREST,
  boost: [
    dimension('rounds', 1, [60, 100, 150, 250, 400, 650, 1000]),
    dimension('learningRate', 4, [0.02, 0.03, 0.045, 0.07, 0.1, 0.15, 0.22, 0.3]),
    dimension('maxLeaves', 4, [3, 6, 10, 16, 31, 63]),
    dimension('minLeaf', 5, [1, 2, 4, 8, 14, 20, 40]),
    dimension('l2', 1, [0, 1, 3, 10, 30]),
    dimension('columnSample', 3, [0.25, 0.4, 0.65, 1]),
    dimension('rowSample', 2, [0.6, 0.8, 1]),
  ],
  mlp: [dimension('layers', 1, [1, 2, 3]), dimension('width', 3, [16, 32, 64, 128, 256]), ...NETWORK],
  cnn: [
    dimension('filters', 1, [8, 16, 32]),
    dimension('width', 2, [0, 32, 64, 128]),
    dimension('shift', 0, [0, 1, 2]),
    ...NETWORK,
  ],
  kmeans: [dimension('clusters', 1, [2, 3, 4, 5, 6, 7, 8, 10, 12])],
};

export interface Choice {
  readonly family: Family;
  readonly params: Params;
}

/** Good candidates of each family, the most useful first. */
const PORTFOLIO: Readonly<Record<Family, readonly Params[]>> = {
  // The first takes its penalty by generalised cross-validation; the others are where that may err.
  ridge: [{}, { alpha: 1 }, { alpha: 0.0001 }, { alpha: 100 }],
  logistic: [{ c: 1 }, { c: 0.1 }, { c: 10 }, { c: 0.01 }],
  extraTrees: [{ trees: 200 }, { trees: 200, maxFeatures: 0.7, minLeaf: 5 }, { trees: 200, maxFeatures: 0.7 }],
  randomForest: [{ trees: 200 }, { trees: 200, maxFeatures: 0.35, minLeaf: 2 }],
  boost: [
    { rounds: 150, learningRate: 0.1 },
    { rounds: 400, learningRate: 0.1, maxLeaves: 6, minLeaf: 4, columnSample: 0.65, rowSample: 0.8 },
    { rounds: 250, learningRate: 0.045, maxLeaves: 6, minLeaf: 4, columnSample: 0.65, rowSample: 0.8 },
    { rounds: 650, learningRate: 0.045, maxLeaves: 16, minLeaf: 8, columnSample: 0.4, rowSample: 0.8 },
    { rounds: 250, learningRate: 0.07, maxLeaves: 3, minLeaf: 2, columnSample: 0.65, rowSample: 0.6 },
  ],
  mlp: [
    {},
    { layers: 1, width: 128, weightDecay: 0.1 },
    { layers: 2, width: 64, learningRate: 0.001, weightDecay: 1, dropout: 0.2 },
    { layers: 3, width: 64, learningRate: 0.004, dropout: 0.1 },
  ],
  cnn: [{}, { shift: 1 }, { filters: 32, dropout: 0.2 }, { filters: 8, width: 128, learningRate: 0.004 }],
  kmeans: [2, 3, 4, 5, 6, 8, 10, 7].map((clusters) => ({ clusters })),
};

/** Of each family a candidate that hardly costs anything and still has learned something: where nothing of the portfolio can be paid. */
const FRUGAL: Readonly<Record<Family, Params>> = {
  ridge: { alpha: 1 },
  logistic: { c: 0.1, iterations: 10 },
  extraTrees: { trees: 20 },
  randomForest: { trees: 20 },
  boost: { rounds: 20, learningRate: 0.22, maxLeaves: 6 },
  mlp: { layers: 1, width: 16, epochs: 10 },
  cnn: { filters: 8, width: 0, epochs: 6 },
  kmeans: { clusters: 2, restarts: 1 },
};

/** Families in the order in which they are tried. Trees and lines first where columns differ in kind, networks for images. */
const ORDERS: Readonly<Record<'columns' | 'images', readonly Family[]>> = {
  columns: ['logistic', 'ridge', 'extraTrees', 'boost', 'mlp', 'randomForest', 'kmeans'],
  images: ['cnn', 'mlp', 'logistic', 'ridge', 'extraTrees', 'boost', 'randomForest', 'kmeans'],
};

const TASKS: Readonly<Record<SearchSpec['task'], readonly Family[]>> = {
  classes: ['logistic', 'extraTrees', 'boost', 'mlp', 'randomForest', 'cnn'],
  values: ['ridge', 'extraTrees', 'boost', 'mlp', 'randomForest', 'cnn'],
  clusters: ['kmeans'],
};

/** The families that a search tries, in order: those asked for that the task and the table allow; all of them if none is asked for. */
export function familiesOf(spec: Pick<SearchSpec, 'task' | 'families'>, shape: TableShape): Family[] {
  return ORDERS[shape.images ? 'images' : 'columns'].filter(
    (family) => TASKS[spec.task].includes(family) && (spec.families.length === 0 || spec.families.includes(family)),
  );
}

/** The first candidate of each family, then the second of each, and so on. */
export function portfolioOf(families: readonly Family[]): Choice[] {
  const depth = Math.max(0, ...families.map((family) => PORTFOLIO[family].length));
  return Array.from({ length: depth }, (_, i) => i).flatMap((i) =>
    families.flatMap((family) => {
      const params = PORTFOLIO[family][i];
      return params ? [{ family, params }] : [];
    }),
  );
}

export const frugalOf = (families: readonly Family[]): Choice[] =>
  families.map((family) => ({ family, params: FRUGAL[family] }));

export const dimensionsOf = (family: Family): readonly Dimension[] => SPACES[family];

/** One text for equal candidates. */
export const choiceKey = ({ family, params }: Choice): string => `${family} ${canonicalJson(params)}`;

/** Where a candidate stands in its family's grid: an index for each dimension. */
export function placeOf({ family, params }: Choice): number[] {
  return SPACES[family].map(({ name, values, usual }) => {
    const at = values.indexOf(params[name] as number);
    return at < 0 ? usual : at;
  });
}

export function choiceAt(family: Family, place: readonly number[]): Choice {
  const entries = SPACES[family].map(({ name, values }, d) => [name, values[place[d] as number] as number] as const);
  return { family, params: Object.fromEntries(entries) };
}
