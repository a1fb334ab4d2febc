/** Multi-layer perceptron: one to three hidden layers of ReLUs over standardised columns; after training also in int8. */
import { ok } from '../../../protocol/errors.ts';
import type { Trainer } from '../trainer.ts';
import { networkTrainer } from './family.ts';
import { quantiseNetwork } from './int8.ts';
import { decodeInt8Network, encodeInt8Network, isInt8Network } from './int8-model.ts';
import { int8Predictor } from './int8-predictor.ts';
import { decodeNetwork } from './model.ts';
import { mlpNetwork, mlpParams } from './params.ts';

const floats = networkTrainer('mlp', 'dense', mlpParams, mlpNetwork);

export const mlpTrainer: Trainer = {
  ...floats,
  quantise(kernels, model, input, meter) {
    const network = decodeNetwork(model);
    if (!network.ok) return network;
    const int8 = quantiseNetwork(kernels, network.value, input, meter);
    return int8.ok ? ok(encodeInt8Network(int8.value)) : int8;
  },
  decode(model) {
    if (!isInt8Network(model)) return floats.decode(model);
    const int8 = decodeInt8Network(model);
    return int8.ok ? ok(int8Predictor(int8.value)) : int8;
  },
};
