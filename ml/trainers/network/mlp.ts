/** Multi-layer perceptron: one to three hidden layers of ReLUs over standardised columns. */
import { networkTrainer } from './family.ts';
import { mlpNetwork, mlpParams } from './params.ts';

export const mlpTrainer = networkTrainer('mlp', 'dense', mlpParams, mlpNetwork);
