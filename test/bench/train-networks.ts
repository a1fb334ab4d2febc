/** Networks of `bench -- train`, beside tfjs-wasm in the same run, and Fashion-MNIST with `--full`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Meter } from '../../ml/meter.ts';
import { cnnTrainer } from '../../ml/trainers/network/cnn.ts';
import { mlpTrainer } from '../../ml/trainers/network/mlp.ts';
import { cnnNetwork, mlpNetwork } from '../../ml/trainers/network/params.ts';
import type { Params, Trainer, TrainSet } from '../../ml/trainers/trainer.ts';
import { loadSet } from './automl-sets.ts';
import { INSTALL } from './peers/package.ts';
import { fitTensorflow, tensorflowTraining } from './peers/tensorflow-training.ts';
import { kernels, problemOf, requireParams, type TrainCase, trainCase, viewOf } from './train-case.ts';

/** What every engine is asked for: Adam at one rate, no decay. */
const PLAIN: Params = { optimiser: 'adam', learningRate: 0.001, schedule: 'constant', warmup: 0, weightDecay: 0 };

/** The digits as they are, or each sample three times as wide and high within a border of two: 28 x 28. */
function digitImages(side: 8 | 28): TrainSet {
  const { rows, features, target } = loadSet('digits');
  if (features.kind !== 'columns' || target.kind !== 'classes') throw new Error('digits are columns with classes');
  const x = new Float32Array(rows * side * side);
  const place = (at: number): number => (side === 8 ? at : Math.floor((at + 1) / 3) - 1);
  for (let i = 0; i < x.length; i++) {
    const pixel = i % (side * side);
    const [sy, sx] = [place(Math.floor(pixel / side)), place(pixel % side)];
    if (sy < 0 || sx < 0 || sy > 7 || sx > 7) continue;
    const samples = features.columns[sy * 8 + sx];
    x[i] = samples?.kind === 'number' ? (samples.values[Math.floor(i / (side * side))] as number) / 16 : 0;
  }
  return {
    input: { rows, cols: side * side, x },
    y: Float64Array.from(target.labels),
    classes: target.classes.length,
    categories: new Uint16Array(side * side),
    image: { height: side, width: side, channels: 1 },
  };
}

/** The cases; tfjs-wasm joins where it is installed. */
export async function networkCases(): Promise<{ cases: TrainCase[]; missing: string[] }> {
  const peer = await tensorflowTraining();
  const withPeer = (trainer: Trainer, setName: string, set: TrainSet, raw: Params): TrainCase => {
    const own = trainCase(trainer, setName, set, { ...PLAIN, ...raw });
    if (!peer) return own;
    const params = requireParams(trainer, { ...PLAIN, ...raw }, problemOf(set));
    const { shape, descent } = (trainer.family === 'cnn' ? cnnNetwork : mlpNetwork)(params, problemOf(set));
    const fit = (): number => fitTensorflow(peer.tf, set, { shape, ...descent });
    return { ...own, settings: raw, peers: [{ name: `tfjs-wasm ${peer.version}`, fit }] };
  };
  const [small, large] = [digitImages(8), digitImages(28)];
  const flat = { ...large, image: undefined } as unknown as TrainSet;
  const cases = [
    withPeer(mlpTrainer, 'digits', viewOf('digits', 'dense'), { layers: 1, width: 128, batch: 64, epochs: 20 }),
    withPeer(mlpTrainer, 'concrete', viewOf('concrete', 'dense'), { layers: 2, width: 64, batch: 32, epochs: 20 }),
    withPeer(mlpTrainer, 'digits28', flat, { layers: 2, width: 256, batch: 128, epochs: 5 }),
    withPeer(cnnTrainer, 'digits', small, { blocks: 2, filters: 16, width: 64, batch: 64, epochs: 2 }),
    withPeer(cnnTrainer, 'digits28', large, { blocks: 2, filters: 16, width: 64, batch: 64, epochs: 1 }),
  ];
  if (peer)
    console.log(
      'tfjs-wasm: its own gradients, but for that of a filter, which its backend lacks (peers/tensorflow-training.ts)',
    );
  return { cases, missing: peer ? [] : [`tfjs-wasm is not installed: ${INSTALL}`] };
}

const FASHION = '/usr/share/datasets/fashion-mnist';
const FASHION_HELP = `no Fashion-MNIST there: apt-get install dataset-fashion-mnist (Debian), or --data FOLDER with its four idx.gz files`;

/** An idx file: 0, 0, type 8, dimensions, each as big-endian u32, then bytes. */
function readIdx(path: string): Uint8Array {
  const bytes = gunzipSync(readFileSync(path));
  return bytes.subarray(4 + 4 * (bytes[3] as number));
}

function fashionSet(folder: string, part: 'train' | 't10k'): TrainSet {
  const pixels = readIdx(join(folder, `${part}-images-idx3-ubyte.gz`));
  const labels = readIdx(join(folder, `${part}-labels-idx1-ubyte.gz`));
  const input = { rows: labels.length, cols: 784, x: Float32Array.from(pixels, (pixel) => pixel / 255) };
  const image = { height: 28, width: 28, channels: 1 };
  return { input, y: Float64Array.from(labels), classes: 10, categories: new Uint16Array(784), image };
}

export interface FashionResult {
  readonly settings: Params;
  readonly accuracy: number;
  /** By the clock, and of the process. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly cycles: string;
}

/** The 60,000 training images, scored on the 10,000 test images; undefined, with a word how to get them, where they are absent. */
export function fashionMnist(folder = FASHION): FashionResult | undefined {
  let sets: readonly [TrainSet, TrainSet];
  try {
    sets = [fashionSet(folder, 'train'), fashionSet(folder, 't10k')];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.log(`!! ${folder}: ${FASHION_HELP}`);
    return undefined;
  }
  const [train, test] = sets;
  const settings: Params = { epochs: 6, batch: 64, learningRate: 0.002, blocks: 2, filters: 16, width: 64, shift: 0 };
  const params = requireParams(cnnTrainer, settings, problemOf(train));
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
  const fit = cnnTrainer.start(kernels, train, params, [1, 2]);
  for (let epoch = 0; !fit.advance(5e10); ) {
    const point = fit.curve.at(-1);
    if (!point || point.step === epoch) continue;
    epoch = point.step;
    console.log(
      `  epoch ${epoch}: loss ${point.train.toFixed(4)}, ${((performance.now() - startMs) / 1000).toFixed(0)} s`,
    );
  }
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  const model = cnnTrainer.decode(fit.finish());
  if (!model.ok) throw new Error(model.code);
  const scores = model.value.predict(kernels, test.input, new Meter());
  let right = 0;
  test.y.forEach((label, row) => {
    const own = scores.subarray(row * 10, row * 10 + 10);
    if (own.indexOf(own.reduce((a, b) => Math.max(a, b))) === label) right++;
  });
  const accuracy = right / test.input.rows;
  return {
    settings: params,
    accuracy,
    seconds: Number(seconds.toFixed(1)),
    cpuSeconds: Number(((user + system) / 1e6).toFixed(1)),
    cycles: String(fit.cycles),
  };
}
