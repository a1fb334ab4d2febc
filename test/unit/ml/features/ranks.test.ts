import { describe, expect, it } from 'vitest';
import { valuesAt } from '../../../../ml/features/ranks.ts';
import { noise } from '../linear/sets.ts';

describe('values at ranks', () => {
  const columns: [string, (i: number) => number][] = [
    ['both signs', (i) => Math.fround(noise(i) * 1e3)],
    ['few values', (i) => (i * 7) % 3],
    ['both zeros', (i) => (i % 2 === 0 ? -0 : 0) * 1],
    [
      'the ends of f32',
      (i) => [3.4028234663852886e38, -3.4028234663852886e38, 1.401298464324817e-45, -1][i % 4] as number,
    ],
  ];
  it.each(columns)('of %s are those of the sorted column, long and short', (_name, cell) => {
    for (const count of [1, 2, 1001, 9001]) {
      const values = Float64Array.from({ length: count }, (_, i) => cell(i));
      const sorted = values.slice().sort();
      const ranks = [0, Math.floor(count / 200), Math.floor(count / 2), count - 1];
      const found = valuesAt(values, ranks, true);
      ranks.forEach((rank, i) => {
        // Both zeros are one.
        expect((found[i] as number) + 0).toBe((sorted[rank] as number) + 0);
      });
      expect(valuesAt(values, ranks, false).map((x) => x + 0)).toEqual(found.map((x) => x + 0));
    }
  });

  it('refuses a rank beyond a long column', () => {
    expect(() => valuesAt(new Float64Array(9001), [9001], true)).toThrow(RangeError);
  });
});
