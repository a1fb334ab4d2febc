/** Proofs of the state tree against a plain map: of what is there, of what is not, and of the supply. */
import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodecError } from '../../../protocol/codec.ts';
import { taggedHash, ZERO_HASH } from '../../../protocol/hash.ts';
import { branch, leaf, stub } from '../../../protocol/state/node.ts';
import {
  decodeStateProof,
  decodeSupplyProof,
  encodeStateProof,
  encodeSupplyProof,
  proveKey,
  provenKey,
  provenSupply,
  proveSupply,
  type StateProof,
  verifyExclusion,
  verifyInclusion,
} from '../../../protocol/state/proof.ts';
import { treeRoot, UncoveredKeyError } from '../../../protocol/state/tree.ts';
import { flipsRefused } from '../../support/flip.ts';
import { plainMap, treeKey, treeOf, treeWrite, type Write } from '../../support/tree-writes.ts';

const writes = fc.array(treeWrite, { minLength: 1, maxLength: 40 });
const claim = ({ key, value, sum }: Write) => ({ key, valueHash: value, sum });
const numbered = (n: number): Write => ({ key: taggedHash('key', Uint8Array.of(n)), value: ZERO_HASH, sum: BigInt(n) });
const forty = Array.from({ length: 40 }, (_, n) => numbered(n));
const tree = treeOf(forty);
const root = treeRoot(tree);

/** A key whose only bit is `bit`. With the zero key, 256 of them make the deepest tree that there is. */
function bitKey(bit: number): Uint8Array {
  const key = new Uint8Array(32);
  key[bit >> 3] = 0x80 >> (bit & 7);
  return key;
}

