/**
 * A boosted forest as the JSON that XGBoost saves and loads (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html).
 *
 * XGBoost adds a model's leaves in f32, tree after tree, as we do: margins of classes are equal to the bit. What its base_score can't
 * hold without rounding (a probability; one number for all classes) travels as trees of one leaf: first margins before the others,
 * the base of values behind them, as ours is added last.
 */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { DecodedForest, DecodedTree } from '../../trainers/trees/decoded.ts';
import { typedJson } from './json.ts';
import { leafTree, treeJson } from './tree.ts';

/** Without `cats` (3.1) and a base_score for each class (3.1): 1.7 and later read it. */
const VERSION = [2, 0, 0];

/** Margins of 0: the logistic function's base is a probability. */
const OBJECTIVES = {
  sum: { name: 'reg:squarederror', base: '0E0' },
  logistic: { name: 'binary:logistic', base: '5E-1' },
  softmax: { name: 'multi:softprob', base: '0E0' },
} as const;

/**
 * `names`: of the columns of the matrix; XGBoost wants the types beside them, and rows by the same names. `attributes`: what whoever loads the model can read with `attributes()`. Rows to predict are those of the `tree` view: categories as
 * their codes. Refuses forests that are not boosted, and values beyond f32.
 */
export function xgboostJson(
  forest: DecodedForest,
  attributes: Readonly<Record<string, string>> = {},
  names: readonly string[] = [],
): Result<string> {
  const { kind, outputs, categories, cols, scale } = forest;
  if (kind === 'shares' || kind === 'mean') return fail('export_unsupported', 'XGBoost JSON holds boosted trees only');
  const trees =
    kind === 'sum'
      ? [...forest.trees.map((tree) => scaledBy(tree, scale)), ...valueBase(forest)]
      : [...firstMargins(forest), ...forest.trees];
  if (!trees.every(({ leaf }) => leaf.every((value) => Number.isFinite(Math.fround(value))))) {
    return fail('export_unsupported', 'a value is beyond the range of f32');
  }
  const groups = kind === 'softmax' ? outputs : 1;
  const isCategorical = categories.some((count) => count > 0);
  const objective = OBJECTIVES[kind];
  const parameters =
    kind === 'softmax'
      ? { softmax_multiclass_param: { num_class: `${outputs}` } }
      : { reg_loss_param: { scale_pos_weight: '1' } };
  const model = {
    learner: {
      attributes,
      feature_names: names,
      feature_types:
        isCategorical || names.length > 0 ? Array.from(categories, (count) => (count > 0 ? 'c' : 'q')) : [],
      gradient_booster: {
        model: {
          gbtree_model_param: { num_parallel_tree: '1', num_trees: `${trees.length}` },
          iteration_indptr: Array.from({ length: trees.length / groups + 1 }, (_, i) => i * groups),
          tree_info: trees.map(({ output }) => output),
          trees: trees.map((tree, id) => treeJson(tree, id, forest)),
        },
        name: 'gbtree',
      },
      learner_model_param: {
        base_score: objective.base,
        boost_from_average: '0',
        num_class: kind === 'softmax' ? `${outputs}` : '0',
        num_feature: `${cols}`,
        num_target: '1',
      },
      objective: { name: objective.name, ...parameters },
    },
    version: VERSION,
  };
  return ok(typedJson(model));
}

/** A power of two, so nothing is rounded. */
function scaledBy(tree: DecodedTree, scale: number): DecodedTree {
  return { ...tree, leaf: tree.leaf.map((value) => value * scale) };
}

const valueBase = ({ base }: DecodedForest): DecodedTree[] => (base === 0 ? [] : [leafTree(base, 0)]);

/** A round, so that every iteration has a tree for each class. */
function firstMargins({ kind, offsets }: DecodedForest): DecodedTree[] {
  const first = kind === 'logistic' ? offsets.subarray(0, 1) : offsets;
  if (first.every((margin) => margin === 0)) return [];
  return Array.from(first, (margin, output) => leafTree(margin, output));
}
