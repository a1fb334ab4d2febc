/** What a check says of rows of a prediction: all rows of one in one piece, or those of a tile. */
import { checkPrediction } from '../../ml/mlp/check.ts';
import { decodePrediction, predictionLeaves } from '../../ml/mlp/prediction.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { resultRoot, resultSalt } from '../../protocol/order/results.ts';
import { stateHash } from '../../protocol/order/worklog.ts';
import type { CheckMethod } from '../../protocol/tx/result-proof.ts';
import { openContent } from '../../sealing/content.ts';
import { hpu } from './kernels.ts';
import type { PredictInputs } from './plaintext.ts';

export type Judgement = {
  readonly passed: boolean;
  readonly method: CheckMethod;
  readonly checkedParts: number;
  readonly reason: string | null;
};

export const pass = (method: CheckMethod, checkedParts: number): Judgement => ({
  passed: true,
  method,
  checkedParts,
  reason: null,
});
export const refuse = (method: CheckMethod, reason: string): Judgement => ({
  passed: false,
  method,
  checkedParts: 0,
  reason,
});

/** Ciphertexts as stored, null where nothing is, and what the provider committed to. */
export interface ClaimedRows {
  readonly result: Uint8Array | null;
  readonly trace: Uint8Array | null;
  readonly root: Uint8Array;
  /** Of the trace, as the log has it. */
  readonly stateHash: Uint8Array | undefined;
  /** Index of the first row in the whole prediction. */
  readonly from: number;
  readonly challenge: Uint8Array;
}

export async function judgeRows(
  contentKey: Uint8Array,
  { model, x, rows }: PredictInputs,
  claimed: ClaimedRows,
): Promise<Judgement> {
  const result = claimed.result && (await openContent(contentKey, 'result', claimed.result));
  const trace = claimed.trace && (await openContent(contentKey, 'trace', claimed.trace));
  if (!result || !trace) return refuse('recompute', 'the result does not open');
  const { classes } = model.shape;
  const prediction = decodePrediction(result, rows, classes);
  if (!prediction.ok) return refuse('recompute', prediction.code);
  const root = resultRoot(resultSalt(contentKey), predictionLeaves(prediction.value, classes), claimed.from);
  if (!equalBytes(root, claimed.root)) return refuse('recompute', 'the result is not the one that was committed');
  if (!claimed.stateHash || !equalBytes(claimed.stateHash, stateHash(trace)))
    return refuse('recompute', 'the trace is not the one in the log');
  const check = checkPrediction(hpu(), model, x, rows, result, trace, claimed.challenge);
  if (!check.ok) return refuse('recompute', check.reason);
  return pass(check.methods.includes('freivalds') ? 'freivalds' : 'recompute', check.methods.length);
}
