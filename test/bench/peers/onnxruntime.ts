/**
 * onnxruntime in WebAssembly (the rival) and natively (a yardstick), on the same one-node models:
 *
 * - u8s8, s8s8: MatMulInteger and ConvInteger, int32 results. Images are NCHW, as ONNX has them.
 * - QLinear u8s8: QLinearMatMul and QLinearConv, int8 results. The convolution is the form that onnxruntime's own optimiser
 *   gives the inner layers of a quantised model (domain com.microsoft, channels last); it is far faster than ConvInteger.
 * - f32: MatMul and Conv.
 *
 * Operators: https://onnx.ai/onnx/operators/ and onnxruntime's docs/ContribOperators.md.
 */
import { filtersOihw, offsetBinary, transposed } from './layout.ts';
import { type OnnxConstant, type OnnxNode, type OnnxType, type OnnxValue, onnxModel } from './onnx-model.ts';
import { importAs, installedVersion } from './package.ts';
import type { Operands, Peer, Prepared, Shape } from './peer.ts';
import { stepFor } from './requantised.ts';

type Values = Int8Array | Uint8Array | Int32Array | Float32Array;

interface OrtTensor {
  readonly data: Values;
}

interface Ort {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly Tensor: new (type: string, values: Values, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: {
        executionProviders: string[];
        intraOpNumThreads: number;
        interOpNumThreads: number;
        graphOptimizationLevel: 'all';
      },
    ): Promise<{ run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor | undefined>> }>;
  };
}

/** One product as onnxruntime is given it. */
interface Job {
  readonly node: OnnxNode;
  readonly input: OnnxValue;
  readonly values: Values;
  readonly constants: readonly OnnxConstant[];
  readonly output: OnnxValue;
  /** From the engine's output to m x n, row-major. */
  product(output: Values): Int32Array | Float32Array;
  readonly step?: number;
}

const WINDOW = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] } as const;

