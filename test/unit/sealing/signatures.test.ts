import { readFileSync } from 'node:fs';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { publicKeyOf, sign, verifySignature } from '../../../protocol/ed25519.ts';
import { BoundedCache } from '../../../sealing/bounded-cache.ts';
import { signFast, verifyFast } from '../../../sealing/signatures.ts';

interface EdgeCase {
  name: string;
  publicKey: string;
  message: string;
  signature: string;
  valid: boolean;
}
const vectors = (name: string): EdgeCase[] =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'));
const cases = vectors('ed25519-edge');
const wycheproof = vectors('wycheproof-ed25519');
const bytesOf = (one: EdgeCase): [Uint8Array, Uint8Array, Uint8Array] => [
  hexToBytes(one.publicKey),
  hexToBytes(one.message),
  hexToBytes(one.signature),
];

afterEach(() => vi.restoreAllMocks());

describe('edge signatures', () => {
  it('has both verdicts', () => {
    expect(cases.length).toBeGreaterThan(200);
    expect(cases.filter((one) => one.valid).length).toBe(5);
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    expect(verifySignature(...bytesOf(one))).toBe(one.valid);
    expect(await verifyFast(...bytesOf(one))).toBe(one.valid);
  });

  it('has all of Wycheproof', () => {
    expect([wycheproof.length, wycheproof.filter((one) => one.valid).length]).toEqual([151, 88]);
  });

  it.each(wycheproof.map((one) => [one.name, one] as const))('Wycheproof %s', async (_, one) => {
    expect(verifySignature(...bytesOf(one))).toBe(one.valid);
    expect(await verifyFast(...bytesOf(one))).toBe(one.valid);
  });

  it('is not what WebCrypto says by itself: the rule is needed', async () => {
    const differing = await Promise.all(
      cases.map(async (one) => {
        const [publicKey, message, signature] = bytesOf(one);
        try {
          const key = await crypto.subtle.importKey('raw', Uint8Array.from(publicKey), 'Ed25519', false, ['verify']);
          const verdict = await crypto.subtle.verify(
            'Ed25519',
            key,
            Uint8Array.from(signature),
            Uint8Array.from(message),
          );
          return verdict === one.valid ? undefined : one.name;
        } catch {
          return undefined;
        }
      }),
    );
    expect(differing.filter(Boolean)).toContain('key + torsion, holds without the cofactor');
  });
});

describe('fast and reference', () => {
  it('sign and verify alike', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.nat(63),
        async (seed, message, at) => {
          const signature = await signFast(seed, message);
          expect(signature).toEqual(sign(seed, message));
          const key = publicKeyOf(seed);
          expect(await verifyFast(key, message, signature)).toBe(true);
          const flipped = signature.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
          expect(await verifyFast(key, message, flipped)).toBe(false);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('answers by the reference where WebCrypto has no Ed25519', async () => {
    const refusal = vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new DOMException('', 'NotSupportedError'));
    const seed = new Uint8Array(32).fill(201);
    const message = utf8ToBytes('old browser');
    const signature = await signFast(seed, message);
    expect(signature).toEqual(sign(seed, message));
    expect(await verifyFast(publicKeyOf(seed), message, signature)).toBe(true);
    expect(await verifyFast(publicKeyOf(seed), utf8ToBytes('another'), signature)).toBe(false);
    expect(refusal).toHaveBeenCalledTimes(2);
  });

  it('imports a key once', async () => {
    const imports = vi.spyOn(crypto.subtle, 'importKey');
    const seed = new Uint8Array(32).fill(202);
    const key = publicKeyOf(seed);
    for (let i = 0; i < 5; i++) {
      expect(await verifyFast(key, Uint8Array.of(i), await signFast(seed, Uint8Array.of(i)))).toBe(true);
    }
    expect(imports).toHaveBeenCalledTimes(2);
  });

  it('does not sign with a seed of another length', async () => {
    await expect(signFast(new Uint8Array(31), Uint8Array.of(1))).rejects.toThrow(RangeError);
  });
});

describe('a bounded cache', () => {
  it('keeps the most recently used', () => {
    const cache = new BoundedCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
  });

  it('has the last half of its bound that was used, whatever was used before', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 200 }), fc.integer({ min: 2, max: 16 }), (keys, bound) => {
        const cache = new BoundedCache<number>(bound);
        for (const key of keys) cache.get(String(key)) ?? cache.set(String(key), key);
        const last = [...new Set(keys.toReversed())].slice(0, Math.floor(bound / 2));
        expect(last.map((key) => cache.get(String(key)))).toEqual(last);
      }),
    );
  });

  it('never exceeds its bound', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 })), fc.integer({ min: 1, max: 5 }), (keys, bound) => {
        const cache = new BoundedCache<string>(bound);
        for (const key of keys) {
          cache.set(key, key);
          expect(cache.get(key)).toBe(key);
          expect(cache.size).toBeLessThanOrEqual(bound);
        }
      }),
    );
  });
});
