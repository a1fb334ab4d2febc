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

  it('has one spelling: any other character string is refused or another position', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 64 }), (text) => {
        const position = decodeCursor('orders', text);
        if (position !== undefined) expect(encodeCursor('orders', position)).toBe(text);
      }),
    );
  });
});
