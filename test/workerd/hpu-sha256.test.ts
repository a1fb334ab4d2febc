/** The SHA-256 kernel of this runtime, from a static import, gives the bytes that every machine must give. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { expect, it } from 'vitest';
import sha256Module from '../../hpu/dist/sha256.wasm';
import { sha256Kernel } from '../../hpu/hash/sha256.ts';
import { sha256DigestParts } from '../../hpu/hash/sha256-digest.ts';
import { KernelFault } from '../../hpu/shape.ts';
import vectors from '../vectors/sha256.json' with { type: 'json' };

const kernel = sha256Kernel(sha256Module);

it('gives the published digests and roots', () => {
  const short = vectors.messages.map(({ hex }) => hexToBytes(hex));
  const long = vectors.repeated.map(({ byte, length }) => new Uint8Array(length).fill(byte));
  const digests = bytesToHex(kernel.hashEach([...short, ...long]));
  expect(digests.match(/.{64}/g)).toEqual([...vectors.messages, ...vectors.repeated].map(({ digest }) => digest));
  const leaves = vectors.leaves.map((hex) => hexToBytes(hex));
  expect(leaves.map((_, i) => bytesToHex(kernel.merkleRoot(leaves.slice(0, i + 1))))).toEqual(vectors.roots);
});

it('gives the committed parts, a nonce among them', () => {
  expect(sha256DigestParts(sha256Module)).toEqual(vectors.parts);
});

it('refuses bad input as in Node', () => {
  expect(() => kernel.hashMany(new Uint8Array(3), 2, 2)).toThrow(KernelFault);
  const search = { preimage: new Uint8Array(80), nonceAt: 72, start: 2n ** 64n, count: 1, target: new Uint8Array(32) };
  expect(() => kernel.searchNonce(search)).toThrow(KernelFault);
});
