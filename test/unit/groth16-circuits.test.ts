import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseVerificationKey, verificationKeyId } from '../../protocol/proof/groth16.ts';
import { findCircuitKey, verifyKnownProof } from '../../protocol/proof/groth16-circuits.ts';
import { CIRCUIT_KEYS } from '../../protocol/proof/groth16-keys.ts';
import { ORDER_ID_BYTES, orderSignal } from '../../protocol/proof/groth16-order.ts';
import { sample } from './groth16-sample.ts';

const development = { allowDevelopmentKeys: true };
const production = { allowDevelopmentKeys: false };

describe('the keys that the network knows', () => {
  it.each(CIRCUIT_KEYS.map((entry) => [entry.circuit, entry] as const))(
    '%s: file, id and names agree',
    (name, entry) => {
      const file = new URL(`../../circuits/keys/${name}.vkey.json`, import.meta.url);
      expect(entry.verificationKey).toEqual(JSON.parse(readFileSync(file, 'utf8')));
      const key = parseVerificationKey(entry.verificationKey);
      expect(key.ok && verificationKeyId(key.value)).toBe(entry.id);
      expect(key.ok && key.value.inputs.length - 1).toBe(entry.publicSignals.length);
      expect(findCircuitKey(entry.id)).toBe(entry);
    },
  );

  it('are all made from a public seed so far, and say so', () => {
    expect(CIRCUIT_KEYS.map((entry) => [entry.circuit, entry.development])).toEqual([['bid_covers_ask', true]]);
  });
});

describe('a proof under a known key', () => {
  it('verifies in development', () => {
    expect(verifyKnownProof(sample(), development)).toEqual({ ok: true });
  });

  it('is refused in production, though the proof is true', () => {
    expect(verifyKnownProof(sample(), production)).toEqual({ ok: false, code: 'development-key' });
  });

  it.each(['', 'bid_covers_ask', '__proto__', sample().verificationKeyId.toUpperCase()])(
    'is refused for key "%s"',
    (id) => {
      const claim = { ...sample(), verificationKeyId: id };
      expect(verifyKnownProof(claim, development)).toEqual({ ok: false, code: 'unknown-key' });
    },
  );

  it('is refused when malformed or false', () => {
    expect(verifyKnownProof({ ...sample(), proof: {} }, development)).toEqual({ ok: false, code: 'malformed' });
    const publicSignals = [...sample().publicSignals].reverse();
    expect(verifyKnownProof({ ...sample(), publicSignals }, development)).toEqual({
      ok: false,
      code: 'pairing-mismatch',
    });
  });
});

describe('the order as a public signal', () => {
  it('is the first 31 bytes of the id, big-endian', () => {
    expect(orderSignal(Uint8Array.from({ length: ORDER_ID_BYTES }, (_, index) => (index === 30 ? 7 : 0)))).toBe(7n);
    expect(orderSignal(new Uint8Array(ORDER_ID_BYTES).fill(0xff))).toBe((1n << 248n) - 1n);
  });

  it.each([0, 31, 33])('refuses an id of %i bytes', (length) => {
    expect(() => orderSignal(new Uint8Array(length))).toThrow(RangeError);
  });
});
