/** TensorFlow.js on its WebAssembly backend (XNNPACK with SIMD), f32: matMul, and conv2d on NHWC images. One thread. */

import { fileURLToPath } from 'node:url';
import { folderOf, importAs, installedVersion } from './package.ts';
import type { Operands, Peer, Prepared } from './peer.ts';

interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface Tf {
  setBackend(name: string): Promise<boolean>;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor): TfTensor;
  conv2d(image: TfTensor, filters: TfTensor, strides: number, padding: 'same'): TfTensor;
}

interface TfWasm {
  setThreadsCount(count: number): void;
  setWasmPaths(folder: string): void;
}

export async function tensorflowPeers(): Promise<Peer[] | undefined> {
  const version = await installedVersion('@tensorflow/tfjs-backend-wasm');
  if (version === undefined || (await installedVersion('@tensorflow/tfjs-core')) === undefined) return undefined;
  const tf = await importAs<Tf>('@tensorflow/tfjs-core');
  const wasm = await importAs<TfWasm>('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(fileURLToPath(new URL('dist/', folderOf('@tensorflow/tfjs-backend-wasm'))));
  wasm.setThreadsCount(1);
  if (!(await tf.setBackend('wasm'))) throw new Error('its wasm backend does not initialise');
  return [{ name: 'tfjs-wasm f32', version, kind: 'f32', prepare: (operands) => prepared(tf, operands) }];
}

async function prepared(tf: Tf, { shape, aF32, bF32 }: Operands): Promise<Prepared> {
  const { m, k, n, conv } = shape;
  const a = tf.tensor(aF32, conv ? [1, conv.height, conv.width, conv.channels] : [m, k]);
  const b = tf.tensor(bF32, conv ? [3, 3, conv.channels, n] : [k, n]);
  const run = async (): Promise<Float32Array> => {
    const product = conv ? tf.conv2d(a, b, 1, 'same') : tf.matMul(a, b);
    const values = await product.data();
    product.dispose();
    return values;
  };
  return { run, result: run };
}
