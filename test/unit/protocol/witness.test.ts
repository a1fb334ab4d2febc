/** Witnesses: what they cover reads as the whole state does, what they don't is told, and there is one for a set of keys. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodecError } from '../../../protocol/codec.ts';
import { taggedHash, ZERO_HASH } from '../../../protocol/hash.ts';
import type { Account } from '../../../protocol/state/account.ts';
import { updateTree } from '../../../protocol/state/leaves.ts';
import type { StateTree } from '../../../protocol/state/node.ts';
import { Overlay } from '../../../protocol/state/overlay.ts';
import { PartialState, UnsoundWitnessError } from '../../../protocol/state/partial.ts';
import { RECORD_BYTES_MAX } from '../../../protocol/state/record.ts';
import { sameRoot, treeRoot, UncoveredKeyError } from '../../../protocol/state/tree.ts';
import {
  decodeWitness,
  encodeWitness,
  WITNESS_BYTES_MAX,
  type WitnessNode,
  witnessOf,
} from '../../../protocol/state/witness.ts';
import type { Zhi } from '../../../protocol/units.ts';
import { flipsRefused } from '../../support/flip.ts';
import { orderAt } from '../../support/order-stages.ts';

const NOTHING = { account: () => undefined, order: () => undefined, record: () => undefined };
const keyOf = (n: number) => taggedHash('account', Uint8Array.of(n & 255, n >> 8));
const account = (balance: number, nonce = 0): Account => ({
  balanceZhi: BigInt(balance) as Zhi,
  nonce: BigInt(nonce),
  homeRegion: 1,
});

interface World {
  readonly state: Overlay;
  readonly tree: StateTree;
}

/** Accounts of these numbers. */
function worldOf(numbers: readonly number[]): World {
  const state = new Overlay(NOTHING);
  for (const n of numbers) state.setAccount(keyOf(n), account(n));
  return { state, tree: updateTree(undefined, state) };
}

const witnessBytes = ({ state, tree }: World, accounts: readonly number[]) =>
  encodeWitness(witnessOf(tree, state, { accounts: accounts.map(keyOf), orders: [], records: [] }));
const partialOf = (bytes: Uint8Array) => new PartialState(decodeWitness(bytes));

const numbers = fc.uniqueArray(fc.nat(400), { maxLength: 60 });
const thirty = worldOf(Array.from({ length: 30 }, (_, n) => n));

