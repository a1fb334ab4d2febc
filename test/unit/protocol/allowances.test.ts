/** Allow and OrderOpenFor: a key opens orders at its payer's expense, up to a limit and a height, and does nothing else. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { liveAllowance } from '../../../protocol/record/allowance.ts';
import { regionNumber } from '../../../protocol/regions.ts';
import { type Allow, encodeAllow } from '../../../protocol/tx/allow.ts';
import { transactionHash } from '../../../protocol/tx/envelope.ts';
import { encodeOrderOpen, type OrderOpen, orderIdOf } from '../../../protocol/tx/order-open.ts';
import { encodeOrderOpenFor } from '../../../protocol/tx/order-open-for.ts';
import { encodeOrderRefund } from '../../../protocol/tx/order-refund.ts';
import { type BlockHeight, SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { advance, applyTo } from '../../support/apply.ts';
import type { KeyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';
import { openBody, steps } from '../../support/order-life.ts';
import { FEE_ZHI, StakeChain } from '../../support/stakes.ts';

const network = testNetwork();
const bearer = network.key('bearer');
const LIMIT = 100_000n;
const OPEN_FEE = 6n * FEE_ZHI;

const allowBody = (change: Partial<Allow> = {}) =>
  encodeAllow({ key: bearer.key, limitZhi: LIMIT as Zhi, expiryHeight: 50n as BlockHeight, ...change });

function allowed(change: Partial<Allow> = {}): StakeChain {
  const chain = new StakeChain(network);
  chain.do(chain.alice, 'allow', allowBody(change));
  return chain;
}

const left = (chain: StakeChain, state = chain.state) =>
  liveAllowance(state, chain.alice.key, bearer.key, (chain.parent.height + 1n) as BlockHeight)?.leftZhi;

function openFor(chain: StakeChain, payer: KeyPair, change: Partial<OrderOpen> = {}): Uint8Array {
  const order = openBody(chain, { priceLimitZhi: 40_000n as Zhi, ...change });
  return encodeOrderOpenFor({ payer: payer.key, order });
}

describe('Allow', () => {
  test('gives the key an account at the payer’s home and a limit, and takes nothing', () => {
    const chain = allowed();
    expect(chain.state.account(bearer.key)).toEqual({ balanceZhi: 0n, nonce: 0n, homeRegion: regionNumber('weur') });
    expect(left(chain)).toBe(LIMIT);
  });

  test('again replaces the limit; with 0 ends it', () => {
    const chain = allowed();
    chain.do(chain.alice, 'allow', allowBody({ limitZhi: 7n as Zhi }));
    expect(left(chain)).toBe(7n);
    chain.do(chain.alice, 'allow', allowBody({ limitZhi: 0n as Zhi, expiryHeight: 0n as BlockHeight }));
    expect(left(chain)).toBeUndefined();
    // Ended again: no harm, and no refusal.
    chain.do(chain.alice, 'allow', allowBody({ limitZhi: 0n as Zhi }));
    expect(left(chain)).toBeUndefined();
  });

  test('ends none for a key that was never allowed any, and opens no account for it', () => {
    const chain = new StakeChain(network);
    const result = chain.try(chain.alice, 'allow', allowBody({ limitZhi: 0n as Zhi }));
    expect(result).toMatchObject({ sealed: true, outcome: ['unknown_allowance'] });
    expect(result.state.account(bearer.key)).toBeUndefined();
    expect(result.state.records()).toEqual([]);
    // Another's allowance for the key is not the sender's.
    const ofAlice = allowed();
    ofAlice.refuses('unknown_allowance', ofAlice.bob, 'allow', allowBody({ limitZhi: 0n as Zhi }));
    expect(left(ofAlice)).toBe(LIMIT);
  });

  test.each<[string, (chain: StakeChain) => Partial<Allow>, string]>([
    ['oneself', (chain) => ({ key: chain.alice.key }), 'invalid_field'],
    ['a system account', () => ({ key: SYSTEM_ACCOUNT.bonds }), 'system_account'],
    ['more than the supply', () => ({ limitZhi: (SUPPLY_ZHI + 1n) as Zhi }), 'amount_out_of_range'],
    [
      'an expiry that has come',
      (chain) => ({ expiryHeight: (chain.parent.height + 1n) as BlockHeight }),
      'expiry_too_soon',
    ],
    ['a key with another home', () => ({ key: network.searcher('sam').key }), 'wrong_home_region'],
  ])('refuses %s', (_, change, code) => {
    const chain = new StakeChain(network);
    chain.refuses(code, chain.alice, 'allow', allowBody(change(chain)));
  });
});

describe('OrderOpenFor', () => {
  test('opens the payer’s order: its escrow, its fee, its refund, counted against the limit', () => {
    const chain = allowed();
    const before = chain.balance(chain.alice.key);
    const bytes = chain.sign(bearer, 'orderOpenFor', openFor(chain, chain.alice));
    const id = orderIdOf(regionNumber('weur'), transactionHash(bytes));
    advance(chain, bytes);
    expect(chain.state.order(id)).toMatchObject({ state: 'open', demander: chain.alice.key, priceLimitZhi: 40_000n });
    expect(chain.balance(chain.alice.key)).toBe(before - 40_000n - OPEN_FEE);
    expect(chain.state.account(bearer.key)).toMatchObject({ balanceZhi: 0n, nonce: 1n });
    expect(left(chain)).toBe(LIMIT - 40_000n - OPEN_FEE);
    const cancel = encodeOrderRefund({ order: id, reason: 'cancel' });
    chain.refuses('not_authorised', bearer, 'orderRefund', cancel);
    chain.do(chain.alice, 'orderRefund', cancel);
    expect(chain.balance(chain.alice.key)).toBe(before - OPEN_FEE);
    // What returns does not refill the limit.
    expect(left(chain)).toBe(LIMIT - 40_000n - OPEN_FEE);
  });

  test('is matched and paid as any order', () => {
    const chain = allowed();
    const bytes = chain.sign(bearer, 'orderOpenFor', openFor(chain, chain.alice));
    const id = orderIdOf(regionNumber('weur'), transactionHash(bytes));
    advance(chain, bytes);
    for (const step of [steps.match, steps.work, steps.verdict, steps.settle]) advance(chain, step(chain, id));
    expect(chain.state.order(id)?.state).toBe('settled');
  });

  test('a refused order costs the payer its fee, and the limit as much', () => {
    const chain = allowed();
    const result = chain.try(bearer, 'orderOpenFor', openFor(chain, chain.alice, { priceLimitZhi: 1n as Zhi }));
    expect(result).toMatchObject({ sealed: true, outcome: ['price_limit_below_quote'] });
    expect(left(chain, result.state)).toBe(LIMIT - OPEN_FEE);
    expect(result.state.orders()).toEqual([]);
    expect(chain.balance(chain.alice.key, result)).toBe(chain.balance(chain.alice.key) - OPEN_FEE);
    expect(result.state.account(bearer.key)?.nonce).toBe(1n);
  });

  test.each<[string, Partial<OrderOpen>, string]>([
    ['more than the limit', { priceLimitZhi: (LIMIT - OPEN_FEE + 1n) as Zhi }, 'allowance_exceeded'],
    ['another region than the payer’s', { region: regionNumber('sam') }, 'wrong_home_region'],
    ['a deadline that has passed', { deadlineMs: 1n as UnixMs }, 'deadline_passed'],
  ])('refuses %s', (_, change, code) => {
    const chain = allowed();
    const result = chain.try(bearer, 'orderOpenFor', openFor(chain, chain.alice, change));
    expect(result).toMatchObject({ sealed: true, outcome: [code] });
    expect(result.state.orders()).toEqual([]);
  });

  test('takes exactly the limit', () => {
    const chain = allowed();
    const all = openFor(chain, chain.alice, { priceLimitZhi: (LIMIT - OPEN_FEE) as Zhi });
    expect(chain.try(bearer, 'orderOpenFor', all).outcome).toEqual(['applied']);
  });

  test('is in no block at all without an allowance, after its height, once it is revoked, or from another’s money', () => {
    const notTaken = (chain: StakeChain, payer: KeyPair) => {
      const result = applyTo(chain, chain.sign(bearer, 'orderOpenFor', openFor(chain, payer)));
      expect([...result.state.accounts(), ...result.state.records()]).toEqual([]);
      expect(result.sealed).toBe(false);
      return result.outcome;
    };
    const chain = allowed();
    expect(notTaken(chain, chain.bob)).toEqual(['unknown_allowance']);
    chain.do(chain.alice, 'allow', allowBody({ limitZhi: 0n as Zhi }));
    expect(notTaken(chain, chain.alice)).toEqual(['unknown_allowance']);
    const poor = allowed({ limitZhi: (OPEN_FEE - 1n) as Zhi });
    expect(notTaken(poor, poor.alice)).toEqual(['allowance_exceeded']);
    const late = allowed({ expiryHeight: 4n as BlockHeight });
    expect(late.parent.height).toBe(3n);
    expect(late.try(bearer, 'orderOpenFor', openFor(late, late.alice)).outcome).toEqual(['applied']);
    advance(late, late.fund(late.bob, 1n));
    late.forgetUnsealed();
    expect(notTaken(late, late.alice)).toEqual(['unknown_allowance']);
    const unknown = new StakeChain(network);
    expect(notTaken(unknown, unknown.alice)).toEqual(['unknown_account']);
  });

  test('spends nothing of a payer that has nothing left', () => {
    const chain = allowed({ limitZhi: SUPPLY_ZHI });
    const result = chain.try(bearer, 'orderOpenFor', openFor(chain, chain.alice, { priceLimitZhi: 9_000_000n as Zhi }));
    expect(result).toMatchObject({ sealed: true, outcome: ['insufficient_balance'] });
  });

  test('a bearer’s other transactions find no money', () => {
    const chain = allowed();
    const order = encodeOrderOpen(openBody(chain));
    expect(chain.try(bearer, 'orderOpen', order)).toMatchObject({ sealed: false, outcome: ['insufficient_balance'] });
  });
});
