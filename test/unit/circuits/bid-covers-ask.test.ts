import { bn254_Fr as Fr } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildCircuits } from '../../../circuits/build.ts';
import { commitPrice } from '../../../circuits/commitment.ts';
import { type BidCoversAsk, ProveRefused, proveBidCoversAsk, refusalOf, SALT_MIN } from '../../../circuits/prove.ts';
import { type Constraint, holds, readR1cs } from '../../../circuits/r1cs.ts';
import { poseidon4 } from '../../../protocol/poseidon.ts';
import { verifyKnownProof } from '../../../protocol/proof/groth16-circuits.ts';
import { artefact, witnessOf } from './witness.ts';

const U64 = 1n << 64n;
const honest: BidCoversAsk = {
  bid: 250n,
  ask: 200n,
  bidSalt: SALT_MIN + 5n,
  askSalt: Fr.ORDER - 1n,
  order: 77n,
};
const development = { allowDevelopmentKeys: true };

beforeAll(buildCircuits, 60_000);
// circom's witness program reports each refused assertion on the console as well as by its error.
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

describe('the witness', () => {
  it.each([
    ['bid = ask', { bid: 200n, ask: 200n }],
    ['bid = ask + 1', { bid: 201n, ask: 200n }],
    ['both zero', { bid: 0n, ask: 0n }],
    ['the widest gap', { bid: U64 - 1n, ask: 0n }],
    ['both the largest', { bid: U64 - 1n, ask: U64 - 1n }],
    ['order 0', { order: 0n }],
    ['order r - 1', { order: Fr.ORDER - 1n }],
  ])('exists for %s', async (_, change) => {
    const input = { ...honest, ...change };
    const { values } = await witnessOf(input);
    expect(values.slice(1, 4)).toEqual([
      commitPrice('bid', input.order, input.bid, input.bidSalt),
      commitPrice('ask', input.order, input.ask, input.askSalt),
      input.order,
    ]);
  });

  it.each([
    ['bid = ask - 1', { bid: 199n, ask: 200n }],
    ['the widest shortfall', { bid: 0n, ask: U64 - 1n }],
    ['bid = 2^64', { bid: U64, ask: 200n }],
    ['ask = 2^64, bid = 2^64', { bid: U64, ask: U64 }],
    ['ask = -1, whose difference is small', { bid: 200n, ask: Fr.ORDER - 1n }],
    ['bid = -1, ask = -1', { bid: Fr.ORDER - 1n, ask: Fr.ORDER - 1n }],
    ['bid = 2^64 + ask', { bid: U64 + 200n, ask: 200n }],
  ])('does not exist for %s', async (_, change) => {
    await expect(witnessOf({ ...honest, ...change })).rejects.toThrow(/Assert Failed/);
  });

  it('exists exactly when the bid covers the ask', async () => {
    const price = fc.bigInt({ min: 0n, max: U64 - 1n });
    await fc.assert(
      fc.asyncProperty(price, price, async (bid, ask) => {
        const exists = witnessOf({ ...honest, bid, ask }).then(
          () => true,
          () => false,
        );
        expect(await exists).toBe(bid >= ask);
      }),
      { numRuns: 12 },
    );
  });
});

describe('the constraints', () => {
  it('break when any single signal changes', async () => {
    const system = readR1cs(artefact('r1cs'));
    expect(system.wires).toBe(783);
    const byWire = Array.from({ length: system.wires }, (): Constraint[] => []);
    for (const constraint of system.constraints) {
      const wires = new Set([...constraint.a, ...constraint.b, ...constraint.c].map((term) => term.wire));
      for (const wire of wires) byWire[wire]?.push(constraint);
    }
    const { values } = await witnessOf(honest);
    expect(values.length).toBe(system.wires);
    expect(system.constraints.every((constraint) => holds(constraint, values))).toBe(true);
    // Flips every bit both ways, and moves by one, by the range's width and far off.
    const changes = [1n, Fr.ORDER - 1n, U64, 1n << 200n];
    const unnoticed: number[] = [];
    for (let wire = 1; wire < system.wires; wire++) {
      const original = values[wire] as bigint;
      for (const change of changes) {
        values[wire] = Fr.add(original, change);
        if (byWire[wire]?.every((constraint) => holds(constraint, values))) unnoticed.push(wire);
      }
      values[wire] = original;
    }
    expect(unnoticed).toEqual([]);
  });
});

describe('price commitments', () => {
  it('use the published Poseidon', () => {
    // circomlibjs 0.1.7, test/poseidon.js; the same number stands in the tests of go-iden3-crypto.
    expect(poseidon4([1n, 2n, 3n, 4n])).toBe(
      18821383157269793795438455681495246036402687001665670618754263018637548127333n,
    );
  });

  it('differ by side, order, price and salt', () => {
    const all = [
      commitPrice('bid', 1n, 2n, 3n),
      commitPrice('ask', 1n, 2n, 3n),
      commitPrice('bid', 2n, 2n, 3n),
      commitPrice('bid', 1n, 3n, 3n),
      commitPrice('bid', 1n, 2n, 4n),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('a proof', () => {
  it('is made for bid = ask, verifies, and is bound to both commitments and the order', async () => {
    const input = { ...honest, bid: 200n, ask: 200n };
    const made = await proveBidCoversAsk(input);
    const published = [
      commitPrice('bid', input.order, input.bid, input.bidSalt),
      commitPrice('ask', input.order, input.ask, input.askSalt),
      input.order,
    ].map(String);
    expect(made.publicSignals).toEqual(published);
    expect(verifyKnownProof(made, development)).toEqual({ ok: true });
    const foreign = [
      [`${commitPrice('bid', input.order, input.bid, input.bidSalt + 1n)}`, published[1], published[2]],
      [published[0], `${commitPrice('ask', input.order, input.ask, input.askSalt - 1n)}`, published[2]],
      [published[0], published[1], `${input.order + 1n}`],
      [published[1], published[0], published[2]],
    ];
    for (const publicSignals of foreign) {
      expect(verifyKnownProof({ ...made, publicSignals }, development)).toEqual({
        ok: false,
        code: 'pairing-mismatch',
      });
    }
  });

  it.each<[string, string, Partial<BidCoversAsk>]>([
    ['bid = ask - 1', 'bid-below-ask', { bid: 199n }],
    ['bid = 2^64', 'price-out-of-range', { bid: U64 }],
    ['ask = -1', 'price-out-of-range', { ask: -1n }],
    ['a salt that can be searched', 'salt-out-of-range', { bidSalt: SALT_MIN - 1n }],
    ['salt = r', 'salt-out-of-range', { askSalt: Fr.ORDER }],
    ['order = r', 'order-out-of-range', { order: Fr.ORDER }],
    ['order = -1', 'order-out-of-range', { order: -1n }],
  ])('is refused before proving for %s: %s', async (_, code, change) => {
    expect(refusalOf({ ...honest, ...change })).toBe(code);
    const refused = proveBidCoversAsk({ ...honest, ...change });
    await expect(refused).rejects.toBeInstanceOf(ProveRefused);
    await expect(refused).rejects.toMatchObject({ code });
  });

  it('has nothing to refuse in the honest input', () => {
    expect(refusalOf(honest)).toBeNull();
  });
});
