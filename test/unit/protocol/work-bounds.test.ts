import { describe, expect, it } from 'vitest';
import { predictCycles } from '../../../protocol/cycles.ts';
import { TILES_MAX } from '../../../protocol/order/sealed.ts';
import { TILE_ROWS_MAX } from '../../../protocol/order/tiles.ts';
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

describe('the rows of a prediction', () => {
  it('are as many as the tiles hold', () => {
    expect(predict(TILES_MAX * TILE_ROWS_MAX, model({ hidden: 8 }))).toMatchObject({ ok: true });
    // 4 + 5 * 256 + 4 * 3 = 1,296 bytes of trace a row: tiles of 1,024.
    expect(predict(TILES_MAX * 1024)).toMatchObject({ ok: true });
  });

  it('are refused where one row more makes one tile more, by name', () => {
    expect(predict(TILES_MAX * 1024 + 1)).toMatchObject({ ok: false, code: 'work_too_large', param: 'rows' });
    expect(predict(TILES_MAX * TILE_ROWS_MAX + 1)).toMatchObject({ ok: false, code: 'work_invalid', param: 'rows' });
    expect(predict(0)).toMatchObject({ ok: false, code: 'work_invalid', param: 'rows' });
  });

  it('are bounded by the width of a row and of every layer', () => {
    const wide = model({ hidden: 8, features: 4096 });
    expect(predict(TILES_MAX * 128, wide)).toMatchObject({ ok: true });
    expect(predict(TILES_MAX * 128 + 1, wide)).toMatchObject({ ok: false, code: 'work_too_large' });
  });

  it('cost the same in one piece and in tiles', () => {
    for (const rows of [1_466, 1_467, 60_000]) {
      expect(predict(rows)).toEqual({ ok: true, value: predictCycles(model(), rows) });
    }
  });
});
