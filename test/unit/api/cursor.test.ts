import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../workers/api/cursor.ts';

describe('a page cursor', () => {
  it('gives back its position, to its own list alone', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }), (position) => {
        const cursor = encodeCursor('blocks', position.toString());
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor('blocks', cursor)).toBe(position.toString());
        expect(decodeCursor('orders', cursor)).toBeUndefined();
      }),
    );
  });

  it.each(['', 'blocks:1', 'YmxvY2tzOg', 'x'.repeat(65), '////', 'YmxvY2tzOjE=', 'w4M'])('refuses %j', (cursor) => {
    expect(decodeCursor('blocks', cursor)).toBeUndefined();
  });

  it.each(['-1', '01', '1.5', 'NaN', '1 OR 1=1', '', '9223372036854775808', '9999999999999999999'])(
    'refuses the position %j',
    (position) => {
      expect(decodeCursor('blocks', encodeCursor('blocks', position))).toBeUndefined();
    },
  );

  it('has one spelling: with any character changed, added or left out it is refused or another position', () => {
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/'];
    const position = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(String);
    const character = fc.constantFrom('', ...alphabet);
    let accepted = 0;
    fc.assert(
      fc.property(position, fc.nat(), fc.nat(1), character, (before, at, removed, put) => {
        const cursor = encodeCursor('orders', before);
        const start = at % (cursor.length + 1);
        const changed = cursor.slice(0, start) + put + cursor.slice(start + removed);
        const after = decodeCursor('orders', changed);
        expect(after === before).toBe(changed === cursor);
        if (after === undefined || after === before) return;
        accepted++;
        expect(encodeCursor('orders', after)).toBe(changed);
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});
