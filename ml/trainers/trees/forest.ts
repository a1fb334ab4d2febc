/** ExtraTrees (Geurts, Ernst and Wehenkel 2006) and RandomForest (Breiman 2001), with scikit-learn's parameters and defaults. */
import { ok, type Result } from '../../../protocol/errors.ts';
import type { HpuCycles } from '../../../protocol/units.ts';
import { Meter } from '../../meter.ts';
import type { Params, Predictor, ProblemShape, Trainer } from '../trainer.ts';
import { leastLeaf } from './forest-bounds.ts';
import { ForestFit } from './forest-fit.ts';
import { checkForestMemory, type ForestPlan } from './forest-memory.ts';
import { decodeTreeModel } from './model.ts';
import { numberOf, type ParamRule, readParams, real, whole } from './params.ts';
import { treePredictor } from './predictor.ts';

type ForestFamily = 'extraTrees' | 'randomForest';

const TREES_MAX = 1000;
const DEPTH_MAX = 64;
const MIN_LEAF_MAX = 1_000_000;

/** As scikit-learn: a square root of the columns for classes, all of them for values. */
function rulesOf(family: ForestFamily, { cols, classes }: ProblemShape): Record<string, ParamRule> {
  return {
    trees: whole(1, TREES_MAX, 100),
    maxFeatures: real(0, 1, classes > 0 ? Math.sqrt(cols) / cols : 1),
    minLeaf: whole(1, MIN_LEAF_MAX, 1),
    maxDepth: whole(1, DEPTH_MAX, DEPTH_MAX),
    bootstrap: { kind: 'switch', standard: family === 'randomForest' },
  };
}

/** Rounds down, as scikit-learn, but for the rounding of a share such as sqrt(c) / c. */
const candidatesOf = (cols: number, share: number): number => Math.max(1, Math.floor(cols * share + 1e-9));

function planOf(family: ForestFamily, { rows, cols, classes }: ProblemShape, params: Params): ForestPlan {
  return {
    rows,
    cols,
    classes,
    trees: numberOf(params, 'trees'),
    candidates: candidatesOf(cols, numberOf(params, 'maxFeatures')),
    minLeaf: numberOf(params, 'minLeaf'),
    maxDepth: numberOf(params, 'maxDepth'),
    bootstrap: params.bootstrap === true,
    drawn: family === 'extraTrees',
  };
}

/** Levels of a tree, about: balanced ones have log2 of the leaves, random cuts make them half as deep again. */
function levelsOf(plan: ForestPlan): number {
  let levels = 1;
  for (let rows = plan.rows; rows > 2 * plan.minLeaf; rows /= 2) levels++;
  return Math.min(plan.maxDepth, Math.ceil(plan.drawn ? levels * 1.5 : levels * 1.2));
}

function estimate(plan: ForestPlan): HpuCycles {
  const { rows, cols, trees, candidates, bootstrap, drawn } = plan;
  const meter = new Meter();
  const cells = rows * levelsOf(plan) * trees;
  meter.vector(rows * cols, 'rankKey');
  if (bootstrap) meter.vector(rows * trees, 'randomWord', 'countCode');
  meter.vector(cells * (candidates + 1), 'treeCell');
  if (!drawn) meter.vector(Math.ceil(cells * candidates * 0.5), 'rankKey', 'splitScan');
  meter.vector(cells, 'treeMove');
  return meter.cycles;
}

function forestTrainer(family: ForestFamily): Trainer {
  return {
    family,
    view: 'tree',
    watches: false,
    tasks: ['classes', 'values'],
    params(raw, shape): Result<Params> {
      const read = readParams(raw, rulesOf(family, shape));
      if (!read.ok) return read;
      const least = leastLeaf(shape.rows, numberOf(read.value, 'trees'));
      const params = { ...read.value, minLeaf: Math.max(least, numberOf(read.value, 'minLeaf')) };
      const memory = checkForestMemory(planOf(family, shape, params));
      return memory.ok ? ok(params) : memory;
    },
    estimate: (shape, params) => estimate(planOf(family, shape, params)),
    start(kernels, set, params, key, checkpoint) {
      const shape = { rows: set.input.rows, cols: set.input.cols, classes: set.classes };
      return new ForestFit(kernels, set, planOf(family, shape, params), { family, params, key }, checkpoint);
    },
    decode(bytes): Result<Predictor> {
      const model = decodeTreeModel(bytes);
      return model.ok ? ok(treePredictor(model.value)) : model;
    },
  };
}

export const extraTreesTrainer = forestTrainer('extraTrees');
export const randomForestTrainer = forestTrainer('randomForest');
