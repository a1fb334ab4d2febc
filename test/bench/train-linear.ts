/** Linear models and k-means of `bench -- train`, at scikit-learn's settings. */
import { kmeansTrainer } from '../../ml/trainers/kmeans/kmeans.ts';
import { logisticTrainer } from '../../ml/trainers/linear/logistic.ts';
import { ridgeTrainer } from '../../ml/trainers/linear/ridge.ts';
import type { TrainSet } from '../../ml/trainers/trainer.ts';
import { type TrainCase, trainCase, viewOf } from './train-case.ts';

const clusters = (set: TrainSet): TrainSet => ({ ...set, y: new Float64Array(0), classes: 0 });

/** On the dense view; peers standardise before their clock runs. */
export function linearCases(): TrainCase[] {
  return [
    trainCase(ridgeTrainer, 'concrete', viewOf('concrete', 'dense'), { alpha: 1 }),
    trainCase(ridgeTrainer, 'concrete', viewOf('concrete', 'dense'), { alpha: 'gcv' }, 'gcv'),
    trainCase(logisticTrainer, 'breast_cancer', viewOf('breast_cancer', 'dense'), { c: 1 }),
    trainCase(logisticTrainer, 'digits', viewOf('digits', 'dense'), { c: 1 }),
    trainCase(kmeansTrainer, 'digits', clusters(viewOf('digits', 'dense')), { clusters: 10, restarts: 4 }),
  ];
}
