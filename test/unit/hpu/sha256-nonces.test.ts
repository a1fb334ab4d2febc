import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NONCES_MAX, type NonceSearch, PREIMAGE_BYTES_MAX } from '../../../hpu/hash/nonce-search.ts';
import { sha256Kernel } from '../../../hpu/hash/sha256.ts';
import { loadKernel } from '../../../hpu/node.ts';
import { searchNonceReference } from '../../../hpu/reference/sha256.ts';
import { KernelFault } from '../../../hpu/shape.ts';
import { encode, u64 } from '../../../protocol/codec.ts';

const kernel = sha256Kernel(loadKernel('sha256'));
const LAST = 2n ** 64n - 1n;

function targetOf(...first: readonly number[]): Uint8Array {
  const target = new Uint8Array(32);
  target.set(first);
  return target;
}
const EVERY = new Uint8Array(32).fill(255);
const search = (change: Partial<NonceSearch> = {}): NonceSearch => ({
  preimage: Uint8Array.from({ length: 80 }, (_, i) => i * 7),
  nonceAt: 72,
  start: 0n,
  count: 4096,
  target: targetOf(1),
  ...change,
});

function digestAt({ preimage, nonceAt }: NonceSearch, nonce: bigint): Uint8Array {
  const message = preimage.slice();
  message.set(encode(u64, nonce), nonceAt);
  return sha256(message);
}

