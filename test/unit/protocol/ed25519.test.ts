/** Which keys may sign at all. Verdicts on whole signatures, edge cases included, are in test/unit/sealing/signatures.test.ts. */
import { readFileSync } from 'node:fs';
import { hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasCanonicalScalar, isUsableKey, publicKeyOf, sign, verifySignature } from '../../../protocol/ed25519.ts';

interface EdgeCase {
  name: string;
  publicKey: string;
}
const cases: EdgeCase[] = JSON.parse(readFileSync(new URL('../../vectors/ed25519-edge.json', import.meta.url), 'utf8'));
const named = (pattern: RegExp) =>
  [...new Map(cases.filter(({ name }) => pattern.test(name)).map((one) => [one.publicKey, one])).values()].map(
    ({ name, publicKey }) => [name, hexToBytes(publicKey)] as const,
  );

describe('unusable', () => {
  const unusable = named(/^small-order key|^key y =|^key \+ torsion|^key that is no point|^key of 2/);
  test('the vectors hold small-order, torsion and non-canonical keys', () => {
    // Eight small-order points and six more spellings of them, seven torsion shifts, two that are no points.
    expect(unusable.length).toBeGreaterThanOrEqual(8 + 6 + 7);
  });
  test.each(unusable)('%s', (_, key) => {
    expect(isUsableKey(key)).toBe(false);
  });
  test.each([0, 31, 33, 64])('a key of %i bytes', (length) => {
    expect(isUsableKey(new Uint8Array(length).fill(1))).toBe(false);
  });
});

test('every key made from a seed is usable, signs and verifies; a changed byte does not', () => {
  const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(seed, fc.uint8Array({ maxLength: 64 }), fc.nat(63), (secret, message, at) => {
      const key = publicKeyOf(secret);
      const signature = sign(secret, message);
      expect(isUsableKey(key)).toBe(true);
      expect(verifySignature(key, message, signature)).toBe(true);
      expect(
        verifySignature(
          key,
          message,
          signature.map((byte, i) => (i === at ? byte ^ 1 : byte)),
        ),
      ).toBe(false);
      expect(verifySignature(key, Uint8Array.of(...message, 0), signature)).toBe(false);
    }),
    { numRuns: 25 },
  );
});

test('S is below the order of the base point', () => {
  // L, little-endian: RFC 8032 section 5.1.
  const order = hexToBytes('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
  const withScalar = (scalar: Uint8Array) => Uint8Array.of(...new Uint8Array(32), ...scalar);
  expect(hasCanonicalScalar(withScalar(order))).toBe(false);
  expect(hasCanonicalScalar(withScalar(Uint8Array.of((order[0] as number) - 1, ...order.subarray(1))))).toBe(true);
  expect(hasCanonicalScalar(withScalar(order).subarray(1))).toBe(false);
});
