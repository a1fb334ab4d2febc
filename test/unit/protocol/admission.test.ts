/** What keeps a transaction out of a block altogether, in the order of precedence; and that it then changes nothing. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { buildBlock, candidatesOf } from '../../../protocol/block/build.ts';
import { sign } from '../../../protocol/ed25519.ts';
import { signaturesOf } from '../../../protocol/transition.ts';
import {
  chainIdOf,
  EXPIRY_HORIZON_BLOCKS,
  encodeTransaction,
  parseTransaction,
  signingBytes,
  TX_BYTES_MAX,
  type UnsignedTransaction,
} from '../../../protocol/tx/envelope.ts';
import { feeOf } from '../../../protocol/tx/fee.ts';
import { encodeOrderMatches } from '../../../protocol/tx/order-match.ts';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import { isReservedTxType, RESERVED_TX_TYPES, TX_TYPES, txTypeName, txTypeNumber } from '../../../protocol/tx/types.ts';
import { type BlockHeight, SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { advance, applyTo } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';

const network = testNetwork();
const alice = network.key('alice');
const bob = network.key('bob');
const fee = network.genesis.baseFeeZhi;

function funded(): TestChain {
  const chain = new TestChain(network);
  advance(chain, chain.fund(alice, 10_000n));
  return chain;
}

const transferBody = (amountZhi: bigint, to = bob.key, homeRegion = 5) =>
  encodeTransfer({ to, amountZhi: amountZhi as Zhi, homeRegion });

function transfer(chain: TestChain, change: Partial<UnsignedTransaction> = {}, body = transferBody(100n)): Uint8Array {
  chain.forgetUnsealed();
  return chain.sign(alice, 'transfer', body, change);
}

describe('not sealed', () => {
  const height = (n: bigint): BlockHeight => n as BlockHeight;
  // The chain is at height 1: the next block is 2.
  test.each<[string, Partial<UnsignedTransaction>, string]>([
    ['another version', { version: 2 }, 'tx_malformed'],
    ['a type that does not exist', { type: 99 }, 'tx_malformed'],
    ['type 0', { type: 0 }, 'tx_malformed'],
    ['another chain', { chain: new Uint8Array(8) }, 'wrong_chain'],
    ['an expired transaction', { expiryHeight: height(1n) }, 'tx_expired'],
    ['an expiry beyond the horizon', { expiryHeight: height(2n + EXPIRY_HORIZON_BLOCKS + 1n) }, 'expiry_too_far'],
    ['a fee below the base fee', { feeZhi: (fee - 1n) as Zhi }, 'fee_too_low'],
    ['a sender without an account', { sender: bob.key }, 'unknown_account'],
    ['a gap in the nonces', { nonce: 1n }, 'nonce_gap'],
    ['a fee above the balance', { feeZhi: 10_001n as Zhi }, 'insufficient_balance'],
    ['a body of another type', { body: new Uint8Array(3) }, 'tx_malformed'],
    ['a body with a spare byte', { body: Uint8Array.of(...transferBody(1n), 0) }, 'tx_malformed'],
  ])('%s', (_, change, code) => {
    const chain = funded();
    const { outcome, sealed, state } = applyTo(chain, transfer(chain, change));
    expect({ outcome, sealed }).toEqual({ outcome: [code], sealed: false });
    expect([...state.accounts(), ...state.orders()]).toEqual([]);
  });

  test('a used nonce', () => {
    const chain = funded();
    const bytes = transfer(chain);
    advance(chain, bytes);
    expect(applyTo(chain, bytes).outcome).toEqual(['nonce_used']);
  });

  test('an empty batch', () => {
    const chain = funded();
    const bytes = chain.sign(alice, 'orderMatch', encodeOrderMatches([]));
    expect(applyTo(chain, bytes)).toMatchObject({ sealed: false, outcome: ['tx_malformed'] });
  });

  test('the last height, the furthest expiry and exactly the fee are taken', () => {
    const chain = funded();
    const takes = (change: Partial<UnsignedTransaction>) => applyTo(chain, transfer(chain, change)).outcome;
    expect(takes({ expiryHeight: height(2n) })).toEqual(['applied']);
    expect(takes({ expiryHeight: height(2n + EXPIRY_HORIZON_BLOCKS) })).toEqual(['applied']);
    expect(takes({ feeZhi: fee })).toEqual(['applied']);
  });

  test('of several faults the first in the documented order is told', () => {
    const chain = funded();
    const all: Partial<UnsignedTransaction> = {
      expiryHeight: height(1n),
      feeZhi: 0n as Zhi,
      sender: bob.key,
      nonce: 7n,
    };
    expect(applyTo(chain, transfer(chain, all)).outcome).toEqual(['tx_expired']);
    expect(applyTo(chain, transfer(chain, { ...all, expiryHeight: height(9n) })).outcome).toEqual(['fee_too_low']);
    expect(applyTo(chain, transfer(chain, { sender: bob.key, nonce: 7n })).outcome).toEqual(['unknown_account']);
  });
});

describe('bytes', () => {
  const bytes = transfer(funded());
  const parse = (changed: Uint8Array) => parseTransaction(changed, network.hash);

  test('one canonical form: no truncation, no spare byte', () => {
    expect(parse(bytes).ok).toBe(true);
    for (const changed of [bytes.subarray(0, -1), Uint8Array.of(...bytes, 0), new Uint8Array(0)]) {
      expect(parse(changed)).toMatchObject({ ok: false, code: 'tx_malformed' });
    }
  });

  test('more than 4 KB', () => {
    expect(parse(new Uint8Array(TX_BYTES_MAX + 1))).toMatchObject({ ok: false, code: 'tx_too_large' });
    expect(parse(new Uint8Array(TX_BYTES_MAX))).toMatchObject({ ok: false, code: 'tx_malformed' });
  });

  test.each(Object.keys(RESERVED_TX_TYPES).map(Number))('reserved type %i is refused, not ignored', (type) => {
    expect(isReservedTxType(type)).toBe(true);
    expect(txTypeName(type)).toBeUndefined();
    expect(parse(transfer(funded(), { type }))).toMatchObject({ ok: false, code: 'tx_type_reserved' });
  });

  test('every number is used once, and names and numbers agree', () => {
    for (const [number, name] of Object.entries(TX_TYPES)) {
      expect(txTypeNumber(name)).toBe(Number(number));
      expect(isReservedTxType(Number(number))).toBe(false);
    }
    expect(new Set([...Object.values(TX_TYPES), ...Object.values(RESERVED_TX_TYPES)]).size).toBe(32);
  });
});

describe('signatures', () => {
  const context = {
    genesis: network.genesis,
    genesisHash: network.hash,
    height: 2n as BlockHeight,
    timeMs: 0n as UnixMs,
  };

  test('a block takes no transaction whose signatures failed', () => {
    const chain = funded();
    const candidates = candidatesOf([transfer(chain)], chain.network.hash, false);
    const { genesis, hash: genesisHash } = network;
    const { parent, state, tree } = chain;
    const built = buildBlock({
      genesis,
      genesisHash,
      parent,
      state,
      tree,
      nowMs: 0n as UnixMs,
      proposerSeat: 0,
      candidates,
    });
    expect(built?.refused.map(({ code }) => code)).toEqual(['bad_signature']);
    expect(built?.transactions).toEqual([]);
  });

  test('are bound to the network: the same envelope signs differently elsewhere', () => {
    const other = testNetwork('other');
    const parsed = parseTransaction(transfer(funded()), network.hash);
    if (!parsed.ok) throw new Error(parsed.code);
    expect(signingBytes(other.hash, parsed.value)).not.toEqual(signingBytes(network.hash, parsed.value));
    const replayed = encodeTransaction({ ...parsed.value, chain: chainIdOf(other.hash) });
    expect(parseTransaction(replayed, network.hash)).toMatchObject({ ok: false, code: 'wrong_chain' });
  });

  test('of a batch: the envelope first, then one an entry', () => {
    const entry = {
      order: bob.key,
      attempt: 1,
      provider: bob.key,
      quoteCycles: 1n,
      priceZhi: 1n,
      quoteMs: 1n,
      acceptance: sign(bob.seed, bob.key),
    };
    const batch = encodeOrderMatches([entry, entry] as Parameters<typeof encodeOrderMatches>[0]);
    const parsed = parseTransaction(funded().sign(alice, 'orderMatch', batch), network.hash);
    if (!parsed.ok) throw new Error(parsed.code);
    expect(signaturesOf(parsed.value, context)?.map(({ publicKey }) => publicKey)).toEqual([
      alice.key,
      bob.key,
      bob.key,
    ]);
    expect(signaturesOf({ ...parsed.value, body: new Uint8Array(1) }, context)).toBeUndefined();
    expect(signaturesOf({ ...parsed.value, body: encodeOrderMatches([]) }, context)).toBeUndefined();
  });
});

describe('Transfer', () => {
  test('moves money, burns the fee, and opens an account at its home', () => {
    const chain = funded();
    const { outcome, state, postings } = applyTo(chain, transfer(chain));
    expect(outcome).toEqual(['applied']);
    expect(state.account(bob.key)).toEqual({ balanceZhi: 100n, nonce: 0n, homeRegion: 5 });
    expect(state.account(alice.key)).toEqual({ balanceZhi: 10_000n - 100n - fee, nonce: 1n, homeRegion: 3 });
    const burned = chain.state.account(SYSTEM_ACCOUNT.burned)?.balanceZhi ?? 0n;
    expect(state.account(SYSTEM_ACCOUNT.burned)?.balanceZhi).toBe(burned + fee);
    expect(postings.reduce((sum, { deltaZhi }) => sum + deltaZhi, 0n)).toBe(0n);
  });

  test('a second one leaves the home where it is', () => {
    const chain = funded();
    advance(chain, transfer(chain));
    const { state } = applyTo(chain, transfer(chain, {}, transferBody(100n, bob.key, 1)));
    expect(state.account(bob.key)).toMatchObject({ balanceZhi: 200n, homeRegion: 5 });
  });

  test('to oneself moves nothing but the fee', () => {
    const chain = funded();
    const { outcome, state } = applyTo(chain, transfer(chain, {}, transferBody(9000n, alice.key)));
    expect(outcome).toEqual(['applied']);
    expect(state.account(alice.key)?.balanceZhi).toBe(10_000n - fee);
  });

  test('the whole balance less the fee is taken', () => {
    const chain = funded();
    expect(applyTo(chain, transfer(chain, {}, transferBody(10_000n - fee))).state.account(alice.key)?.balanceZhi).toBe(
      0n,
    );
  });

  test.each<[string, Uint8Array, string]>([
    ['nothing', transferBody(0n), 'amount_out_of_range'],
    ['more than the supply', transferBody(SUPPLY_ZHI + 1n), 'amount_out_of_range'],
    ['a home that does not exist', transferBody(1n, bob.key, 9), 'invalid_field'],
    ['more than is left after the fee', transferBody(10_000n - fee + 1n), 'insufficient_balance'],
    ['a system account as its recipient', transferBody(1n, SYSTEM_ACCOUNT.escrow), 'system_account'],
  ])('refuses %s; the fee is burned and the nonce used', (_, body, code) => {
    const chain = funded();
    const { outcome, sealed, state } = applyTo(chain, transfer(chain, {}, body));
    expect({ outcome, sealed }).toEqual({ outcome: [code], sealed: true });
    expect(state.account(alice.key)).toEqual({ balanceZhi: 10_000n - fee, nonce: 1n, homeRegion: 3 });
    expect(chain.state.account(bob.key) ?? state.account(bob.key)).toBeUndefined();
  });
});

test("fees: an order's demander prepays its life, the roles pay nothing", () => {
  expect(Object.values(TX_TYPES).map((name) => feeOf(name, fee, new Uint8Array()) / fee)).toEqual([
    ...[1n, 6n, 0n, 0n, 0n, 0n, 0n, 0n],
    ...[0n, 0n, 6n],
    ...[1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n],
    ...[0n, 1n, 14n, 1n, 1n, 1n, 1n],
  ]);
});
