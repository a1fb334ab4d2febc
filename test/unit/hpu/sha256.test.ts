import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGE_BYTES_MAX, MESSAGES_MAX, sha256Kernel } from '../../../hpu/hash/sha256.ts';
import { sha256DigestParts } from '../../../hpu/hash/sha256-digest.ts';
import { loadKernel } from '../../../hpu/node.ts';
import { hashEachReference } from '../../../hpu/reference/sha256.ts';
import { expectRefused } from '../../support/kernel-fault.ts';
import vectors from '../../vectors/sha256.json' with { type: 'json' };

const module = loadKernel('sha256');
const kernel = sha256Kernel(module);
const repeated = (byte: number, length: number) => new Uint8Array(length).fill(byte);
const pattern = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => Math.imul(seed + i, 0x9e3779b1) >>> 24);

describe('SHA-256 in four lanes', () => {
  it.each(vectors.messages)('$from: $name', ({ hex, digest }) => {
    const message = hexToBytes(hex);
    expect(bytesToHex(kernel.hashEach([message]))).toBe(digest);
    expect(bytesToHex(kernel.hashMany(message, 1, message.length))).toBe(digest);
    const among = kernel.hashEach([repeated(7, 200), repeated(8, 3), message, repeated(9, 64), repeated(10, 65)]);
    expect(bytesToHex(among.subarray(64, 96))).toBe(digest);
  });

  it.each(vectors.repeated)('$from: $name', ({ byte, length, digest }) => {
    expect(bytesToHex(kernel.hashEach([repeated(byte, length)]))).toBe(digest);
  });

  it('equals the reference at every length of 0..300, for 1 to 9 messages', () => {
    for (let length = 0; length <= 300; length++) {
      const count = 1 + (length % 9);
      const messages = Array.from({ length: count }, (_, i) => pattern(length, 1000 * i + length));
      const expected = hashEachReference(messages);
      expect(kernel.hashMany(concatBytes(...messages), count, length), `${length} bytes`).toEqual(expected);
      expect(kernel.hashEach(messages), `${length} bytes`).toEqual(expected);
    }
  });

  it('equals the reference for any lengths together', () => {
    const edges = fc.constantFrom(0, 1, 55, 56, 63, 64, 65, 118, 119, 120, 127, 128, 129);
    const message = fc.oneof(edges, fc.integer({ min: 0, max: 700 })).chain((length) => {
      return fc.uint8Array({ minLength: length, maxLength: length });
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        expect(kernel.hashEach(messages)).toEqual(hashEachReference(messages));
      }),
      { numRuns: 300 },
    );
  });

  it('equals the reference across batches: many short ones, long ones, a long one among short ones', () => {
    const short = Array.from({ length: 4100 }, (_, i) => pattern(i % 5, i));
    const long = Array.from({ length: 5 }, (_, i) => pattern(100_000 + i, i));
    for (const messages of [short, long, [...short.slice(0, 11), pattern(300_001, 3), ...short.slice(0, 6)]]) {
      expect(bytesToHex(kernel.hashEach(messages))).toBe(bytesToHex(hashEachReference(messages)));
    }
    const same = short.map((_, i) => pattern(33, i));
    expect(bytesToHex(kernel.hashMany(concatBytes(...same), 4100, 33))).toBe(bytesToHex(hashEachReference(same)));
  });

  it('reads views where they stand and changes none', () => {
    const whole = pattern(500, 1);
    const before = whole.slice();
    const views = [whole.subarray(3, 90), whole.subarray(91, 91), whole.subarray(200, 499)];
    expect(kernel.hashEach(views)).toEqual(hashEachReference(views));
    expect(kernel.hashMany(whole.subarray(1, 301), 3, 100)).toEqual(
      hashEachReference([whole.subarray(1, 101), whole.subarray(101, 201), whole.subarray(201, 301)]),
    );
    expect(whole).toEqual(before);
  });

  it('gives nothing for no messages', () => {
    expect(kernel.hashEach([])).toEqual(new Uint8Array(0));
    expect(kernel.hashMany(new Uint8Array(0), 0, 55)).toEqual(new Uint8Array(0));
    expect(kernel.hashMany(new Uint8Array(0), 3, 0)).toEqual(hashEachReference([0, 0, 0].map(() => new Uint8Array(0))));
  });

  it('hashes the longest message inside its memory, and uses no more for hundreds of calls', () => {
    const own = sha256Kernel(module);
    const longest = repeated(5, MESSAGE_BYTES_MAX);
    expect(own.hashEach([longest])).toEqual(hashEachReference([longest]));
    const used = own.memoryBytes();
    expect(used).toBeLessThanOrEqual(17 << 20);
    for (let i = 0; i < 500; i++) own.hashEach([longest.subarray(0, i)]);
    expect(own.memoryBytes()).toBe(used);
  });

  it('takes messages batch by batch: their sum is not in memory', () => {
    const own = sha256Kernel(module);
    const [count, length] = [900, 20_000];
    const digests = own.hashMany(repeated(6, count * length), count, length);
    const digest = bytesToHex(hashEachReference([repeated(6, length)]));
    expect(bytesToHex(digests) === digest.repeat(count)).toBe(true);
    expect(own.memoryBytes()).toBeLessThan(1 << 20);
  });

  it.each<[string, () => unknown, number]>([
    ['a negative count', () => kernel.hashMany(new Uint8Array(8), -1, 8), 1],
    ['a fractional count', () => kernel.hashMany(new Uint8Array(8), 0.5, 16), 1],
    ['a count that is no number', () => kernel.hashMany(new Uint8Array(8), Number.NaN, 8), 1],
    ['a negative length', () => kernel.hashMany(new Uint8Array(8), 1, -8), 1],
    ['a fractional length', () => kernel.hashMany(new Uint8Array(3), 2, 1.5), 1],
    ['an infinite length', () => kernel.hashMany(new Uint8Array(3), 0, Number.POSITIVE_INFINITY), 1],
    ['bytes too few', () => kernel.hashMany(new Uint8Array(31), 4, 8), 3],
    ['bytes too many', () => kernel.hashMany(new Uint8Array(33), 4, 8), 3],
    ['messages too many', () => kernel.hashMany(new Uint8Array(0), MESSAGES_MAX + 1, 0), 5],
    ['a message too long', () => kernel.hashEach([new Uint8Array(MESSAGE_BYTES_MAX + 1)]), 5],
    ['the same among short ones', () => kernel.hashEach([repeated(1, 9), new Uint8Array(MESSAGE_BYTES_MAX + 1)]), 5],
    ['a length too long', () => kernel.hashMany(new Uint8Array(0), 0, MESSAGE_BYTES_MAX + 1), 5],
    ['a leaf too long', () => kernel.merkleRoot([new Uint8Array(MESSAGE_BYTES_MAX + 1)]), 5],
  ])('refuses %s before it touches memory', (_, call, number) => {
    expectRefused(call, number);
  });

  it('gives the committed parts', () => {
    expect(sha256DigestParts(module)).toEqual(vectors.parts);
  });
});
