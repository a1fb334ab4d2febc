/** A small training, chunk by chunk, and predictions with what it gives. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Hpu } from '../../hpu/hpu.ts';
import type { MlpSpec } from '../../protocol/cycles.ts';
import type { TrainingSet } from '../dataset/rows.ts';
import type { MlKernel } from '../kernel.ts';
import { decodeModel } from '../mlp/model.ts';
import { predictFloat, predictInt8 } from '../mlp/predict.ts';
import { encodePrediction, encodeTrace } from '../mlp/prediction.ts';
import { initState } from '../mlp/state.ts';
import { chunkCount, trainChunk } from '../mlp/train.ts';
import { type Parts, words } from './samples.ts';

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

export function trainingParts(hpu: Hpu, ml: MlKernel): Parts {
  const set = sampleSet(ml);
  let state = initState(SPEC);
  const parts: Parts = {};
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
