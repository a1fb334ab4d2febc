/**
 * Training in TensorFlow.js on its WebAssembly backend, one thread: the same layers, batches, epochs and Adam as ours, by its own
 * gradients. tfjs-core's bundle for Node leaves the gradients out, so they are bundled from the same package; and the backend has
 * no Conv2DBackpropFilter, without which no convolution can be trained on it, so that one kernel is made here of its own
 * conv2d: of the ways that were tried (windows and matMul, conv2d of the transposed images) the fastest.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { NetworkShape } from '../../../ml/trainers/network/shape.ts';
import type { TrainSet } from '../../../ml/trainers/trainer.ts';
import { folderOf, importAs, installedVersion } from './package.ts';

interface Tensor {
  readonly shape: number[];
  dispose(): void;
  dataSync(): Float32Array;
}

interface Tf {
  setBackend(name: string): Promise<boolean>;
  tidy<T>(run: () => T): T;
  variable(initial: Tensor): Tensor;
  tensor(values: Float32Array | Int32Array, shape: number[], type?: string): Tensor;
  randomUniform(shape: number[], low: number, high: number): Tensor;
  zeros(shape: number[]): Tensor;
  oneHot(labels: Tensor, depth: number): Tensor;
  gather(x: Tensor, rows: Tensor): Tensor;
  conv2d(x: Tensor, filter: Tensor, strides: number, pad: string | number[][]): Tensor;
  maxPool(x: Tensor, side: number, strides: number, pad: string): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  reshape(x: Tensor, shape: number[]): Tensor;
  transpose(x: Tensor, axes: number[]): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
  losses: {
    softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor;
    meanSquaredError(labels: Tensor, values: Tensor): Tensor;
  };
  train: { adam(rate: number): { minimize(loss: () => Tensor, returnCost: boolean): Tensor; dispose(): void } };
  registerKernel(kernel: { kernelName: string; backendName: string; kernelFunc: (call: KernelCall) => Tensor }): void;
}

interface KernelCall {
  readonly inputs: { readonly x: Tensor; readonly dy: Tensor };
  readonly attrs: { readonly pad: string; readonly strides: number | number[] };
}

interface TfWasm {
  setThreadsCount(count: number): void;
  setWasmPaths(folder: string): void;
}

export interface Settings {
  readonly shape: NetworkShape;
  readonly learningRate: number;
  readonly batch: number;
  readonly epochs: number;
}

let loading: Promise<Tf> | undefined;

async function load(): Promise<Tf> {
  const tf = await importAs<Tf>('@tensorflow/tfjs-core');
  const wasm = await importAs<TfWasm>('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(fileURLToPath(new URL('dist/', folderOf('@tensorflow/tfjs-backend-wasm'))));
  wasm.setThreadsCount(1);
  if (!(await tf.setBackend('wasm'))) throw new Error('its wasm backend does not initialise');
  const gradients = fileURLToPath(new URL('dist/register_all_gradients.js', folderOf('@tensorflow/tfjs-core')));
  const bundle = await build({ entryPoints: [gradients], bundle: true, format: 'esm', platform: 'node', write: false });
  const [file] = bundle.outputFiles;
  await import(`data:text/javascript;base64,${Buffer.from(file?.contents ?? []).toString('base64')}`);
  tf.registerKernel({ kernelName: 'Conv2DBackpropFilter', backendName: 'wasm', kernelFunc: filterGradient(tf) });
  return tf;
}

/** Of a 3x3 convolution with stride 1 and a border of one: images become channels, channels images, and dy the filter. */
const filterGradient =
  (tf: Tf) =>
  ({ inputs: { x, dy }, attrs: { pad, strides } }: KernelCall): Tensor => {
    if (pad !== 'same' || ![strides].flat().every((stride) => stride === 1)) throw new Error('another convolution');
    return tf.tidy(() => {
      const border = [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ];
      const turned = tf.conv2d(tf.transpose(x, [3, 1, 2, 0]), tf.transpose(dy, [1, 2, 0, 3]), 1, border);
      return tf.transpose(turned, [1, 2, 0, 3]);
    });
  };

