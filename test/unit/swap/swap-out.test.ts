/** SwapOut: money goes into the swap account, a numbered record stays, and a light client proves it. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { outKey, readTotals, registerSwapSet, swapOuts, writeTotals } from '../../../protocol/record/swap.ts';
import { leafValueHash, recordLeafKey, updateTree } from '../../../protocol/state/leaves.ts';
import { proveKey, verifyExclusion, verifyInclusion } from '../../../protocol/state/proof.ts';
import { treeRoot } from '../../../protocol/state/tree.ts';
import { encodeSwapIn } from '../../../protocol/tx/swap-in.ts';
import { encodeSwapOut, type SwapOut } from '../../../protocol/tx/swap-out.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { advance, applyTo } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { evmKey, SNAPSHOT, SWAP_FUND_ZHI, swapClaim, swapNetwork, TOKEN, testSet } from '../../support/swap.ts';
import { swapFaults } from '../../support/swap-books.ts';

const network = swapNetwork();
const { genesis } = network;
const alice = network.key('alice');
const to = evmKey('receiver').address;
const FUNDS_ZHI = 100_000n;
const fee = genesis.baseFeeZhi;

function funded(on = network): TestChain {
  const chain = new TestChain(on);
  advance(chain, chain.fund(alice, FUNDS_ZHI));
  return chain;
}

const sent = (chain: TestChain, change: Partial<SwapOut> = {}): Uint8Array => {
  chain.forgetUnsealed();
  return chain.sign(alice, 'swapOut', encodeSwapOut({ to, amountZhi: 700n as Zhi, ...change }));
};

test('moves money into the swap account and leaves records that are numbered without a gap', () => {
  const chain = funded();
  for (let n = 0n; n < 3n; n++) {
    advance(chain, sent(chain, { amountZhi: (700n + n) as Zhi }));
    expect(swapOuts.read(chain.state, outKey(n))).toMatchObject({
      to,
      amountZhi: 700n + n,
      sender: alice.key,
      height: chain.parent.height,
      timeMs: chain.parent.timeMs,
    });
    expect(swapFaults(chain.state, genesis)).toEqual([]);
  }
  expect(chain.state.account(SYSTEM_ACCOUNT.swap)?.balanceZhi).toBe(SWAP_FUND_ZHI + 2103n);
  expect(chain.state.account(alice.key)?.balanceZhi).toBe(FUNDS_ZHI - 2103n - 3n * fee);
  expect(readTotals(chain.state, genesis)).toMatchObject({ outs: 3n, outZhi: 2103n });
});

test('all that is left after the fee is taken, and not a zhi more', () => {
  const chain = funded();
  expect(applyTo(chain, sent(chain, { amountZhi: (FUNDS_ZHI - fee) as Zhi })).outcome).toEqual(['applied']);
  expect(applyTo(chain, sent(chain, { amountZhi: (FUNDS_ZHI - fee + 1n) as Zhi })).outcome).toEqual([
    'insufficient_balance',
  ]);
});

describe('refused, with nothing moved but the fee', () => {
  test.each<[string, Partial<SwapOut>, string]>([
    ['nothing', { amountZhi: 0n as Zhi }, 'amount_out_of_range'],
    ['more than there is', { amountZhi: (SUPPLY_ZHI + 1n) as Zhi }, 'amount_out_of_range'],
    ['the zero address', { to: new Uint8Array(20) }, 'invalid_field'],
    ['the token’s own address', { to: TOKEN }, 'invalid_field'],
  ])('%s', (_, change, code) => {
    const chain = funded();
    const { outcome, sealed, state } = applyTo(chain, sent(chain, change));
    expect({ outcome, sealed }).toEqual({ outcome: [code], sealed: true });
    expect(state.account(alice.key)?.balanceZhi).toBe(FUNDS_ZHI - fee);
    expect(state.records()).toEqual([]);
  });

  test('on a network that takes over no token', () => {
    const chain = funded(testNetwork('closed'));
    expect(applyTo(chain, sent(chain)).outcome).toEqual(['swap_closed']);
  });
});

test('what came out may be promised again: a set that it covers is registered', () => {
  const chain = funded();
  const now = genesis.createdMs as UnixMs;
  const set = { ...testSet('back', 1), totalZhi: (SNAPSHOT.totalZhi + 700n) as Zhi };
  expect(registerSwapSet(chain.state, genesis, set, now)).toBe('swap_uncovered');
  advance(chain, sent(chain));
  expect(registerSwapSet(chain.state, genesis, set, now)).toBeUndefined();
});

test('what went out in all, and came in, may be more than there is', () => {
  const chain = funded();
  const before = { promisedZhi: SNAPSHOT.totalZhi, claimedZhi: 2n ** 64n - 5n, outZhi: 2n ** 64n - 5n, outs: 19n };
  writeTotals(chain.state, before);
  chain.tree = updateTree(chain.tree, chain.state);
  advance(chain, sent(chain, { amountZhi: 10_000n as Zhi }));
  advance(chain, chain.sign(alice, 'swapIn', encodeSwapIn(swapClaim(network, SNAPSHOT, 0, alice.key))));
  const claimedZhi = before.claimedZhi + 10_000n;
  expect(readTotals(chain.state, genesis)).toMatchObject({ outZhi: claimedZhi, claimedZhi, outs: 20n });
});

test('money comes in, goes out, and the swap account holds what both leave', () => {
  const chain = funded();
  advance(chain, chain.sign(alice, 'swapIn', encodeSwapIn(swapClaim(network, SNAPSHOT, 0, alice.key))));
  advance(chain, sent(chain, { amountZhi: 10_000n as Zhi }));
  expect(chain.state.account(SYSTEM_ACCOUNT.swap)?.balanceZhi).toBe(SWAP_FUND_ZHI);
  expect(treeRoot(chain.tree).sum).toBe(SUPPLY_ZHI);
});

test('the record is proven by the state root, and the absence of the next one', () => {
  const chain = funded();
  advance(chain, sent(chain));
  const root = treeRoot(chain.tree);
  const leafKey = recordLeafKey('swapOut', outKey(0n));
  const value = chain.state.record('swapOut', outKey(0n)) as Uint8Array;
  const leaf = { key: leafKey, valueHash: leafValueHash(value), sum: 0n };
  const proof = proveKey(chain.tree, leafKey);
  expect(verifyInclusion(proof, leaf, root)).toBe(true);
  const other = encodeSwapOut({ to, amountZhi: 701n as Zhi });
  expect(verifyInclusion(proof, { ...leaf, valueHash: leafValueHash(other) }, root)).toBe(false);
  const next = recordLeafKey('swapOut', outKey(1n));
  expect(verifyExclusion(proveKey(chain.tree, next), next, root)).toBe(true);
  expect(verifyExclusion(proveKey(chain.tree, leafKey), leafKey, root)).toBe(false);
});
