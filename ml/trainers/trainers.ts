/** Every family's trainer. */
import { kmeansTrainer } from './kmeans/kmeans.ts';
import { logisticTrainer } from './linear/logistic.ts';
import { ridgeTrainer } from './linear/ridge.ts';
import { cnnTrainer } from './network/cnn.ts';
import { mlpTrainer } from './network/mlp.ts';
import type { Family, Trainer } from './trainer.ts';
import { boostTrainer } from './trees/boost.ts';
import { extraTreesTrainer, randomForestTrainer } from './trees/forest.ts';

const TRAINERS: Readonly<Record<Family, Trainer>> = {
  ridge: ridgeTrainer,
  logistic: logisticTrainer,
  extraTrees: extraTreesTrainer,
  randomForest: randomForestTrainer,
  boost: boostTrainer,
  mlp: mlpTrainer,
  cnn: cnnTrainer,
  kmeans: kmeansTrainer,
};

export function trainerOf(family: Family): Trainer {
  return TRAINERS[family];
}
