/** What the parts of a fit and of a prediction cost by the price table, in closed form: quote and bill are one function. */
import { Meter } from '../../meter.ts';
import type { Descent } from './params.ts';
import type { Layout } from './shape.ts';

/** A layer as a product of `positions` a row: a convolution's windows, or the row itself. */
interface Product {
  readonly positions: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly pooled: boolean;
}

function productsOf({ convolutions, dense }: Layout): Product[] {
  return [
    ...convolutions.map(({ height, width, channels, filters }) => ({
      positions: height * width,
      inputs: 9 * channels,
      outputs: filters,
      pooled: true,
    })),
    ...dense.map(({ inputs, outputs }) => ({ positions: 1, inputs, outputs, pooled: false })),
  ];
}

const weightsOf = (layout: Layout): number => productsOf(layout).reduce((sum, p) => sum + p.inputs * p.outputs, 0);
const biasesOf = (layout: Layout): number => productsOf(layout).reduce((sum, p) => sum + p.outputs, 0);

function countForward(meter: Meter, layout: Layout, rows: number): void {
  for (const { positions, inputs, outputs, pooled } of productsOf(layout)) {
    meter.floatProduct(rows * positions, inputs, outputs);
    meter.vector(rows * positions * outputs, ...(pooled ? (['poolTap'] as const) : []));
    meter.vector(Math.ceil((rows * positions * outputs) / (pooled ? 4 : 1)), 'addBiasRelu');
  }
}

function countDropout(meter: Meter, { dense }: Layout, rows: number): void {
  for (const { outputs } of dense.slice(0, -1)) {
    meter.vector(Math.ceil((rows * outputs) / 4), 'randomWord');
    meter.vector(rows * outputs, 'dropout');
  }
}

/** The loss of `rows` rows and its gradient by the outputs. */
function countLoss(meter: Meter, rows: number, classes: number): void {
  if (classes === 0) meter.vector(rows, 'squaredGradient');
  else {
    meter.vector(rows * classes, 'softmaxGradient');
    meter.vector(rows, 'loss');
  }
}

function countBackward(meter: Meter, layout: Layout, rows: number): void {
  productsOf(layout).forEach(({ positions, inputs, outputs, pooled }, i) => {
    meter.floatProduct(inputs, rows * positions, outputs);
    meter.vector(rows * positions * outputs, 'columnSum', ...(pooled ? (['poolTap'] as const) : []));
    if (i === 0) return;
    meter.vector(inputs * outputs, 'transpose');
    meter.floatProduct(rows * positions, outputs * (pooled ? 9 : 1), pooled ? inputs / 9 : inputs);
    meter.vector((rows * positions * inputs) / (pooled ? 9 : 1), 'maskRelu');
  });
}

export function initialCycles(layout: Layout, rows: number, classes: number): bigint {
  const meter = new Meter();
  meter.vector(weightsOf(layout), 'randomWord', 'symmetric');
  if (classes === 0) meter.vector(rows, 'columnStatistics', 'standardise');
  return meter.cycles;
}

/** An epoch's order of the rows. */
export function orderCycles(rows: number): bigint {
  const meter = new Meter();
  meter.vector(rows, 'randomWord', 'permute');
  return meter.cycles;
}

export function stepCycles(layout: Layout, rows: number, classes: number, descent: Descent): bigint {
  const meter = new Meter();
  if (descent.shift > 0) meter.vector(rows, 'randomWord');
  countForward(meter, layout, rows);
  if (descent.dropout > 0) countDropout(meter, layout, rows);
  countLoss(meter, rows, classes);
  countBackward(meter, layout, rows);
  meter.vector(weightsOf(layout) + biasesOf(layout), descent.optimiser === 'adam' ? 'adamStep' : 'slopeStep');
  return meter.cycles;
}

export function watchCycles(layout: Layout, rows: number, classes: number): bigint {
  const meter = new Meter();
  countForward(meter, layout, rows);
  countLoss(meter, rows, classes);
  return meter.cycles;
}

export function countPrediction(meter: Meter, layout: Layout, rows: number, classes: number): void {
  countForward(meter, layout, rows);
  if (classes > 0) meter.vector(rows * classes, 'softmax');
  else meter.vector(rows, 'dequantise');
}

/** Multiply-adds of the host for one row forward; with its gradients a step takes three times as many. */
export function rowOperations(layout: Layout): number {
  return productsOf(layout).reduce((sum, p) => sum + p.positions * p.inputs * p.outputs, 0);
}
