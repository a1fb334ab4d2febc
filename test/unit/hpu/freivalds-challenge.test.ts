import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESIDUE_PRIME, residueDots } from '../../../hpu/freivalds/residues.ts';
import { loadKernel } from '../../../hpu/node.ts';
import { chachaBlock, challengeVector, challengeVectors } from '../../../hpu/reference/challenge.ts';
import { KernelFault } from '../../../hpu/shape.ts';

const residues = residueDots(loadKernel('freivalds'));

/** `count` words of Node's ChaCha20 stream from block `counter` on, under the nonce (nonce, 0, 0). */
function nodeWords(key: Uint8Array, counter: number, nonce: number, count: number): Uint32Array {
  const iv = new DataView(new ArrayBuffer(16));
  iv.setUint32(0, counter, true);
  iv.setUint32(4, nonce, true);
  const stream = createCipheriv('chacha20', key, new Uint8Array(iv.buffer)).update(new Uint8Array(count * 4));
  return Uint32Array.from({ length: count }, (_, i) => stream.readUInt32LE(i * 4));
}

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('challenge vectors', () => {
  it('come from ChaCha20 as Node has it', () => {
    const words = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 0, max: 2 ** 32 - 2 }), words, (key, counter, nonce) => {
        expect(chachaBlock(key, counter, nonce)).toEqual(nodeWords(key, counter, nonce, 16));
      }),
      { numRuns: 100 },
    );
  });

  it('are 31 bits of each word, another vector each round', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    for (const round of [0, 1] as const) {
      const words = nodeWords(key, 0, round, 1000);
      expect(challengeVector(key, round, 1000)).toEqual(words.map((word) => word & RESIDUE_PRIME));
    }
  });

  it('skip the word that would give the prime itself', () => {
    // Found by search: word 23,861 of this key's stream is 2^31 - 1.
    const key = new Uint8Array(32);
    new DataView(key.buffer).setUint32(0, 44_892, true);
    const count = 23_900;
    const words = nodeWords(key, 0, 0, count + 1);
    expect(words[23_861]).toBe(RESIDUE_PRIME);
    const expected = [...words].filter((_, i) => i !== 23_861).map((word) => word & RESIDUE_PRIME);
    const vectors = challengeVectors(key, count);
    expect([...vectors[0]]).toEqual(expected);
    expect(residues.challenge(key, count)).toEqual(residues.limbs(vectors));
  });

  it('are the same from the kernel', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 0, max: 300 }), (key, count) => {
        expect(residues.challenge(key, count)).toEqual(residues.limbs(challengeVectors(key, count)));
      }),
      { numRuns: 100 },
    );
  });

  it('are refused for a short challenge, a count that is none, or residues that are none', () => {
    const key = new Uint8Array(32);
    expect(() => challengeVector(key.subarray(1), 0, 1)).toThrow(KernelFault);
    expect(() => residues.challenge(key.subarray(1), 1)).toThrow(KernelFault);
    for (const count of [-1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => challengeVector(key, 0, count)).toThrow(KernelFault);
      expect(() => residues.challenge(key, count)).toThrow(KernelFault);
    }
    expect(() => residues.challenge(key, 1 << 20)).toThrow(/kernel memory/);
    expect(() => residues.limbs([Uint32Array.of(0, RESIDUE_PRIME), Uint32Array.of(0, 0)])).toThrow(KernelFault);
    expect(() => residues.limbs([Uint32Array.of(0), Uint32Array.of(2 ** 32 - 1)])).toThrow(KernelFault);
    expect(() => residues.limbs([Uint32Array.of(0), Uint32Array.of(0, 0)])).toThrow(KernelFault);
  });
});
