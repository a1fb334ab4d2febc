import { describe, expect, it } from 'vitest';
import { mixed, RowSlots } from '../../../../ml/search/row-slots.ts';

describe('rows in slots', () => {
  const cells = [5, 3, 5, 7, 3, 5];
  const firstsBy = (hashOf: (cell: number) => number): number[] => {
    const slots = new RowSlots(cells.length);
    return cells.map((cell, row) => slots.firstOf(row, hashOf(cell), (first) => cells[first] === cell));
  };

  it('are found by what they hold, never by a hash alone', () => {
    expect(firstsBy((cell) => mixed(cell, 0x9e3779b1))).toEqual([0, 1, 0, 3, 1, 0]);
    expect(firstsBy(() => 7)).toEqual([0, 1, 0, 3, 1, 0]);
    expect(firstsBy(() => 0xffffffff)).toEqual([0, 1, 0, 3, 1, 0]);
  });

  it('are all new after a clearing', () => {
    const slots = new RowSlots(2);
    expect(slots.firstOf(0, 1, () => true)).toBe(0);
    expect(slots.firstOf(1, 1, () => true)).toBe(0);
    slots.clear();
    expect(slots.firstOf(1, 1, () => true)).toBe(1);
  });

  it('that were made to meet in one slot are looked for so long and no longer', () => {
    const rows = 20_000;
    const slots = new RowSlots(rows);
    let compared = 0;
    for (let row = 0; row < rows; row++) {
      const first = slots.firstOf(row, 0, () => {
        compared++;
        return false;
      });
      expect(first).toBe(row);
    }
    expect(compared).toBeGreaterThan(rows);
    expect(compared).toBeLessThanOrEqual(4096 + 16 * rows);
  });
});