export async function onnxWebPeers(): Promise<Peer[] | undefined> {
  const version = await installedVersion('onnxruntime-web');
  if (version === undefined) return undefined;
  const ort = await importAs<Ort>('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  return peersOf('onnxruntime-web', version, ort, 'wasm');
}

export async function onnxNativePeers(): Promise<Peer[] | undefined> {
  const version = await installedVersion('onnxruntime-node');
  if (version === undefined) return undefined;
  return peersOf('onnxruntime-node', version, await importAs<Ort>('onnxruntime-node'), 'cpu');
}

function peersOf(engine: string, version: string, ort: Ort, provider: string): Peer[] {
  const peer = (name: string, kind: Peer['kind'], jobOf: (operands: Operands) => Job): Peer => ({
    name: `${engine} ${name}`,
    version,
    kind,
    prepare: (operands) => prepared(ort, provider, jobOf(operands)),
  });
  return [
    peer('u8s8', 'int8', (operands) => integerJob(operands, 'uint8')),
    peer('s8s8', 'int8', (operands) => integerJob(operands, 'int8')),
    peer('QLinear u8s8', 'int8', quantisedJob),
    peer('f32', 'f32', floatJob),
  ];
}

async function prepared(ort: Ort, provider: string, job: Job): Promise<Prepared> {
  const session = await ort.InferenceSession.create(onnxModel(job.node, job.input, job.constants, job.output), {
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const feeds = { input: new ort.Tensor(job.input.type, job.values, job.input.dims) };
  const run = () => session.run(feeds);
  const result = async () => {
    const { output } = await run();
    if (!output) throw new Error('onnxruntime gave no output');
    return job.product(output.data);
  };
  return job.step === undefined ? { run, result } : { run, result, step: job.step };
}

/** A in its unsigned form has zero point 128, so that the product is the same. */
function integerJob({ shape, a, b }: Operands, type: 'uint8' | 'int8'): Job {
  const zeroPoint = scalar('aZero', type, type === 'uint8' ? 128 : 0);
  const unsigned = (values: Int8Array) => (type === 'uint8' ? offsetBinary(values) : values);
  const { m, k, n, conv } = shape;
  if (!conv) {
    return {
      node: { operator: 'MatMulInteger', inputs: ['input', 'b', 'aZero'] },
      input: { name: 'input', type, dims: [m, k] },
      values: unsigned(a),
      constants: [{ name: 'b', type: 'int8', dims: [k, n], values: b }, zeroPoint],
      output: { name: 'output', type: 'int32', dims: [m, n] },
      product: (output) => output as Int32Array,
    };
  }
  return {
    node: { operator: 'ConvInteger', inputs: ['input', 'b', 'aZero'], attributes: WINDOW },
    input: { name: 'input', type, dims: nchw(conv, conv.channels) },
    values: unsigned(transposed(a, m, conv.channels)),
    constants: [oihw(shape, conv.channels, 'int8', b), zeroPoint],
    output: { name: 'output', type: 'int32', dims: nchw(conv, n) },
    product: (output) => transposed(output as Int32Array, n, m),
  };
}

/** Scales of 1 and an output scale of `step`: output = round(product / step) + 128. */
function quantisedJob(operands: Operands): Job {
  const { shape, a, b } = operands;
  const { m, k, n, conv } = shape;
  const step = stepFor(operands);
  const quantisation = [
    scalar('aScale', 'float32', 1),
    scalar('aZero', 'uint8', 128),
    scalar('bScale', 'float32', 1),
    scalar('bZero', 'int8', 0),
    scalar('outScale', 'float32', step),
    scalar('outZero', 'uint8', 128),
  ];
  const inputs = ['input', 'aScale', 'aZero', 'b', 'bScale', 'bZero', 'outScale', 'outZero'];
  const product = (output: Values) => Float32Array.from(output, (value) => (value - 128) * step);
  if (!conv) {
    return {
      node: { operator: 'QLinearMatMul', inputs },
      input: { name: 'input', type: 'uint8', dims: [m, k] },
      values: offsetBinary(a),
      constants: [{ name: 'b', type: 'int8', dims: [k, n], values: b }, ...quantisation],
      output: { name: 'output', type: 'uint8', dims: [m, n] },
      product,
      step,
    };
  }
  const { height, width, channels } = conv;
  return {
    node: {
      operator: 'QLinearConv',
      domain: 'com.microsoft',
      inputs,
      attributes: { ...WINDOW, channels_last: 1 },
    },
    input: { name: 'input', type: 'uint8', dims: [1, height, width, channels] },
    values: offsetBinary(a),
    constants: [oihw(shape, channels, 'int8', b), ...quantisation],
    output: { name: 'output', type: 'uint8', dims: [1, height, width, n] },
    product,
    step,
  };
}

function floatJob({ shape, aF32, bF32 }: Operands): Job {
  const { m, k, n, conv } = shape;
  if (!conv) {
    return {
      node: { operator: 'MatMul', inputs: ['input', 'b'] },
      input: { name: 'input', type: 'float32', dims: [m, k] },
      values: aF32,
      constants: [{ name: 'b', type: 'float32', dims: [k, n], values: bF32 }],
      output: { name: 'output', type: 'float32', dims: [m, n] },
      product: (output) => output as Float32Array,
    };
  }
  return {
    node: { operator: 'Conv', inputs: ['input', 'b'], attributes: WINDOW },
    input: { name: 'input', type: 'float32', dims: nchw(conv, conv.channels) },
    values: transposed(aF32, m, conv.channels),
    constants: [oihw(shape, conv.channels, 'float32', bF32)],
    output: { name: 'output', type: 'float32', dims: nchw(conv, n) },
    product: (output) => transposed(output as Float32Array, n, m),
  };
}

const nchw = (conv: NonNullable<Shape['conv']>, channels: number): number[] => [1, channels, conv.height, conv.width];

const oihw = (shape: Shape, channels: number, type: OnnxType, filters: Int8Array | Float32Array): OnnxConstant => ({
  name: 'b',
  type,
  dims: [shape.n, channels, 3, 3],
  values: filtersOihw(filters, channels, shape.n),
});

function scalar(name: string, type: 'float32' | 'uint8' | 'int8', value: number): OnnxConstant {
  const values =
    type === 'float32' ? Float32Array.of(value) : type === 'uint8' ? Uint8Array.of(value) : Int8Array.of(value);
  return { name, type, dims: [], values };
}