/** Undefined where the packages are absent. */
export async function tensorflowTraining(): Promise<{ version: string; tf: Tf } | undefined> {
  const version = await installedVersion('@tensorflow/tfjs-backend-wasm');
  if (version === undefined || (await installedVersion('@tensorflow/tfjs-core')) === undefined) return undefined;
  loading ??= load();
  return { version, tf: await loading };
}

/** The layers of a shape with fresh weights. */
function layersOf(tf: Tf, { input, filters, widths }: NetworkShape) {
  const weights = (shape: number[], inputs: number): Tensor => {
    const limit = Math.sqrt(6 / inputs);
    return tf.variable(tf.randomUniform(shape, -limit, limit));
  };
  const bias = (outputs: number): Tensor => tf.variable(tf.zeros([outputs]));
  let channels = input.channels;
  const convolutions = filters.map((outputs) => {
    const layer = { w: weights([3, 3, channels, outputs], 9 * channels), b: bias(outputs) };
    channels = outputs;
    return layer;
  });
  let inputs = (input.height >> filters.length) * (input.width >> filters.length) * channels;
  const dense = widths.map((outputs) => {
    const layer = { w: weights([inputs, outputs], inputs), b: bias(outputs) };
    inputs = outputs;
    return layer;
  });
  const forward = (x: Tensor): Tensor => {
    let y = x;
    for (const { w, b } of convolutions) {
      y = tf.maxPool(tf.relu(tf.add(tf.conv2d(y, w, 1, 'same'), b)), 2, 2, 'valid');
    }
    if (filters.length > 0) y = tf.reshape(y, [y.shape[0] as number, -1]);
    dense.forEach(({ w, b }, i) => {
      y = tf.add(tf.matMul(y, w), b);
      if (i + 1 < dense.length) y = tf.relu(y);
    });
    return y;
  };
  const dispose = (): void => {
    for (const { w, b } of [...convolutions, ...dense]) for (const tensor of [w, b]) tensor.dispose();
  };
  return { forward, dispose };
}

/** A whole fit; the mean loss of its last epoch. */
export function fitTensorflow(tf: Tf, set: TrainSet, { shape, learningRate, batch, epochs }: Settings): number {
  const { input, classes } = set;
  const { height, width, channels } = shape.input;
  const each = shape.filters.length > 0 ? [height, width, channels] : [input.cols];
  const x = tf.tensor(input.x, [input.rows, ...each]);
  const y = targetsOf(tf, set);
  const network = layersOf(tf, shape);
  const optimiser = tf.train.adam(learningRate);
  let loss = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(input.rows);
    loss = 0;
    for (let from = 0; from < input.rows; from += batch) {
      const part = order.subarray(from, from + batch);
      loss += tf.tidy(() => {
        const rows = tf.tensor(part, [part.length], 'int32');
        const [xs, ys] = [tf.gather(x, rows), tf.gather(y, rows)];
        const lossOf = () =>
          classes > 0
            ? tf.losses.softmaxCrossEntropy(ys, network.forward(xs))
            : tf.losses.meanSquaredError(ys, network.forward(xs));
        return (optimiser.minimize(lossOf, true).dataSync()[0] as number) * part.length;
      });
    }
  }
  network.dispose();
  optimiser.dispose();
  x.dispose();
  y.dispose();
  return loss / input.rows;
}

/** One-hot, or standardised values. */
function targetsOf(tf: Tf, { y, classes }: TrainSet): Tensor {
  if (classes > 0) return tf.tidy(() => tf.oneHot(tf.tensor(Int32Array.from(y), [y.length], 'int32'), classes));
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const scale = Math.sqrt(y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length);
  return tf.tensor(
    Float32Array.from(y, (value) => (value - mean) / scale),
    [y.length, 1],
  );
}

function shuffled(rows: number): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
