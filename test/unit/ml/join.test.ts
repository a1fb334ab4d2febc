/** The results of tiles, joined: byte for byte what one piece gives. */
import { describe, expect, it } from 'vitest';
import { encodePrediction, joinPredictions, type Prediction } from '../../../ml/mlp/prediction.ts';
import { unwrap } from './digits.ts';

const CLASSES = 3;
const ROWS = 7;
const whole: Prediction = {
  labels: Uint8Array.from({ length: ROWS }, (_, row) => row % CLASSES),
  logits: Int32Array.from({ length: ROWS * CLASSES }, (_, i) => (i % 2 === 0 ? i : -i) * 1_000_003),
};
const rowsOf = (from: number, to: number): Uint8Array =>
  encodePrediction(
    { labels: whole.labels.slice(from, to), logits: whole.logits.slice(from * CLASSES, to * CLASSES) },
    CLASSES,
  );
const expected = encodePrediction(whole, CLASSES);
const refusal = expect.objectContaining({ ok: false, code: 'result_mismatch' });

describe('joined results', () => {
  it('are those of one piece, wherever the rows were cut', () => {
    expect(unwrap(joinPredictions([expected], CLASSES))).toEqual(expected);
    for (let cut = 1; cut < ROWS; cut++) {
      expect(unwrap(joinPredictions([rowsOf(0, cut), rowsOf(cut, ROWS)], CLASSES))).toEqual(expected);
    }
    const single = Array.from({ length: ROWS }, (_, row) => rowsOf(row, row + 1));
    expect(unwrap(joinPredictions(single, CLASSES))).toEqual(expected);
  });

  it('need tiles that are results of these classes', () => {
    const tile = rowsOf(0, 2);
    expect(joinPredictions([tile, tile.subarray(0, -1)], CLASSES)).toEqual(refusal);
    expect(joinPredictions([tile, tile.subarray(0, 12)], CLASSES)).toEqual(refusal);
    expect(joinPredictions([new Uint8Array(0)], CLASSES)).toEqual(refusal);
    expect(joinPredictions([tile], CLASSES - 1)).toEqual(refusal);
    const beyond = tile.slice();
    beyond[12] = CLASSES;
    expect(joinPredictions([beyond], CLASSES)).toEqual(refusal);
    const others = tile.slice();
    others[4] = 3;
    expect(joinPredictions([others], CLASSES)).toEqual(refusal);
  });
});