describe('proof-of-work search', () => {
  it('finds the least nonce, and it hashes below the target', () => {
    const found = kernel.searchNonce(search()) as bigint;
    expect(found).toBe(searchNonceReference(search()));
    expect(digestAt(search(), found)[0]).toBe(0);
    for (let nonce = 0n; nonce < found; nonce++) expect(digestAt(search(), nonce)[0]).not.toBe(0);
    const later = kernel.searchNonce(search({ start: found + 1n })) as bigint;
    expect(later).toBeGreaterThan(found);
    expect(later).toBe(searchNonceReference(search({ start: found + 1n })));
  });

  it('equals the reference wherever the nonce stands', () => {
    for (const length of [8, 11, 55, 56, 63, 64, 80, 119, 120, 128, 200]) {
      for (let nonceAt = 0; nonceAt + 8 <= length; nonceAt++) {
        const preimage = new Uint8Array(length).fill(length);
        const one = search({ preimage, nonceAt, start: 0xffff_fff9n, count: 13, target: targetOf(40) });
        expect(kernel.searchNonce(one), `${nonceAt} of ${length}`).toBe(searchNonceReference(one));
      }
    }
  });

  it('equals the reference for random searches', () => {
    const searches = fc.uint8Array({ minLength: 8, maxLength: 300 }).chain((preimage) =>
      fc.record({
        preimage: fc.constant(preimage),
        nonceAt: fc.integer({ min: 0, max: preimage.length - 8 }),
        start: fc.bigInt({ min: 0n, max: LAST - 100n }),
        count: fc.integer({ min: 0, max: 100 }),
        target: fc.tuple(fc.integer({ min: 0, max: 60 }), fc.nat(255)).map((first) => targetOf(...first)),
      }),
    );
    fc.assert(
      fc.property(searches, (one) => {
        expect(kernel.searchNonce(one)).toBe(searchNonceReference(one));
      }),
      { numRuns: 500 },
    );
  });

  it('tries no nonce beyond count', () => {
    const found = kernel.searchNonce(search()) as bigint;
    // Four nonces are hashed together; at each place in a group the one behind the last must not win.
    for (let before = 0; before < 9; before++) {
      const start = found - BigInt(before);
      expect(kernel.searchNonce(search({ start, count: before }))).toBeUndefined();
      expect(kernel.searchNonce(search({ start, count: before + 1 }))).toBe(found);
    }
    expect(kernel.searchNonce(search({ target: EVERY, count: 0 }))).toBeUndefined();
  });

  it('takes a digest below the target, not one that equals it', () => {
    // A winner of many, so that no neighbour in its group of four draws attention to it.
    const found = kernel.searchNonce(search()) as bigint;
    const digest = digestAt(search(), found);
    const above = digest.slice();
    above[31] = (above[31] as number) + 1;
    for (let before = 0n; before < 4n; before++) {
      const one = search({ start: found - before, count: 4 });
      expect(kernel.searchNonce({ ...one, target: digest })).toBeUndefined();
      expect(kernel.searchNonce({ ...one, target: above })).toBe(found);
    }
    expect(kernel.searchNonce(search({ target: new Uint8Array(32) }))).toBeUndefined();
    expect(kernel.searchNonce(search({ target: EVERY }))).toBe(0n);
  });

  it('compares every byte of the digest', () => {
    const found = kernel.searchNonce(search()) as bigint;
    const digest = digestAt(search(), found);
    for (let at = 0; at < 32; at++) {
      for (const change of [-1, 1]) {
        const target = digest.slice();
        target[at] = (target[at] as number) + change;
        const one = search({ start: found - 1n, count: 2, target });
        expect(kernel.searchNonce(one), `byte ${at} ${change}`).toBe(searchNonceReference(one));
      }
    }
  });

  it('reaches the last u64 and goes no further', () => {
    expect(kernel.searchNonce(search({ start: LAST, count: 1, target: EVERY }))).toBe(LAST);
    for (const back of [0n, 1n, 2n, 3n, 4n]) {
      const one = search({ start: LAST - back, count: Number(back) + 1, target: targetOf(20) });
      expect(kernel.searchNonce(one)).toBe(searchNonceReference(one));
    }
    expect(kernel.searchNonce(search({ start: LAST + 1n, count: 0, target: EVERY }))).toBeUndefined();
  });

  it("ignores and keeps what stands in the nonce's place", () => {
    const preimage = search().preimage.slice().fill(255, 72, 80);
    const before = preimage.slice();
    expect(kernel.searchNonce(search({ preimage }))).toBe(kernel.searchNonce(search()));
    expect(preimage).toEqual(before);
  });

  it('takes the longest preimage, nonce first, in bounded memory', () => {
    const preimage = new Uint8Array(PREIMAGE_BYTES_MAX).fill(3);
    const one = search({ preimage, nonceAt: 1, count: 20, target: targetOf(30) });
    expect(kernel.searchNonce(one)).toBe(searchNonceReference(one));
    expect(kernel.memoryBytes()).toBeLessThan(1 << 20);
  });

  it.each<[string, Partial<NonceSearch>, number]>([
    ['a negative count', { count: -1 }, 1],
    ['a fractional count', { count: 1.5 }, 1],
    ['a count that is no number', { count: Number.NaN }, 1],
    ['a count beyond the bound', { count: NONCES_MAX + 1 }, 4],
    ['a negative start', { start: -1n }, 4],
    ['a start beyond u64', { start: LAST + 2n, count: 0 }, 4],
    ['nonces beyond u64', { start: LAST - 3n, count: 5 }, 4],
    ['a negative place', { nonceAt: -1 }, 1],
    ['a fractional place', { nonceAt: 0.5 }, 1],
    ['a nonce past the end', { nonceAt: 73 }, 4],
    ['a preimage shorter than a nonce', { preimage: new Uint8Array(7), nonceAt: 0 }, 4],
    ['a preimage too long', { preimage: new Uint8Array(PREIMAGE_BYTES_MAX + 1) }, 5],
    ['a target too short', { target: new Uint8Array(31) }, 3],
    ['a target too long', { target: new Uint8Array(33) }, 3],
  ])('refuses %s before it touches memory', (_, change, number) => {
    const own = sha256Kernel(loadKernel('sha256'));
    const used = own.memoryBytes();
    expect(() => own.searchNonce(search(change))).toThrow(KernelFault);
    expect(() => own.searchNonce(search(change))).toThrow(expect.objectContaining({ number }));
    expect(own.memoryBytes()).toBe(used);
    expect(own.searchNonce(search())).toBe(kernel.searchNonce(search()));
  });
});
