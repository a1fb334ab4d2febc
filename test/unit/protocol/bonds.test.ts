/** Bond, Unbond, Vote: what is locked, when it comes back, and whom its weight speaks for. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { bondOf, UNBONDING_MS, UNBONDINGS_MAX, weightOf } from '../../../protocol/record/bond.ts';
import { encodeBond } from '../../../protocol/tx/bond.ts';
import { encodeUnbond } from '../../../protocol/tx/unbond.ts';
import { encodeVote } from '../../../protocol/tx/vote.ts';
import { SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { bookFaults } from '../../support/books.ts';
import { FEE_ZHI, FUNDS_ZHI, StakeChain } from '../../support/stakes.ts';

const bond = (amount: bigint) => encodeBond({ amountZhi: amount as Zhi });
const begin = (amount: bigint) => encodeUnbond({ kind: 'begin', amountZhi: amount as Zhi });
const WITHDRAW = encodeUnbond({ kind: 'withdraw' });
const candidate = new Uint8Array(32).fill(3);
const other = new Uint8Array(32).fill(4);
const forKey = (key: Uint8Array | undefined) => encodeVote({ candidate: key });

describe('Bond', () => {
  test('locks money with the bonds account, twice over', () => {
    const chain = new StakeChain();
    chain.do(chain.alice, 'bond', bond(1000n));
    const result = chain.try(chain.alice, 'bond', bond(500n));
    expect(result.outcome).toEqual(['applied']);
    expect(bondOf(result.state, chain.alice.key)).toEqual({ bondedZhi: 1500n, unbonding: [], candidate: undefined });
    expect(chain.balance(SYSTEM_ACCOUNT.bonds, result)).toBe(1500n);
    expect(chain.balance(chain.alice.key, result)).toBe(FUNDS_ZHI - 1500n - 2n * FEE_ZHI);
  });

  test.each<[string, bigint, string]>([
    ['nothing', 0n, 'amount_out_of_range'],
    ['more than the supply', SUPPLY_ZHI + 1n, 'amount_out_of_range'],
    ['more than is left after the fee', FUNDS_ZHI - FEE_ZHI + 1n, 'insufficient_balance'],
  ])('refuses %s', (_, amount, code) => {
    const chain = new StakeChain();
    chain.refuses(code, chain.alice, 'bond', bond(amount));
  });
});

describe('Unbond', () => {
  const bonded = () => {
    const chain = new StakeChain();
    chain.do(chain.alice, 'bond', bond(1000n));
    return chain;
  };

  test('pays nothing a millisecond before 21 days, and all of it then', () => {
    const chain = bonded();
    chain.do(chain.alice, 'unbond', begin(400n));
    const releaseMs = chain.parent.timeMs + UNBONDING_MS;
    expect(UNBONDING_MS).toBe(21n * 24n * 3_600_000n);
    expect(bondOf(chain.state, chain.alice.key)).toMatchObject({
      bondedZhi: 600n,
      unbonding: [{ amountZhi: 400n, releaseMs }],
    });
    expect(chain.balance(SYSTEM_ACCOUNT.bonds)).toBe(1000n);
    chain.refuses('nothing_due', chain.alice, 'unbond', WITHDRAW, releaseMs - 1n);
    const before = chain.balance(chain.alice.key);
    const result = chain.try(chain.alice, 'unbond', WITHDRAW, releaseMs);
    expect(chain.balance(chain.alice.key, result)).toBe(before + 400n - FEE_ZHI);
    expect(chain.balance(SYSTEM_ACCOUNT.bonds, result)).toBe(600n);
    expect(bondOf(result.state, chain.alice.key).unbonding).toEqual([]);
  });

  test('pays of several only what is due, and nothing twice', () => {
    const chain = bonded();
    chain.do(chain.alice, 'unbond', begin(100n));
    const first = chain.parent.timeMs + UNBONDING_MS;
    chain.do(chain.alice, 'unbond', begin(200n));
    chain.do(chain.alice, 'unbond', WITHDRAW, first);
    expect(bondOf(chain.state, chain.alice.key).unbonding).toMatchObject([{ amountZhi: 200n }]);
    chain.refuses('nothing_due', chain.alice, 'unbond', WITHDRAW, first);
  });

  test('refuses more than is bonded, nothing, one too many, and whoever has no bond', () => {
    const chain = bonded();
    chain.refuses('insufficient_bond', chain.alice, 'unbond', begin(1001n));
    chain.refuses('amount_out_of_range', chain.alice, 'unbond', begin(0n));
    chain.refuses('insufficient_bond', chain.bob, 'unbond', begin(1n));
    chain.refuses('nothing_due', chain.bob, 'unbond', WITHDRAW);
    for (let i = 0; i < UNBONDINGS_MAX; i++) chain.do(chain.alice, 'unbond', begin(1n));
    chain.refuses('too_many_unbondings', chain.alice, 'unbond', begin(1n));
  });
});

describe('Vote', () => {
  test('weighs the bond, follows it, and moves to another candidate or to none', () => {
    const chain = new StakeChain();
    chain.do(chain.alice, 'bond', bond(1000n));
    chain.do(chain.bob, 'bond', bond(70n));
    chain.do(chain.alice, 'vote', forKey(candidate));
    chain.do(chain.bob, 'vote', forKey(candidate));
    expect(weightOf(chain.state, candidate)).toBe(1070n);
    chain.do(chain.alice, 'bond', bond(30n));
    expect(weightOf(chain.state, candidate)).toBe(1100n);
    chain.do(chain.alice, 'unbond', begin(500n));
    expect(weightOf(chain.state, candidate)).toBe(600n);
    chain.do(chain.alice, 'vote', forKey(other));
    expect([weightOf(chain.state, candidate), weightOf(chain.state, other)]).toEqual([70n, 530n]);
    chain.do(chain.alice, 'vote', forKey(other));
    expect(weightOf(chain.state, other)).toBe(530n);
    chain.do(chain.alice, 'vote', forKey(undefined));
    expect(weightOf(chain.state, other)).toBe(0n);
    expect(bookFaults(chain.state)).toEqual([]);
  });

  test('refuses whoever has nothing bonded, or has taken it back', () => {
    const chain = new StakeChain();
    chain.refuses('insufficient_bond', chain.alice, 'vote', forKey(candidate));
    chain.do(chain.alice, 'bond', bond(10n));
    chain.do(chain.alice, 'unbond', begin(10n));
    chain.refuses('insufficient_bond', chain.alice, 'vote', forKey(candidate));
  });
});
