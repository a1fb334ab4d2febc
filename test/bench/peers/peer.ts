/** What the bench compares the HPU's kernels with, and how it asks each engine for one product. */
import { liteRtPeers } from './litert.ts';
import { onnxNativePeers, onnxWebPeers } from './onnxruntime.ts';
import { INSTALL } from './package.ts';
import { plainJs } from './plain-js.ts';
import { tensorflowPeers } from './tensorflow.ts';
import { tunedJs } from './tuned-js.ts';

/** m x k by k x n, row-major; for a convolution also the image: 3x3, stride 1, pad 1, NHWC, m = height * width, k = 9 * channels. */
export interface Shape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly conv?: { readonly height: number; readonly width: number; readonly channels: number };
}

/**
 * a: m x k, or the NHWC image of a convolution; b: k x n (for a convolution [3*3*channels][n], k index =
 * (ky * 3 + kx) * channels + c). The float forms hold the same values, or any others.
 */
export interface Operands {
  readonly shape: Shape;
  readonly a: Int8Array;
  readonly b: Int8Array;
  readonly aF32: Float32Array;
  readonly bF32: Float32Array;
}

export interface Prepared {
  /** One inference as a user of the engine calls it on a prepared input, with the copies that its interface makes. */
  run(): Promise<unknown> | unknown;
  /** The product in our layout, m x n row-major: exact int32 of an int8 peer, float of an f32 peer. Not timed. */
  result(): Promise<Int32Array | Float32Array> | Int32Array | Float32Array;
  /**
   * Only of an int8 peer whose engine has no int32 output: its result is requantised to multiples of `step` and lies
   * within one step of the exact product.
   */
  readonly step?: number;
}

export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly kind: 'int8' | 'f32';
  /** Undefined where the peer can't do the shape. One thread. Weights are constants of the model, as a deployed model has them. */
  prepare(operands: Operands): Promise<Prepared | undefined>;
}

const ENGINES: readonly { readonly name: string; load(): Promise<Peer[] | undefined> }[] = [
  { name: 'onnxruntime-web', load: onnxWebPeers },
  { name: 'onnxruntime-node', load: onnxNativePeers },
  { name: '@tensorflow/tfjs-backend-wasm', load: tensorflowPeers },
  { name: '@litertjs/core', load: liteRtPeers },
];

/** The peers that are here, and a line for each engine that is not: how to install it, or why it failed to start. */
export async function loadPeers(): Promise<{ peers: Peer[]; missing: string[] }> {
  const peers: Peer[] = [plainJs, tunedJs];
  const missing: string[] = [];
  for (const engine of ENGINES) {
    try {
      const loaded = await engine.load();
      if (loaded) peers.push(...loaded);
      else missing.push(`${engine.name} is not installed: ${INSTALL}`);
    } catch (error) {
      missing.push(`${engine.name} is installed and does not start: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { peers, missing };
}