describe('a proof of a key', () => {
  test('shows what a plain map has: each present key with its value, any other key as absent', () => {
    let absent = 0;
    fc.assert(
      fc.property(writes, fc.array(treeKey, { minLength: 5 }), (written, others) => {
        const [map, made] = [plainMap(written), treeOf(written)];
        const at = treeRoot(made);
        for (const one of map) {
          const proof = decodeStateProof(encodeStateProof(proveKey(made, one.key)));
          expect(verifyInclusion(proof, claim(one), at)).toBe(true);
          expect(verifyExclusion(proof, one.key, at)).toBe(false);
          expect(verifyInclusion(proof, { ...claim(one), sum: one.sum + 1n }, at)).toBe(false);
          expect(verifyInclusion(proof, { ...claim(one), valueHash: ZERO_HASH }, at)).toBe(false);
        }
        const has = new Set(map.map(({ key }) => bytesToHex(key)));
        for (const key of others.filter((one) => !has.has(bytesToHex(one)))) {
          const proof = decodeStateProof(encodeStateProof(proveKey(made, key)));
          expect(verifyExclusion(proof, key, at)).toBe(true);
          expect(verifyInclusion(proof, { key, valueHash: ZERO_HASH, sum: 0n }, at)).toBe(false);
          absent++;
        }
      }),
    );
    expect(absent).toBeGreaterThan(300);
  });

  test('is of no other root', () => {
    fc.assert(
      fc.property(writes, treeWrite, (written, extra) => {
        const [before, after] = [treeOf(written), treeOf([...written, extra])];
        fc.pre(bytesToHex(treeRoot(before).hash) !== bytesToHex(treeRoot(after).hash));
        for (const key of [extra.key, (written[0] as Write).key]) {
          expect(provenKey(proveKey(before, key), key, treeRoot(after))).toBeUndefined();
          expect(provenKey(proveKey(after, key), key, treeRoot(before))).toBeUndefined();
        }
      }),
    );
  });

  test('of one key shows nothing of a key that is elsewhere in the tree', () => {
    for (const one of forty) {
      for (const other of forty) {
        const shown = provenKey(proveKey(tree, other.key), one.key, root);
        expect(shown?.kind === 'absent').toBe(false);
        expect(shown?.kind === 'present').toBe(one === other);
      }
    }
  });

  test('with any one byte changed shows nothing', () => {
    const present = numbered(7);
    const inclusion = encodeStateProof(proveKey(tree, present.key));
    expect(inclusion.length).toBeGreaterThan(200);
    expect(flipsRefused(inclusion, (bytes) => verifyInclusion(decodeStateProof(bytes), claim(present), root))).toBe(
      inclusion.length,
    );
    const { key } = numbered(99);
    const exclusion = encodeStateProof(proveKey(tree, key));
    const refused = flipsRefused(exclusion, (bytes) => provenKey(decodeStateProof(bytes), key, root) !== undefined);
    expect(refused).toBe(exclusion.length);
  });

  test('in the deepest tree has 256 steps; no proof has more', () => {
    const keys = [new Uint8Array(32), ...Array.from({ length: 256 }, (_, bit) => bitKey(bit))];
    const deep = treeOf(keys.map((key, n) => ({ key, value: ZERO_HASH, sum: BigInt(n) })));
    const zero = keys[0] as Uint8Array;
    const proof = proveKey(deep, zero);
    expect(proof.path).toHaveLength(256);
    const again = decodeStateProof(encodeStateProof(proof));
    expect(provenKey(again, zero, treeRoot(deep))).toEqual({ kind: 'present', valueHash: ZERO_HASH, sum: 0n });
    const longer = { ...proof, path: [...proof.path, proof.path[0] as StateProof['path'][0]] };
    expect(() => encodeStateProof(longer)).toThrow(CodecError);
  });

  test('in the empty tree is that of nothing', () => {
    const { key } = numbered(1);
    const empty = treeRoot(undefined);
    const proof = proveKey(undefined, key);
    expect(provenKey(proof, key, empty)).toEqual({ kind: 'absent' });
    expect(provenKey(proof, key, root)).toBeUndefined();
    expect(provenKey(proof, key, { ...empty, sum: 1n })).toBeUndefined();
    const { path } = proveKey(tree, key);
    expect(provenKey({ path, leaf: undefined }, key, empty)).toBeUndefined();
  });

  test.each<[string, (proof: StateProof) => StateProof]>([
    ['a step left out', ({ path, leaf: at }) => ({ path: path.slice(1), leaf: at })],
    ['a step twice', ({ path, leaf: at }) => ({ path: [path[0] as (typeof path)[0], ...path], leaf: at })],
    ['its steps reversed', ({ path, leaf: at }) => ({ path: path.toReversed(), leaf: at })],
    ['no leaf', ({ path }) => ({ path, leaf: undefined })],
  ])('with %s shows nothing', (_, change) => {
    const { key } = numbered(7);
    expect(provenKey(change(proveKey(tree, key)), key, root)).toBeUndefined();
  });

  test('whose branches lead the key elsewhere shows nothing, though it hashes to the root', () => {
    const [zero, one] = [bitKey(200), bitKey(0)];
    // A root that no honest tree has: the leaf of `one`, whose first bit is set, on the left of a branch at that bit.
    const low = leaf(one, ZERO_HASH, 1n);
    const high = leaf(zero, ZERO_HASH, 2n);
    const crooked = branch(0, low, high);
    const path = [{ bit: 0, hash: low.hash, sum: low.sum }];
    const proof = { path, leaf: { key: zero, valueHash: ZERO_HASH, sum: 2n } };
    expect(provenKey(proof, zero, crooked)).toBeUndefined();
    expect(provenKey(proof, one, crooked)).toBeUndefined();
  });

  test('takes no spare bytes, and no partial tree that does not reach the key', () => {
    const { key } = numbered(7);
    const bytes = encodeStateProof(proveKey(tree, key));
    expect(() => decodeStateProof(Uint8Array.of(...bytes, 0))).toThrow(CodecError);
    expect(() => proveKey(stub(root), key)).toThrow(UncoveredKeyError);
  });
});

describe('a proof of the supply', () => {
  test('gives the sum of all balances from the hash of the root alone', () => {
    fc.assert(
      fc.property(fc.array(treeWrite, { maxLength: 20 }), (written) => {
        const made = treeOf(written);
        const proof = proveSupply(made);
        if (!proof) throw new Error('a whole tree proves its supply');
        const sum = plainMap(written).reduce((total, one) => total + one.sum, 0n);
        const again = decodeSupplyProof(encodeSupplyProof(proof));
        expect(provenSupply(again, treeRoot(made).hash)).toBe(sum);
        expect(provenSupply(again, taggedHash('another root'))).toBeUndefined();
      }),
    );
  });

  test.each([
    ['branch', tree],
    ['leaf', treeOf([numbered(3)])],
  ])('of a %s, with any one byte changed, is refused', (kind, made) => {
    const proof = proveSupply(made);
    if (!proof) throw new Error('a whole tree proves its supply');
    expect(proof.kind).toBe(kind);
    const bytes = encodeSupplyProof(proof);
    const holds = (changed: Uint8Array) => provenSupply(decodeSupplyProof(changed), treeRoot(made).hash) !== undefined;
    expect(flipsRefused(bytes, holds)).toBe(bytes.length);
  });

  test('can be made with the root node at hand only', () => {
    expect(proveSupply(stub(root))).toBeUndefined();
  });
});
