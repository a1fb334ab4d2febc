/** Small convolutional network: one to three blocks of 3x3 convolution, ReLU and pooling, then one or two dense layers. */
import { networkTrainer } from './family.ts';
import { cnnNetwork, cnnParams } from './params.ts';

export const cnnTrainer = networkTrainer('cnn', 'image', cnnParams, cnnNetwork);
