/**
 * LiteRT.js (TensorFlow Lite with XNNPACK in WebAssembly), int8 in and out, one thread.
 *
 * Its JavaScript layer wants a page (it loads by a script element) and has no int8 tensors, so this calls the bindings under it, in
 * the order in which that layer calls them (CompiledModel.run, Tensor.toTypedArray); what is left out would only slow it.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { bytesOf, transposed } from './layout.ts';
import { folderOf, importAs, installedVersion } from './package.ts';
import type { Operands, Peer, Prepared } from './peer.ts';
import { stepFor } from './requantised.ts';
import { type FlatBuilder, type TfliteTensor, tfliteModel } from './tflite-model.ts';

interface Deletable {
  delete(): void;
}

type EnumValue = { readonly value: number };

interface TensorBuffer extends Deletable {
  lock(mode: EnumValue): number;
  unlock(): void;
}

/** The embind classes that LiteRT.js declares in its dist/index.d.ts, as far as they are used. */
interface LiteRtWasm {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  readonly LiteRtEnvironment: { create(webGpuDevice: null): Deletable };
  loadModel(environment: Deletable, at: number, bytes: number): Model;
  compileModel(environment: Deletable, model: Model, options: object): CompiledModel | Promise<CompiledModel>;
  readonly LiteRtTensorBuffer: {
    createManaged(environment: Deletable, bufferType: EnumValue, tensorType: Deletable, bytes: number): TensorBuffer;
  };
  readonly LiteRtTensorBufferType: { readonly HOST_MEMORY: EnumValue };
  readonly LiteRtTensorBufferLockMode: { readonly READ: EnumValue; readonly WRITE: EnumValue };
}

interface Model {
  getInputTensorType(signature: number, input: number): Deletable;
}

interface CompiledModel {
  run(signature: number, inputs: readonly TensorBuffer[]): TensorBuffer[] | Promise<TensorBuffer[]>;
}

type NewBuilder = new (bytes: number) => FlatBuilder;

/** The build with relaxed SIMD: LiteRT.js's own loader takes it wherever the host has those instructions, as Node 24 has. */
const WASM_SCRIPT = 'wasm/litert_wasm_internal.js';

export async function liteRtPeers(): Promise<Peer[] | undefined> {
  const version = await installedVersion('@litertjs/core');
  if (version === undefined || (await installedVersion('flatbuffers')) === undefined) return undefined;
  const wasm = await startWasm(new URL(WASM_SCRIPT, folderOf('@litertjs/core')));
  const { Builder } = await importAs<{ Builder: NewBuilder }>('flatbuffers');
  const environment = wasm.LiteRtEnvironment.create(null);
  return [
    {
      name: 'LiteRT.js int8',
      version,
      kind: 'int8',
      prepare: (operands) => prepared(wasm, environment, Builder, operands),
    },
  ];
}

/** The script is CommonJS in a package that says it is ESM, so it is wrapped as Node wraps CommonJS. */
async function startWasm(script: URL): Promise<LiteRtWasm> {
  const path = fileURLToPath(script);
  const names = ['module', 'exports', 'require', '__filename', '__dirname'];
  const wrapped = compileFunction(await readFile(script, 'utf8'), names, { filename: path });
  const module: { exports: unknown } = { exports: {} };
  wrapped(module, module.exports, createRequire(script), path, fileURLToPath(new URL('.', script)));
  const factory = module.exports as (settings: object) => Promise<LiteRtWasm>;
  // It logs its start-up line by line; what matters comes as an exception.
  return factory({ print: () => {}, printErr: () => {} });
}

async function prepared(
  wasm: LiteRtWasm,
  environment: Deletable,
  Builder: NewBuilder,
  operands: Operands,
): Promise<Prepared> {
  const { shape, a } = operands;
  const step = stepFor(operands);
  const bytes = modelOf(new Builder(operands.b.byteLength + 4096), operands, step);
  // The engine reads the weights where they lie, so the copy lives as long as the process.
  const at = wasm._malloc(bytes.byteLength);
  wasm.HEAPU8.set(bytes, at);
  const model = wasm.loadModel(environment, at, bytes.byteLength);
  const compiled = await wasm.compileModel(environment, model, { accelerator: 'wasm', cpuOptions: { numThreads: 1 } });
  const { READ, WRITE } = wasm.LiteRtTensorBufferLockMode;
  const type = model.getInputTensorType(0, 0);
  const { HOST_MEMORY } = wasm.LiteRtTensorBufferType;
  const input = wasm.LiteRtTensorBuffer.createManaged(environment, HOST_MEMORY, type, a.byteLength);
  const to = input.lock(WRITE);
  wasm.HEAPU8.set(bytesOf(a), to);
  input.unlock();
  const run = async (): Promise<Int8Array> => {
    const [output] = await compiled.run(0, [input]);
    if (!output) throw new Error('LiteRT.js gave no output');
    const from = output.lock(READ);
    const values = wasm.HEAPU8.slice(from, from + shape.m * shape.n);
    output.unlock();
    output.delete();
    return new Int8Array(values.buffer);
  };
  return { run, result: async () => Float32Array.from(await run(), (value) => value * step), step };
}

function modelOf(builder: FlatBuilder, { shape, b }: Operands, step: number): Uint8Array {
  const { m, k, n, conv } = shape;
  const int8 = (name: string, dims: readonly number[], scale: number): TfliteTensor => ({
    name,
    type: 'int8',
    shape: dims,
    scale,
  });
  const values = transposed(b, k, n);
  const bias: TfliteTensor = { name: 'bias', type: 'int32', shape: [n], scale: 1, values: new Int32Array(n) };
  if (!conv) {
    const weights = { ...int8('weights', [n, k], 1), values };
    return tfliteModel(builder, 'FULLY_CONNECTED', [
      int8('input', [m, k], 1),
      weights,
      bias,
      int8('output', [m, n], step),
    ]);
  }
  const { height, width, channels } = conv;
  const weights = { ...int8('weights', [n, 3, 3, channels], 1), values };
  const image = int8('input', [1, height, width, channels], 1);
  return tfliteModel(builder, 'CONV_2D', [image, weights, bias, int8('output', [1, height, width, n], step)]);
}
