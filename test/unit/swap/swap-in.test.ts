/** SwapIn: a record is paid once, to whom its holder named, and the swap account never owes more than it holds. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { witnessFor } from '../../../protocol/block/build.ts';
import { validateBlock } from '../../../protocol/block/validate.ts';
import { ZERO_HASH } from '../../../protocol/hash.ts';
import { claimKey, lockKey, readSet, readTotals, registerSwapSet, swapClaims } from '../../../protocol/record/swap.ts';
import { rootOfParts, SET_RECORDS_MAX, type SetParts } from '../../../protocol/swap/set-parts.ts';
import { signatureFault } from '../../../protocol/transition.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import { encodeSwapIn, type SwapIn } from '../../../protocol/tx/swap-in.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { advance, applyTo } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import {
  type EvmKey,
  SNAPSHOT,
  SWAP_FUND_ZHI,
  signClaim,
  swapClaim,
  swapNetwork,
  type TestSet,
  testSet,
  unsignedClaim,
} from '../../support/swap.ts';
import { swapFaults } from '../../support/swap-books.ts';

const network = swapNetwork();
const { genesis } = network;
const relayer = network.key('relayer');
const alice = network.key('alice');
const NOW = (genesis.createdMs + 5000n) as UnixMs;

function funded(on = network): TestChain {
  const chain = new TestChain(on);
  advance(chain, chain.fund(relayer, 1_000_000n));
  return chain;
}

const claimOf = (index: number, to = alice.key, set: TestSet = SNAPSHOT) => swapClaim(network, set, index, to);
const sent = (chain: TestChain, claim: SwapIn): Uint8Array => {
  chain.forgetUnsealed();
  return chain.sign(relayer, 'swapIn', encodeSwapIn(claim));
};
const outcome = (chain: TestChain, claim: SwapIn): string[] => applyTo(chain, sent(chain, claim)).outcome;
const held = (chain: TestChain) => chain.state.account(SYSTEM_ACCOUNT.swap)?.balanceZhi;

test('pays the record’s amount from the swap account to a new account, at the home that the holder chose', () => {
  const chain = funded();
  const claim = swapClaim(network, SNAPSHOT, 3, alice.key, 'apac');
  advance(chain, sent(chain, claim));
  expect(chain.state.account(alice.key)).toEqual({ balanceZhi: 10_003n, nonce: 0n, homeRegion: claim.homeRegion });
  expect(held(chain)).toBe(SWAP_FUND_ZHI - 10_003n);
  expect(swapClaims.read(chain.state, claimKey(SNAPSHOT.root, 3))).toMatchObject({ recipient: alice.key, index: 3 });
  expect(readSet(chain.state, genesis, SNAPSHOT.root)).toMatchObject({ claimedZhi: 10_003n });
  expect(readTotals(chain.state, genesis)).toMatchObject({ promisedZhi: SNAPSHOT.totalZhi - 10_003n });
  expect(swapFaults(chain.state, genesis)).toEqual([]);
});

test('every record of the snapshot is paid, each once, and then nothing is promised any more', () => {
  const chain = funded();
  for (let index = 0; index < SNAPSHOT.records; index++) {
    advance(chain, sent(chain, claimOf(index)));
    expect(outcome(chain, claimOf(index))).toEqual(['already_claimed']);
    expect(swapFaults(chain.state, genesis)).toEqual([]);
  }
  expect(chain.state.account(alice.key)?.balanceZhi).toBe(SNAPSHOT.totalZhi);
  expect(readTotals(chain.state, genesis)).toMatchObject({ promisedZhi: 0n, claimedZhi: SNAPSHOT.totalZhi });
});

test('a replay by another sender, or to another recipient, is refused too', () => {
  const chain = funded();
  advance(chain, sent(chain, claimOf(0)));
  advance(chain, chain.fund(network.key('other'), 100_000n));
  const again = chain.sign(network.key('other'), 'swapIn', encodeSwapIn(claimOf(0)));
  expect(applyTo(chain, again).outcome).toEqual(['already_claimed']);
  expect(outcome(chain, claimOf(0, relayer.key))).toEqual(['already_claimed']);
});

describe('refused by the state, with nothing paid', () => {
  const right = unsignedClaim(SNAPSHOT, 4, alice.key);
  const holder = SNAPSHOT.keys[4] as EvmKey;
  const other = testSet('unregistered', 4);

  test.each<[string, Partial<SwapIn>, string]>([
    ['a zhi above the record', { amountZhi: (right.amountZhi + 1n) as Zhi }, 'proof_invalid'],
    ['a zhi below it', { amountZhi: (right.amountZhi - 1n) as Zhi }, 'proof_invalid'],
    ['nothing', { amountZhi: 0n as Zhi }, 'amount_out_of_range'],
    ['another holder', { holder: (SNAPSHOT.keys[5] as EvmKey).address }, 'proof_invalid'],
    ['another place', { index: 5 }, 'proof_invalid'],
    ['a place outside the set', { index: SNAPSHOT.records }, 'proof_invalid'],
    ['a set of another size', { records: SNAPSHOT.records + 1 }, 'proof_invalid'],
    ['a lock that the record has not', { lock: { txHash: ZERO_HASH, logIndex: 0 } }, 'proof_invalid'],
    ['a path too short', { path: right.path.slice(1) }, 'proof_invalid'],
    ['a path too long', { path: [...right.path, ZERO_HASH] }, 'proof_invalid'],
    ['a set that nobody registered', { set: other.root }, 'unknown_swap_set'],
    ['no set', { set: ZERO_HASH }, 'unknown_swap_set'],
    ['a system account as the recipient', { recipient: SYSTEM_ACCOUNT.escrow }, 'system_account'],
  ])('%s', (_, change, code) => {
    const chain = funded();
    const before = held(chain);
    // Signed as it then is, so that the signature is not what refuses it.
    const { outcome: got, state } = applyTo(chain, sent(chain, signClaim(network, holder, { ...right, ...change })));
    expect(got).toEqual([code]);
    expect([state.account(SYSTEM_ACCOUNT.swap)?.balanceZhi ?? before, state.account(alice.key)]).toEqual([
      before,
      undefined,
    ]);
    expect(state.records()).toEqual([]);
  });

  test('a home that does not exist', () => {
    const claim = { ...right, homeRegion: 9, signature: new Uint8Array(65) };
    expect(outcome(funded(), claim)).toEqual(['invalid_field']);
  });

  test('on a network that takes over no token', () => {
    const closed = testNetwork('closed');
    expect(outcome(funded(closed), claimOf(0))).toEqual(['swap_closed']);
  });

  test('the last records of a set whose root is over a sum below theirs', () => {
    const honest = testSet('low', 2);
    const totalZhi = 15_000n as Zhi;
    const low: TestSet = { ...honest, totalZhi, root: rootOfParts({ ...honest, totalZhi }) };
    const chain = funded();
    expect(registerSwapSet(chain.state, genesis, low, NOW)).toBeUndefined();
    advance(chain, sent(chain, claimOf(1, alice.key, low)));
    expect(outcome(chain, claimOf(0, alice.key, low))).toEqual(['swap_uncovered']);
    expect(swapFaults(chain.state, genesis)).toEqual([]);
  });

  test('what a swap account that was allotted too little does not hold', () => {
    const allocations = genesis.allocations.map((one) =>
      one.amount === SWAP_FUND_ZHI ? { ...one, amount: 10_000n as Zhi } : one,
    );
    const rest = { account: network.key('rest').key, amount: (SWAP_FUND_ZHI - 10_000n) as Zhi, homeRegion: 0 };
    const poor = testNetwork('swap', { ...genesis, allocations: [...allocations, rest] });
    const chain = funded(poor);
    advance(chain, sent(chain, swapClaim(poor, SNAPSHOT, 0, alice.key)));
    expect(outcome(chain, swapClaim(poor, SNAPSHOT, 1, alice.key))).toEqual(['swap_uncovered']);
  });
});

describe('the signature pass', () => {
  const context = { genesis, genesisHash: network.hash, height: 2n, timeMs: NOW } as Parameters<
    typeof signatureFault
  >[1];
  const fault = async (bytes: Uint8Array) => {
    const parsed = parseTransaction(bytes, network.hash);
    if (!parsed.ok) throw new Error(parsed.code);
    return signatureFault(parsed.value, context, verifyFast);
  };
  const claim = claimOf(2);

  test('takes the holder’s', async () => {
    expect(await fault(sent(funded(), claim))).toBeUndefined();
  });

  test.each<[string, SwapIn]>([
    ['of another holder', signClaim(network, SNAPSHOT.keys[3] as EvmKey, unsignedClaim(SNAPSHOT, 2, alice.key))],
    ['for another recipient', { ...claim, recipient: relayer.key }],
    ['for another home', { ...claim, homeRegion: claim.homeRegion + 1 }],
    ['for a home that does not exist', { ...claim, homeRegion: 9 }],
    ['for another amount', { ...claim, amountZhi: (claim.amountZhi + 1n) as Zhi }],
    ['for another record', { ...claim, index: 3 }],
    ['for another set', { ...claim, set: ZERO_HASH }],
    ['for another network', swapClaim(swapNetwork(testNetwork('elsewhere')), SNAPSHOT, 2, alice.key)],
    [
      'for another chain id',
      swapClaim(testNetwork('swap', { ...genesis, swap: { ...genesis.swap, evmChainId: 1n } }), SNAPSHOT, 2, alice.key),
    ],
    [
      'for another contract',
      swapClaim(
        testNetwork('swap', { ...genesis, swap: { ...genesis.swap, token: new Uint8Array(20) } }),
        SNAPSHOT,
        2,
        alice.key,
      ),
    ],
    ['of no key', { ...claim, signature: new Uint8Array(65) }],
    ['with v of 0 or 1', { ...claim, signature: claim.signature.map((byte, i) => (i === 64 ? byte - 27 : byte)) }],
  ])('refuses one %s', async (_, wrong) => {
    expect(await fault(sent(funded(), wrong))).toBe('bad_signature');
  });

  test('refuses it where the host has no verifier of the scheme', async () => {
    const parsed = parseTransaction(sent(funded(), claim), network.hash);
    if (!parsed.ok) throw new Error(parsed.code);
    const ed25519Only = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
      verifyFast(key, message, signature);
    expect(await signatureFault(parsed.value, context, ed25519Only)).toBe('bad_signature');
  });

  test('is not checked behind a sender’s signature that does not hold', async () => {
    const tx = parseTransaction(sent(funded(), claim), network.hash);
    if (!tx.ok) throw new Error(tx.code);
    const checked: (string | undefined)[] = [];
    const counting: typeof verifyFast = (key, message, signature, scheme) => {
      checked.push(scheme);
      return verifyFast(key, message, signature, scheme);
    };
    expect(await signatureFault(tx.value, context, counting)).toBeUndefined();
    expect(checked).toEqual([undefined, 'evmClaim']);
    const forged = { ...tx.value, signature: tx.value.signature.map((byte) => byte ^ 1) };
    checked.length = 0;
    expect(await signatureFault(forged, context, counting)).toBe('bad_signature');
    expect(checked).toEqual([undefined]);
  });

  test('whoever re-executes a block checks it: a block with a forged claim is not valid', async () => {
    const input = (claims: SwapIn[]) => {
      const chain = new TestChain(network);
      const swaps = claims.map((one) => chain.sign(relayer, 'swapIn', encodeSwapIn(one)));
      const built = chain.build([chain.fund(relayer, 1_000_000n), ...swaps]);
      const genesisHash = network.hash;
      const witness = witnessFor(built, chain);
      return { genesis, genesisHash, previous: undefined, block: built.block, witness, verify: verifyFast };
    };
    expect(await validateBlock(input([claim, claimOf(5)]))).toMatchObject({ ok: true });
    const forged = { ...claimOf(5), recipient: relayer.key };
    expect(await validateBlock(input([claim, forged]))).toMatchObject({
      ok: false,
      code: 'block_invalid',
      evidence: 'transaction 2: bad_signature',
    });
  });
});

describe('a registered set', () => {
  const lock = (logIndex: number) => ({ txHash: new Uint8Array(32).fill(9), logIndex });
  const locks = testSet('lock', 5, lock);

  test('is claimed like the snapshot', () => {
    const chain = funded();
    expect(outcome(chain, claimOf(1, alice.key, locks))).toEqual(['unknown_swap_set']);
    expect(registerSwapSet(chain.state, genesis, locks, NOW)).toBeUndefined();
    expect(readSet(chain.state, genesis, locks.root)).toEqual({
      totalZhi: locks.totalZhi,
      claimedZhi: 0n,
      registeredMs: NOW,
    });
    advance(chain, sent(chain, claimOf(1, alice.key, locks)));
    expect(outcome(chain, claimOf(1, alice.key, locks))).toEqual(['already_claimed']);
    expect(swapClaims.read(chain.state, lockKey(lock(1)))).toMatchObject({ set: locks.root, index: 1 });
    expect(swapFaults(chain.state, genesis)).toEqual([]);
  });

  test('that lists a lock which another lists too: the lock is paid once', () => {
    const chain = funded();
    const again = testSet('lock', 3, lock);
    for (const set of [locks, again]) expect(registerSwapSet(chain.state, genesis, set, NOW)).toBeUndefined();
    advance(chain, sent(chain, claimOf(2, alice.key, locks)));
    expect(outcome(chain, claimOf(2, alice.key, again))).toEqual(['already_claimed']);
    expect(outcome(chain, claimOf(1, alice.key, again))).toEqual(['applied']);
  });

  test.each<[string, Partial<SetParts>, string]>([
    ['of nothing', { totalZhi: 0n as Zhi }, 'invalid_field'],
    ['of less than a zhi a record', { totalZhi: 4n as Zhi }, 'invalid_field'],
    ['of more than there is', { totalZhi: (SUPPLY_ZHI + 1n) as Zhi }, 'invalid_field'],
    ['of no records', { records: 0 }, 'invalid_field'],
    ['of more records than a path reaches', { records: SET_RECORDS_MAX + 1, totalZhi: SUPPLY_ZHI }, 'invalid_field'],
    ['without a tree', { merkleRoot: ZERO_HASH }, 'invalid_field'],
    ['that is the snapshot', SNAPSHOT, 'swap_set_exists'],
    ['above what the swap account has left', { totalZhi: (SNAPSHOT.totalZhi + 1n) as Zhi }, 'swap_uncovered'],
  ])('%s is not registered', (_, change, code) => {
    const chain = funded();
    const count = chain.state.records().length;
    expect(registerSwapSet(chain.state, genesis, { ...locks, ...change }, NOW)).toBe(code);
    expect(chain.state.records().length).toBe(count);
  });

  test('with another sum is another set: it takes nothing from the right one, and its own claims are paid up to it', () => {
    const chain = funded();
    const wrong = { ...locks, totalZhi: (locks.totalZhi + 1n) as Zhi };
    expect(registerSwapSet(chain.state, genesis, wrong, NOW)).toBeUndefined();
    expect(outcome(chain, claimOf(1, alice.key, locks))).toEqual(['unknown_swap_set']);
    expect(registerSwapSet(chain.state, genesis, testSet('own', 1), NOW)).toBeUndefined();
    const root = rootOfParts(wrong);
    expect(readSet(chain.state, genesis, locks.root)).toBeUndefined();
    advance(chain, sent(chain, claimOf(1, alice.key, { ...locks, root })));
    expect(readSet(chain.state, genesis, root)).toMatchObject({ totalZhi: wrong.totalZhi, claimedZhi: 10_001n });
    expect(swapFaults(chain.state, genesis)).toEqual([]);
  });

  test('twice, or on a network without a token, neither', () => {
    const chain = funded();
    expect(registerSwapSet(chain.state, genesis, locks, NOW)).toBeUndefined();
    expect(registerSwapSet(chain.state, genesis, locks, NOW)).toBe('swap_set_exists');
    expect(registerSwapSet(funded(testNetwork('closed')).state, testNetwork('closed').genesis, locks, NOW)).toBe(
      'swap_closed',
    );
  });

  test('takes all that is left, to the zhi', () => {
    const chain = funded();
    expect(registerSwapSet(chain.state, genesis, { ...locks, totalZhi: SNAPSHOT.totalZhi }, NOW)).toBeUndefined();
    const next = { ...testSet('next', 1), totalZhi: 1n as Zhi };
    expect(registerSwapSet(chain.state, genesis, next, NOW)).toBe('swap_uncovered');
  });
});
