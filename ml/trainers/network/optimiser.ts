/** One step of the parameters along their slopes. */
import type { NetworkKernel } from './kernel.ts';
import { WEIGHT_MAX } from './model.ts';
import type { Descent } from './params.ts';
import type { Layout } from './shape.ts';

/** Adam's, as its authors chose them. */
export const [BETA1, BETA2] = [0.9, 0.999] as const;
const EPSILON = 1e-8;

/** Addresses of arrays in the layout of the parameters; `second` is unused by sgd. */
interface Arrays {
  readonly parameters: number;
  readonly slopes: number;
  readonly first: number;
  readonly second: number;
}

/** `beta1` and `beta2`: their powers after this step. Decay leaves biases alone. */
export function update(
  { wasm }: NetworkKernel,
  { convolutions, dense }: Layout,
  { optimiser, momentum, weightDecay }: Descent,
  arrays: Arrays,
  { rate, beta1, beta2 }: { readonly rate: number; readonly beta1: number; readonly beta2: number },
): void {
  const correction = 1 / Math.sqrt(1 - beta2);
  const move = (offset: number, count: number, decay: number): void => {
    const [w, m, v, g] = [arrays.parameters, arrays.first, arrays.second, arrays.slopes].map(
      (at) => at + offset * 4,
    ) as [number, number, number, number];
    if (optimiser === 'sgd') wasm.momentumStep(w, m, g, count, rate, momentum, decay, WEIGHT_MAX, true);
    else
      wasm.adamStep(w, m, v, g, count, rate / (1 - beta1), BETA1, BETA2, correction, EPSILON, rate * decay, WEIGHT_MAX);
  };
  for (const layer of [...convolutions, ...dense]) {
    move(layer.weights, layer.bias - layer.weights, weightDecay);
    move(layer.bias, 'ld' in layer ? layer.ld : layer.filters, 0);
  }
}