describe('a witness', () => {
  test('has the root of the whole tree, and what it covers reads as the whole state does', () => {
    let absent = 0;
    fc.assert(
      fc.property(numbers, numbers, (present, touched) => {
        const world = worldOf(present);
        const partial = partialOf(witnessBytes(world, touched));
        expect(sameRoot(partial.root, treeRoot(world.tree))).toBe(true);
        for (const n of touched) {
          const found = partial.account(keyOf(n));
          expect(found).toEqual(world.state.account(keyOf(n)));
          if (!found) absent++;
        }
        expect(partial.spare).toBe(0);
      }),
    );
    expect(absent).toBeGreaterThan(300);
  });

  test('gives the root of the whole tree after writes to what it covers', () => {
    fc.assert(
      fc.property(numbers, numbers, (present, touched) => {
        const world = worldOf(present);
        const partial = partialOf(witnessBytes(world, touched));
        const writes = new Overlay(NOTHING);
        for (const n of touched) writes.setAccount(keyOf(n), account(n + 1, 1));
        const after = treeRoot(updateTree(partial.tree, writes));
        expect(sameRoot(after, treeRoot(updateTree(world.tree, writes)))).toBe(true);
      }),
    );
  });

  test('is the same for the same keys in whatever order, and decodes to the same bytes', () => {
    const bytes = witnessBytes(thirty, [3, 99, 7, 250]);
    expect(witnessBytes(thirty, [250, 7, 3, 99])).toEqual(bytes);
    expect(encodeWitness(decodeWitness(bytes))).toEqual(bytes);
  });

  test('does not say of a key that it does not cover that it is absent', () => {
    const bytes = witnessBytes(thirty, [3, 99]);
    let uncovered = 0;
    for (let n = 0; n < 30; n++) {
      if (n === 3) continue;
      expect(() => partialOf(bytes).account(keyOf(n))).toThrow(UncoveredKeyError);
      uncovered++;
    }
    expect(uncovered).toBe(29);
    expect(() => partialOf(bytes).order(keyOf(3))).toThrow(UncoveredKeyError);
    const writes = new Overlay(NOTHING);
    writes.setAccount(keyOf(11), account(5));
    expect(() => updateTree(partialOf(bytes).tree, writes)).toThrow(UncoveredKeyError);
  });

  test('that shows more than is read has leaves to spare', () => {
    const partial = partialOf(witnessBytes(thirty, [3, 4, 300]));
    expect(partial.spare).toBe(3);
    partial.account(keyOf(3));
    expect(partial.spare).toBe(2);
    partial.account(keyOf(300));
    expect(partial.spare).toBe(1);
    partial.account(keyOf(4));
    expect(partial.spare).toBe(0);
  });

  test('that shows the value of a leaf which is only the neighbour of an absent key has it to spare', () => {
    const one = worldOf([5]);
    const partial = partialOf(witnessBytes(one, [5]));
    expect(partial.account(keyOf(6))).toBeUndefined();
    expect(partial.spare).toBe(1);
  });

  test('with any one byte changed has another root, or no form at all', () => {
    const { chain, id } = orderAt('checked');
    const accounts = [
      ...chain.state
        .accounts()
        .map(({ key }) => key)
        .slice(0, 3),
      keyOf(7),
    ];
    const witness = witnessOf(chain.tree, chain.state, { accounts, orders: [id, keyOf(8)], records: [] });
    const bytes = encodeWitness(witness);
    expect(bytes.length).toBeGreaterThan(500);
    const holds = (changed: Uint8Array): boolean => {
      try {
        return sameRoot(partialOf(changed).root, treeRoot(chain.tree));
      } catch (error) {
        if (error instanceof UnsoundWitnessError) return false;
        throw error;
      }
    };
    expect(holds(bytes)).toBe(true);
    expect(flipsRefused(bytes, holds)).toBe(bytes.length);
  });

  test('of the empty tree says that every key is absent', () => {
    const bytes = witnessBytes({ state: new Overlay(NOTHING), tree: undefined }, [1]);
    expect(bytes).toEqual(Uint8Array.of(0));
    const partial = partialOf(bytes);
    expect(partial.account(keyOf(1))).toBeUndefined();
    expect(partial.root).toEqual({ hash: ZERO_HASH, sum: 0n });
  });

  test('is not made of a tree and a state that differ', () => {
    const other = worldOf([1, 2, 3]);
    const touched = { accounts: [keyOf(20)], orders: [], records: [] };
    expect(() => witnessOf(thirty.tree, other.state, touched)).toThrow('the tree differs from the state');
    expect(() => witnessOf(other.tree, thirty.state, touched)).toThrow('the tree differs from the state');
    expect(() => witnessOf(undefined, thirty.state, touched)).toThrow('a state without its tree');
  });
});

