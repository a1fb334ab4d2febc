/** The chain's own SHA-256 of short messages against noble's, at every length and however a message is parted. */
import { sha256 as reference } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SHORT_BYTES_MAX, sha256 } from '../../../protocol/sha256.ts';

test.each([
  // FIPS 180-4's examples, as NIST publishes them.
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
])('of %j', (text, digest) => {
  expect(bytesToHex(sha256(utf8ToBytes(text)))).toBe(digest);
});

test('of every length up to three blocks, and around the bound', () => {
  const long = Uint8Array.from({ length: SHORT_BYTES_MAX + 200 }, (_, i) => (i * 31 + (i >> 8)) & 255);
  const lengths = [
    ...Array(193).keys(),
    4095,
    4096,
    ...Array.from({ length: 130 }, (_, i) => SHORT_BYTES_MAX - 65 + i),
  ];
  for (const length of lengths) {
    const message = long.subarray(0, length);
    expect(bytesToHex(sha256(message)), `${length} bytes`).toBe(bytesToHex(reference(message)));
  }
});

test('of random messages, however they are parted', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 9 });
  fc.assert(
    fc.property(parts, (some) => {
      const before = some.map(bytesToHex);
      expect(sha256(...some)).toEqual(reference(concatBytes(...some)));
      expect(some.map(bytesToHex)).toEqual(before);
    }),
    { numRuns: 500 },
  );
});

test('a digest is its own: the next one does not change it', () => {
  const first = sha256(Uint8Array.of(1));
  const kept = bytesToHex(first);
  sha256(Uint8Array.of(2));
  expect(bytesToHex(first)).toBe(kept);
  expect(sha256(first)).toEqual(reference(first));
});
