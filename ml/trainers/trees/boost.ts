/** Gradient boosting of regression trees on histograms (Friedman 2001; Chen and Guestrin 2016; Ke et al. 2017). */
import { ok, type Result } from '../../../protocol/errors.ts';
import type { HpuCycles } from '../../../protocol/units.ts';
import { Meter } from '../../meter.ts';
import type { Params, Predictor, ProblemShape, Trainer } from '../trainer.ts';
import { BoostFit } from './boost-fit.ts';
import {
  BOOST_LEAF_BYTES,
  type BoostPlan,
  binsFitting,
  boostFixedBytes,
  boostNodesMax,
  boostPlanOf,
  checkBoostMemory,
} from './boost-plan.ts';
import { decodeTreeModel } from './model.ts';
import { MODEL_TREES_MAX, ROUND_BYTES_MAX } from './model-bounds.ts';
import { MODEL_LEAVES_MAX, numberOf, type ParamRule, readParams, real, whole } from './params.ts';
import { treePredictor } from './predictor.ts';

const DEPTH_MAX = 16;
const LEAVES_MAX = 1024;
const BINS_MAX = 255;
const MIN_LEAF_MAX = 1_000_000;
/** Two nodes and a subset of the walk (walk-nodes.ts). */
const WALK_LEAF_BYTES = 64;

function rulesOf({ rows }: ProblemShape): Record<string, ParamRule> {
  return {
    rounds: whole(1, 2000, 100),
    learningRate: real(1e-4, 1, 0.1),
    maxLeaves: whole(2, LEAVES_MAX, 31),
    maxDepth: whole(1, DEPTH_MAX, 8),
    // scikit-learn's 20 leaves nothing to split in a hundred rows.
    minLeaf: whole(1, MIN_LEAF_MAX, Math.max(1, Math.min(20, Math.floor(rows / 100)))),
    l2: real(0, 1e6, 1),
    columnSample: real(0.01, 1, 1),
    rowSample: real(0.01, 1, 1),
    bins: whole(2, BINS_MAX, BINS_MAX),
    patience: whole(0, 2000, 20),
  };
}

/** So many trees, leaves and bytes of a round that the model stays within its bounds; a fit that meets them later ends there. */
function withinModel(plan: BoostPlan, params: Params): Params {
  const { trees } = plan;
  const rounds = Math.min(plan.rounds, Math.max(1, Math.floor(MODEL_TREES_MAX / trees)));
  const ofRound = Math.min(ROUND_BYTES_MAX / WALK_LEAF_BYTES, boostNodesMax(plan) / BOOST_LEAF_BYTES) / trees;
  const most = Math.max(2, Math.floor(Math.min(MODEL_LEAVES_MAX / (rounds * trees), ofRound)));
  return { ...params, rounds, maxLeaves: Math.min(most, numberOf(params, 'maxLeaves')) };
}

/** Columns are cut into as many codes as their histograms find room for, unless `bins` says. */
function readBoostParams(raw: Params, shape: ProblemShape): Result<Params> {
  const read = readParams(raw, rulesOf(shape));
  if (!read.ok) return read;
  const bounded = withinModel(boostPlanOf(shape, read.value), read.value);
  const fixed = boostFixedBytes(boostPlanOf(shape, bounded));
  const params = raw.bins === undefined ? { ...bounded, bins: binsFitting(shape, fixed) } : bounded;
  const memory = checkBoostMemory(boostPlanOf(shape, params));
  return memory.ok ? ok(params) : memory;
}

function estimate(plan: BoostPlan): HpuCycles {
  const { rows, cols, used, rounds, trees, maxLeaves, maxDepth, minLeaf, bins, classes } = plan;
  const meter = new Meter();
  const count = rounds * trees;
  const leaves = Math.min(maxLeaves, Math.max(1, Math.floor(rows / minLeaf)));
  let levels = 0;
  for (let wide = 1; wide < leaves && levels < maxDepth; wide *= 2) levels++;
  meter.vector(rows * cols, 'rankKey');
  if (classes > 0) meter.vector(rows * count, 'softmaxGradient');
  meter.vector(rows * count, 'pairGradient', 'leafAdd');
  // The root's histogram, and half the rows on each level below.
  meter.vector(Math.ceil(rows * used * (0.5 + levels / 2)) * count, 'histogramUpdate');
  meter.vector(leaves * used * Math.min(rows, bins) * count, 'splitScan');
  meter.vector(rows * levels * count, 'treeMove');
  return meter.cycles;
}

export const boostTrainer: Trainer = {
  family: 'boost',
  view: 'tree',
  watches: true,
  tasks: ['classes', 'values'],
  params: readBoostParams,
  estimate: (shape, params) => estimate(boostPlanOf(shape, params)),
  start(kernels, set, params, key, checkpoint) {
    const shape = { rows: set.input.rows, cols: set.input.cols, classes: set.classes };
    return new BoostFit(kernels, set, boostPlanOf(shape, params), { params, key }, checkpoint);
  },
  decode(bytes): Result<Predictor> {
    const model = decodeTreeModel(bytes);
    return model.ok ? ok(treePredictor(model.value)) : model;
  },
};
