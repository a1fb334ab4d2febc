/**
 * A fixed suite of kernel and training jobs, hashed: the same hex in Node, workerd and a browser, or the machine may not vote
 * on results. Expected values: test/vectors/digest.json.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { challengeVector } from '../hpu/freivalds.ts';
import { createHpu, type Hpu, type KernelModules } from '../hpu/hpu.ts';
import type { MlpSpec } from '../protocol/cycles.ts';
import { ByteWriter } from './bytes.ts';
import type { TrainingSet } from './dataset/rows.ts';
import { createMlKernel, type MlKernel } from './kernel.ts';
import { decodeModel } from './mlp/model.ts';
import { predictFloat, predictInt8 } from './mlp/predict.ts';
import { encodePrediction, encodeTrace } from './mlp/prediction.ts';
import { initState } from './mlp/state.ts';
import { chunkCount, trainChunk } from './mlp/train.ts';

const GEMM_SHAPES = [
  [1, 1, 1],
  [1, 784, 128],
  [7, 1025, 33],
  [66, 64, 10],
  [256, 256, 256],
] as const;

/** Small, but it shuffles, ends epochs on a short batch, and takes several chunks. */
const SPEC: MlpSpec = {
  rows: 201,
  features: 13,
  hidden: 19,
  classes: 3,
  epochs: 12,
  batch: 16,
  seed: 0x0123456789abcdefn,
};

/** `count` random words of stream `stream`. */
function words(ml: MlKernel, count: number, stream: number): Uint32Array {
  ml.arena.reset();
  const at = ml.arena.take((count + 3) * 4);
  ml.wasm.randomWords(at, count, stream, 0xd16e57, 1, 2);
  return Uint32Array.from(ml.arena.int32(at, count));
}

const signedBytes = (ml: MlKernel, count: number, stream: number): Int8Array =>
  Int8Array.from(words(ml, count, stream));

const hexOfInts = (values: Int32Array): string =>
  bytesToHex(sha256(new ByteWriter(values.length * 4).i32s(values).finish()));

const hexOfBytes = (values: Int8Array): string =>
  bytesToHex(sha256(new ByteWriter(values.length).bytes(values).finish()));

function kernelParts(hpu: Hpu, ml: MlKernel): Record<string, string> {
  const parts: Record<string, string> = {};
  for (const [m, k, n] of GEMM_SHAPES) {
    const weights = hpu.packWeights(signedBytes(ml, k * n, 2), k, n);
    parts[`gemm ${m}x${k}x${n}`] = hexOfInts(hpu.gemm(signedBytes(ml, m * k, 1), weights, m));
  }
  const acc = Int32Array.from(words(ml, 900, 3));
  const channels = {
    bias: Int32Array.from(words(ml, 9, 4), (word) => word % 2 ** 30),
    multiplier: Int32Array.from(words(ml, 9, 5), (word) => 2 ** 30 + (word % 2 ** 30)),
    shift: Int32Array.from({ length: 9 }, (_, i) => 36 + i),
  };
  parts.requantise = hexOfBytes(hpu.requantise(acc, 100, 9, channels, { zero: -7, low: -128, high: 127 }));
  parts.rescale = hexOfInts(hpu.rescale(acc, 100, 9, channels));
  const floats = Float32Array.from(words(ml, 999, 6), (word) => word / 2 ** 30 - 2);
  parts.quantise = hexOfBytes(hpu.quantise(floats, { scale: 0.0125, zero: 3 }));
  const vectors = [challengeVector(new Uint8Array(32), 0, 300), challengeVector(new Uint8Array(32), 1, 300)] as const;
  const [x, y] = hpu.residues.bytes(signedBytes(ml, 30 * 300, 7), 30, vectors);
  parts.residues = hexOfInts(Int32Array.from([...x, ...y]));
  const grid = Array.from({ length: 2000 }, (_, i) => [ml.wasm.expF32(-i / 20), ml.wasm.logF32(1 + i / 8)]).flat();
  parts.transcendental = bytesToHex(sha256(new ByteWriter(grid.length * 4).f32s(Float32Array.from(grid)).finish()));
  return parts;
}

/** Clustered rows, so that there is something to learn. */
function sampleSet(ml: MlKernel): TrainingSet {
  const { rows, features, classes } = SPEC;
  const noise = words(ml, rows * features, 8);
  const y = Uint8Array.from({ length: rows }, (_, row) => row % classes);
  const x = Float32Array.from(noise, (word, i) => {
    const [row, column] = [Math.floor(i / features), i % features];
    return word / 2 ** 31 + (column % classes === row % classes ? 1 : 0);
  });
  return { x, y };
}

function trainingParts(hpu: Hpu, ml: MlKernel): Record<string, string> {
  const set = sampleSet(ml);
  let state = initState(SPEC);
  const parts: Record<string, string> = {};
  for (let chunk = 0; chunk < chunkCount(SPEC); chunk++) {
    const done = trainChunk(ml, SPEC, set, chunk, state);
    if (!done.ok) throw new Error(`chunk ${chunk}: ${done.code} ${done.evidence}`);
    state = done.value.state;
    parts[`chunk ${chunk}`] = `${bytesToHex(sha256(state))} ${done.value.cycles}`;
  }
  const model = decodeModel(state);
  if (!model.ok) throw new Error(`model: ${model.code} ${model.evidence}`);
  const prediction = predictInt8(hpu, model.value, set.x, SPEC.rows);
  parts.prediction = bytesToHex(sha256(encodePrediction(prediction, SPEC.classes)));
  parts.trace = bytesToHex(sha256(encodeTrace(prediction.trace, SPEC)));
  parts['float labels'] = bytesToHex(sha256(predictFloat(ml, model.value, set.x, SPEC.rows).labels));
  return parts;
}

/** Hex (and counted cycles) of every job by name: tells which one differs. */
export function digestParts(modules: KernelModules): Record<string, string> {
  const hpu = createHpu(modules);
  const ml = createMlKernel(modules.float);
  return { ...kernelParts(hpu, ml), ...trainingParts(hpu, ml) };
}

/** SHA-256, in hex, over all parts. */
export function digestSuite(modules: KernelModules): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(digestParts(modules)))));
}
