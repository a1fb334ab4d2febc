/**
 * Balanced accuracy counts each class alike, however many rows it has. Which class a row is then best given to is told by probabilities
 * as they would be if classes were equally frequent: by Bayes' rule, p / share of the class, brought back to a sum of 1.
 */
import type { Numbers } from './classes.ts';

/** Of each class, 1 / (share x classes): 1 where all are equally frequent. A class without rows has 0. */
export function classWeights(labels: ArrayLike<number>, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    counts[label] = (counts[label] as number) + 1;
  }
  return counts.map((count) => (count > 0 ? labels.length / (count * classes) : 0));
}

/** Row-major, rows x classes. A row whose classes all have the weight 0 stays as it is. */
export function balancedProbabilities(probabilities: Numbers, weights: Float64Array): Float64Array {
  const classes = weights.length;
  const balanced = new Float64Array(probabilities.length);
  for (let from = 0; from < balanced.length; from += classes) {
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      const p = (probabilities[from + k] as number) * (weights[k] as number);
      balanced[from + k] = p;
      sum += p;
    }
    for (let k = 0; k < classes; k++) {
      balanced[from + k] = sum > 0 ? (balanced[from + k] as number) / sum : (probabilities[from + k] as number);
    }
  }
  return balanced;
}
