/**
 * Forests and boosting of `bench -- train`. The peers' settings: scikit-learn's ExtraTrees and RandomForest with 100 trees and
 * defaults; `depth 6`: XGBoost, tree_method hist, 100 rounds, max_depth 6, learning_rate .1, reg_lambda 1, max_bin 256;
 * `31 leaves`: HistGradientBoosting, max_iter 100, max_leaf_nodes 31, min_samples_leaf 20, learning_rate .1, no early stopping.
 * `synthetic` has the two classes of test/bench/synthetic.ts, `synthetic-values` its values.
 */
import type { Params, TrainSet } from '../../ml/trainers/trainer.ts';
import { boostTrainer } from '../../ml/trainers/trees/boost.ts';
import { extraTreesTrainer, randomForestTrainer } from '../../ml/trainers/trees/forest.ts';
import { SYNTHETIC_COLS, SYNTHETIC_ROWS, synthetic } from './synthetic.ts';
import { type TrainCase, trainCase, viewOf } from './train-case.ts';

const FOREST: Params = { trees: 100 };
const BOOST = { rounds: 100, learningRate: 0.1, patience: 0 };
const DEPTH_6: Params = { ...BOOST, maxDepth: 6, maxLeaves: 64, minLeaf: 1, l2: 1 };
const LEAVES_31: Params = { ...BOOST, maxDepth: 16, maxLeaves: 31, minLeaf: 20, l2: 0 };

function syntheticSets(): { classes: TrainSet; values: TrainSet } {
  const { x, values, labels } = synthetic();
  const rest = {
    input: { rows: SYNTHETIC_ROWS, cols: SYNTHETIC_COLS, x },
    categories: new Uint16Array(SYNTHETIC_COLS),
  };
  return { classes: { ...rest, y: labels, classes: 2 }, values: { ...rest, y: values, classes: 0 } };
}

export function treeCases(): TrainCase[] {
  const digits = viewOf('digits', 'tree');
  const concrete = viewOf('concrete', 'tree');
  const { classes, values } = syntheticSets();
  return [
    trainCase(extraTreesTrainer, 'digits', digits, FOREST),
    trainCase(extraTreesTrainer, 'concrete', concrete, FOREST),
    trainCase(randomForestTrainer, 'digits', digits, FOREST),
    trainCase(randomForestTrainer, 'concrete', concrete, FOREST),
    trainCase(boostTrainer, 'digits', digits, DEPTH_6, 'depth 6'),
    trainCase(boostTrainer, 'concrete', concrete, DEPTH_6, 'depth 6'),
    trainCase(boostTrainer, 'synthetic', classes, DEPTH_6, 'depth 6'),
    trainCase(boostTrainer, 'synthetic-values', values, DEPTH_6, 'depth 6'),
    trainCase(boostTrainer, 'digits', digits, LEAVES_31, '31 leaves'),
    trainCase(boostTrainer, 'concrete', concrete, LEAVES_31, '31 leaves'),
    trainCase(boostTrainer, 'synthetic', classes, LEAVES_31, '31 leaves'),
    trainCase(boostTrainer, 'synthetic-values', values, LEAVES_31, '31 leaves'),
  ];
}