describe('records in a witness', () => {
  const value = Uint8Array.of(1, 2, 3);
  const world = (): World => {
    const state = new Overlay(NOTHING);
    for (let n = 0; n < 12; n++) {
      state.setAccount(keyOf(n), account(n));
      state.setRecord('bond', keyOf(n), Uint8Array.of(n));
      state.setRecord('tally', keyOf(n), value);
    }
    return { state, tree: updateTree(undefined, state) };
  };
  const { state, tree } = world();
  const records = [
    { kind: 'bond', key: keyOf(3) },
    { kind: 'tally', key: keyOf(99) },
  ] as const;
  const bytes = encodeWitness(witnessOf(tree, state, { accounts: [], orders: [], records }));

  test('read as the whole state does, by kind and key, and are spare while nobody reads them', () => {
    const partial = partialOf(bytes);
    expect(sameRoot(partial.root, treeRoot(tree))).toBe(true);
    expect(partial.spare).toBe(2);
    expect(partial.record('bond', keyOf(3))).toEqual(Uint8Array.of(3));
    expect(partial.record('tally', keyOf(99))).toBeUndefined();
    expect(partial.spare).toBe(0);
  });

  test('of another kind or key are not known, though the same key is shown', () => {
    const partial = partialOf(bytes);
    expect(() => partial.record('tally', keyOf(3))).toThrow(UncoveredKeyError);
    expect(() => partial.record('bond', keyOf(4))).toThrow(UncoveredKeyError);
    expect(() => partial.account(keyOf(3))).toThrow(UncoveredKeyError);
  });

  test('can be written where they are covered, absent ones too, and nowhere else', () => {
    const writes = new Overlay(NOTHING);
    writes.setRecord('bond', keyOf(3), value);
    writes.setRecord('tally', keyOf(99), value);
    const after = treeRoot(updateTree(partialOf(bytes).tree, writes));
    expect(sameRoot(after, treeRoot(updateTree(tree, writes)))).toBe(true);
    writes.setRecord('bond', keyOf(5), value);
    expect(() => updateTree(partialOf(bytes).tree, writes)).toThrow(UncoveredKeyError);
  });

  test('with any one byte changed have another root, or no form', () => {
    const holds = (changed: Uint8Array): boolean => {
      try {
        return sameRoot(partialOf(changed).root, treeRoot(tree));
      } catch (error) {
        if (error instanceof UnsoundWitnessError) return false;
        throw error;
      }
    };
    expect(holds(bytes)).toBe(true);
    expect(flipsRefused(bytes, holds)).toBe(bytes.length);
  });

  test('beyond their bound are no witness', () => {
    const long = { kind: 'record', record: 'bond', key: keyOf(1), value: new Uint8Array(RECORD_BYTES_MAX) } as const;
    expect(decodeWitness(encodeWitness(long))).toEqual(long);
    expect(() => encodeWitness({ ...long, value: new Uint8Array(RECORD_BYTES_MAX + 1) })).toThrow(CodecError);
  });
});

describe('bytes that are no witness', () => {
  const stubNode = { kind: 'stub', hash: ZERO_HASH, sum: 1n } as const;
  const neighbour = (first: number): WitnessNode => ({
    kind: 'neighbour',
    key: Uint8Array.of(first, ...new Uint8Array(31)),
    valueHash: ZERO_HASH,
    sum: 1n,
  });
  const branchOf = (bit: number, left: WitnessNode, right: WitnessNode): WitnessNode => ({
    kind: 'branch',
    bit,
    left,
    right,
  });

  test.each<[string, WitnessNode]>([
    ['two stubs under a branch', branchOf(3, stubNode, stubNode)],
    ['a branch below one of the same bit', branchOf(3, branchOf(3, neighbour(0), stubNode), stubNode)],
    ['a branch below one of a larger bit', branchOf(3, branchOf(2, neighbour(0), stubNode), stubNode)],
  ])('%s', (_, node) => {
    expect(() => decodeWitness(encodeWitness(node))).toThrow(CodecError);
  });

  test.each<[string, Uint8Array]>([
    ['a spare byte', Uint8Array.of(...witnessBytes(thirty, [3]), 0)],
    ['a byte too few', witnessBytes(thirty, [3]).slice(0, -1)],
    ['an unknown kind', Uint8Array.of(1, 6)],
    ['no bytes', new Uint8Array(0)],
    ['more than a message holds', new Uint8Array(WITNESS_BYTES_MAX + 1)],
    ['branches without an end', Uint8Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? 1 : 255))],
  ])('%s', (_, bytes) => {
    expect(() => decodeWitness(bytes)).toThrow(CodecError);
  });

  test.each<[string, WitnessNode]>([
    ['sides swapped', branchOf(0, neighbour(0x80), neighbour(0))],
    ['keys that part earlier', branchOf(1, neighbour(0), neighbour(0xc0))],
    ['one key on the wrong side', branchOf(0, stubNode, neighbour(0))],
  ])('a tree that no writes make: %s', (_, node) => {
    expect(() => new PartialState(node)).toThrow(UnsoundWitnessError);
  });
});
