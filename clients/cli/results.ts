/** Opens results: decrypted here, and held against the root that the order commits to. */

import { decodeModel, type MlpModel } from '../../ml/mlp/model.ts';
import { decodePrediction, joinPredictions, predictionLeaves } from '../../ml/mlp/prediction.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { Client } from '../sdk/client.ts';
import { UntrustedError } from '../sdk/errors.ts';
import type { ModelFile, PredictionFile } from './order-files.ts';

/** Canonical bytes, and what they say. */
export async function openModel(
  client: Client,
  order: WireOrder,
  file: ModelFile,
): Promise<{ bytes: Uint8Array; model: MlpModel }> {
  const ciphertext = await client.resultCiphertext(file.order);
  const bytes = await client.openResult(order, file.contentKey, ciphertext);
  const model = decodeModel(bytes);
  if (!model.ok) throw new UntrustedError(`the result is no model: ${model.evidence ?? model.code}`);
  return { bytes, model: model.value };
}

/** The target's predicted value of each row. */
export async function openPredictions(
  client: Client,
  order: WireOrder,
  file: PredictionFile,
  given: Uint8Array | null = null,
): Promise<number[]> {
  const ciphertext = given ?? (await client.resultCiphertext(file.order));
  const classes = file.classValues.length;
  const decoded = (plaintext: Uint8Array) => {
    const prediction = decodePrediction(plaintext, file.rows, classes);
    if (!prediction.ok)
      throw new UntrustedError(`the result is no prediction: ${prediction.evidence ?? prediction.code}`);
    return prediction.value;
  };
  const split = (plaintext: Uint8Array) => predictionLeaves(decoded(plaintext), classes);
  const join = (tiles: readonly Uint8Array[]) => {
    const joined = joinPredictions(tiles, classes);
    if (!joined.ok) throw new UntrustedError(`a tile is no prediction: ${joined.evidence ?? joined.code}`);
    return joined.value;
  };
  const plaintext = await client.openResult(order, file.contentKey, ciphertext, split, join);
  return Array.from(decoded(plaintext).labels, (label) => file.classValues[label] as number);
}

/** One column, named after the target. */
export const predictionsCsv = (target: string, values: readonly number[]): string =>
  `${[target, ...values].join('\n')}\n`;
