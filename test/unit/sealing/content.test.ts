import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContentLabel } from '../../../protocol/order/sealed.ts';
import { newContentKey, openContent, SEALING_OVERHEAD_BYTES, sealContent } from '../../../sealing/content.ts';

const LABELS: ContentLabel[] = ['payload', 'dataset', 'result', 'trace', 'state'];

describe('content under a content key', () => {
  it('opens to what was sealed, whatever its length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...LABELS), async (plain, label) => {
        const key = newContentKey();
        const sealed = await sealContent(key, label, plain);
        expect(sealed.length).toBe(plain.length + SEALING_OVERHEAD_BYTES);
        expect(await openContent(key, label, sealed)).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });

  it('opens under no other label', async () => {
    const key = newContentKey();
    for (const label of LABELS) {
      const sealed = await sealContent(key, label, utf8ToBytes('a row'));
      for (const other of LABELS.filter((name) => name !== label)) {
        expect(await openContent(key, other, sealed)).toBeUndefined();
      }
    }
  });

  it('opens under no other key', async () => {
    const sealed = await sealContent(newContentKey(), 'result', utf8ToBytes('a row'));
    expect(await openContent(newContentKey(), 'result', sealed)).toBeUndefined();
  });

  it('refuses every flipped byte and every shorter text', async () => {
    const key = newContentKey();
    const sealed = await sealContent(key, 'result', utf8ToBytes('twelve bytes'));
    for (let at = 0; at < sealed.length; at++) {
      const flipped = sealed.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(await openContent(key, 'result', flipped)).toBeUndefined();
      expect(await openContent(key, 'result', sealed.subarray(0, at))).toBeUndefined();
    }
  });

  it('never draws a nonce twice', async () => {
    const key = newContentKey();
    const sealed = await Promise.all(Array.from({ length: 100 }, () => sealContent(key, 'state', utf8ToBytes('same'))));
    expect(new Set(sealed.map((bytes) => bytes.subarray(0, 12).join())).size).toBe(100);
  });

  // An implementation of our format made by hand from WebCrypto's primitives: the layout is the documented one.
  it('is nonce, ciphertext, tag with the label as associated data', async () => {
    const raw = hexToBytes('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
    const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
    const iv = new Uint8Array(12).fill(7);
    const additionalData = new TextEncoder().encode('HAI/content/1/dataset');
    const ciphertext = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData },
      key,
      Uint8Array.of(1, 2, 3),
    );
    const sealed = Uint8Array.of(...iv, ...new Uint8Array(ciphertext));
    expect(await openContent(raw, 'dataset', sealed)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('takes keys of 32 bytes only', async () => {
    for (const length of [0, 16, 31, 33]) {
      await expect(sealContent(new Uint8Array(length), 'state', Uint8Array.of(1))).rejects.toThrow(RangeError);
      await expect(openContent(new Uint8Array(length), 'state', new Uint8Array(40))).rejects.toThrow(RangeError);
    }
  });
});
