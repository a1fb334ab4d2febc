import { describe, expect, it } from 'vitest';
import { type TrainWork, workCycles } from '../../../protocol/order/work.ts';

const model = (change: Partial<TrainWork> = {}): TrainWork => ({
  kind: 'train',
  rows: 1000,
  features: 4,
  hidden: 256,
  classes: 3,
  epochs: 1,
  batch: 32,
  seed: 1n,
  ...change,
});
const predict = (rows: number, of = model()) => workCycles({ kind: 'predict', rows, model: new Uint8Array(32) }, of);

describe('the trace of a prediction fits one stored value', () => {
  // 4 + 5 * 256 + 4 * 3 = 1,296 bytes a row; 1,900,000 / 1,296 = 1,466.05.
  it('takes the largest number of rows whose trace fits', () => {
    expect(predict(1466)).toMatchObject({ ok: true });
  });

  it('refuses one row more, by name', () => {
    expect(predict(1467)).toMatchObject({ ok: false, code: 'work_too_large', param: 'rows' });
  });

  it('counts every layer of the model', () => {
    expect(predict(16_384, model({ hidden: 8 }))).toMatchObject({ ok: true });
    expect(predict(16_384, model({ hidden: 8, features: 200 }))).toMatchObject({ ok: false, code: 'work_too_large' });
  });
});
