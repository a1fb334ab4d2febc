/** What a change does beyond its own record: grants, swap sets, receipts, what an intake asks, what the API says. */

import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { ledgerOver } from '../../../ledger/ledger.ts';
import { receiptOf } from '../../../ledger/receipt.ts';
import { addressOf, SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { witnessFor } from '../../../protocol/block/build.ts';
import { validateBlock } from '../../../protocol/block/validate.ts';
import { swapSetKind } from '../../../protocol/governance/values.ts';
import { proposalsBehind, wireParameters, wireProposal } from '../../../protocol/governance/wire.ts';
import { equalBytes, taggedHash, ZERO_HASH } from '../../../protocol/hash.ts';
import { verifyReceipt } from '../../../protocol/proof/verify-receipt.ts';
import { intakeParameters, parametersAt } from '../../../protocol/record/parameter.ts';
import { readSet } from '../../../protocol/record/swap.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { rootOfParts, type SetParts } from '../../../protocol/swap/set-parts.ts';
import { encodeParam } from '../../../protocol/tx/param.ts';
import { encodeVestClaim } from '../../../protocol/tx/vest-claim.ts';
import type { UnixMs, Zhi } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { TestChain } from '../../support/chain.ts';
import { approvalBody, BOND_ZHI, GovernanceChain, QUORUM_SEATS, sealChange } from '../../support/governance.ts';
import { DELAY_MS, type TestNetwork, testNetwork, VOTING_MS } from '../../support/network.ts';
import { openOrder, steps } from '../../support/order-life.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';
import { swapNetwork } from '../../support/swap.ts';

const DAY_MS = 86_400_000n;
const GRANT_ZHI = 1_000_000n;

/** A part of the faucet's money is the marketing grant. */
function marketingNetwork(): TestNetwork {
  const base = testNetwork('marketing');
  const given = base.genesis.allocations.map((one) =>
    equalBytes(one.account, base.faucet.key) ? { ...one, amount: (one.amount - GRANT_ZHI) as Zhi } : one,
  );
  const fund = { account: SYSTEM_ACCOUNT.marketing, amount: GRANT_ZHI as Zhi, homeRegion: 0 };
  return testNetwork('marketing', { allocations: [...given, fund] });
}

describe('the marketing grant', () => {
  const claim = encodeVestClaim({ grant: 'marketing' });
  const schedule = (chain: GovernanceChain, lockDays: number) =>
    `${addressOf(chain.bob.key)} lockDays=${lockDays} dailyMillionths=10000 base=grant`;

  test('is locked until its schedule holds, then vests from the genesis on, after its lock', () => {
    const chain = new GovernanceChain(marketingNetwork());
    const { createdMs } = chain.network.genesis;
    chain.refuses('grant_locked', chain.alice, 'vestClaim', claim, createdMs + 9_999n * DAY_MS);
    const fromMs = chain.change('marketingVesting', schedule(chain, 2));
    chain.refuses('grant_locked', chain.alice, 'vestClaim', claim, fromMs - 1n);
    chain.refuses('nothing_due', chain.alice, 'vestClaim', claim, fromMs);
    chain.refuses('nothing_due', chain.alice, 'vestClaim', claim, createdMs + 3n * DAY_MS - 1n);
    const before = chain.balance(chain.bob.key);
    chain.do(chain.alice, 'vestClaim', claim, createdMs + 3n * DAY_MS);
    expect(chain.balance(chain.bob.key) - before).toBe(10_000n);
    expect(chain.balance(SYSTEM_ACCOUNT.marketing)).toBe(GRANT_ZHI - 10_000n);
  });

  test('can be locked again; what was paid stays paid, and counts', () => {
    const chain = new GovernanceChain(marketingNetwork());
    const { createdMs } = chain.network.genesis;
    chain.change('marketingVesting', schedule(chain, 0));
    chain.do(chain.alice, 'vestClaim', claim, createdMs + 5n * DAY_MS);
    const lockedMs = chain.change('marketingVesting', 'locked');
    chain.refuses('grant_locked', chain.alice, 'vestClaim', claim, lockedMs);
    const againMs = chain.change('marketingVesting', schedule(chain, 2));
    // 5 days' worth was paid: by the new schedule that is day 7.
    chain.refuses('nothing_due', chain.alice, 'vestClaim', claim, againMs);
    chain.refuses('nothing_due', chain.alice, 'vestClaim', claim, createdMs + 7n * DAY_MS);
    const before = chain.balance(chain.bob.key);
    chain.do(chain.alice, 'vestClaim', claim, createdMs + 8n * DAY_MS);
    expect(chain.balance(chain.bob.key) - before).toBe(10_000n);
  });

  test('is paid to a key that nobody has paid before, and the block is valid by its witness', async () => {
    const chain = new TestChain(marketingNetwork());
    const { genesis, hash: genesisHash } = chain.network;
    const [sender, fresh] = [chain.network.key('sender'), chain.network.key('fresh')];
    const previous = (await chain.seal([chain.fund(sender, 100_000n)])).built.block.header;
    await sealChange(chain, 'marketingVesting', `${addressOf(fresh.key)} lockDays=0 dailyMillionths=10000 base=grant`);
    expect(chain.state.account(fresh.key)).toBeUndefined();
    const built = chain.build([chain.sign(sender, 'vestClaim', claim)], genesis.createdMs + 5n * DAY_MS);
    expect(built.transactions.map(({ outcome }) => outcome.entries)).toEqual([[0]]);
    const input = { genesis, genesisHash, block: built.block, verify: verifyFast };
    const witness = witnessFor(built, chain);
    const parent = chain.blocks.at(-1)?.built.block.header;
    expect(await validateBlock({ ...input, previous: parent, witness })).toMatchObject({ ok: true });
    expect(await validateBlock({ ...input, previous, witness })).toMatchObject({ ok: false, code: 'block_invalid' });
    chain.take(built);
    const account = { balanceZhi: 50_000n, nonce: 0n, homeRegion: genesis.sequencerRegion };
    expect(chain.state.account(fresh.key)).toEqual(account);
  });
});

describe('a swap set', () => {
  const partsOf = (totalZhi: bigint): SetParts => {
    return { records: 2, totalZhi: totalZhi as Zhi, merkleRoot: taggedHash('HAI/test-set') };
  };
  const root = rootOfParts(partsOf(5n));
  const value = (totalZhi: bigint) => swapSetKind.text(partsOf(totalZhi));

  test('is registered by the enactment, which waits for the delay', () => {
    const chain = new GovernanceChain(swapNetwork());
    const id = chain.propose(chain.alice, 'swapSet', value(5n));
    chain.carry(id);
    const { proposedMs } = chain.proposal(id);
    const fromMs = proposedMs + VOTING_MS + DELAY_MS;
    const enact = encodeParam({ kind: 'enact', proposal: id });
    chain.refuses('enacted_too_early', chain.bob, 'param', enact, fromMs - 1n);
    expect(readSet(chain.state, chain.network.genesis, root)).toBeUndefined();
    chain.do(chain.bob, 'param', enact, fromMs);
    expect(readSet(chain.state, chain.network.genesis, root)).toMatchObject({ totalZhi: 5n, registeredMs: fromMs });
    expect(chain.proposal(id).enacted?.fromMs).toBe(fromMs);
    expect(parametersAt(chain.state, chain.network.genesis, fromMs as UnixMs).swapSet).toEqual(partsOf(5n));
    chain.refuses('already_enacted', chain.bob, 'param', enact);
  });

  test.each<[string, TestNetwork, bigint]>([
    ['swap_closed', testNetwork(), 5n],
    ['swap_uncovered', swapNetwork(), 10n ** 17n],
  ])('is refused with the swap’s own code: %s', (code, network, totalZhi) => {
    const chain = new GovernanceChain(network);
    const id = chain.propose(chain.alice, 'swapSet', value(totalZhi));
    chain.carry(id);
    const enact = encodeParam({ kind: 'enact', proposal: id });
    chain.refuses(code, chain.bob, 'param', enact, chain.proposal(id).endMs + DELAY_MS);
  });
});

test('a receipt of an order that lived through a change verifies with the genesis alone', async () => {
  const chain = new TestChain(testNetwork());
  const demander = chain.network.key('demander');
  await chain.seal([chain.fund(demander, 9_000_000n)]);
  const { id, bytes } = openOrder(chain, demander);
  await chain.seal([bytes]);
  await chain.seal([steps.match(chain, id)]);
  const fromMs = await sealChange(chain, 'baseFeeZhi', '9000');
  await chain.seal([steps.work(chain, id)], fromMs);
  await chain.seal([steps.verdict(chain, id)]);
  await chain.seal([steps.settle(chain, id)]);
  const ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(chain.network.bytes, initialState(chain.network.genesis).accounts());
  for (const { certified, built } of chain.blocks) expect(await ledger.commit(certified, built)).toBe('committed');
  const receipt = await receiptOf(ledger, id);
  if (!receipt) throw new Error('no receipt');
  expect(await verifyReceipt(receipt, chain.network.hash, verifyFast)).toMatchObject({ ok: true });
  expect(await verifyReceipt(receipt, ZERO_HASH, verifyFast)).toMatchObject({ ok: false, code: 'foreign_network' });
});

describe('what an intake asks', () => {
  const chain = new GovernanceChain();
  const fromMs = chain.change('baseFeeZhi', '2500');
  const lower = new GovernanceChain();
  const lowerFromMs = lower.change('baseFeeZhi', '10');
  const feeAt = (of: GovernanceChain, timeMs: bigint) =>
    intakeParameters(of.state, of.network.genesis, timeMs as UnixMs).baseFeeZhi;

  test('is the higher fee 20 s before it holds, so that what is acknowledged still pays enough when it is sealed', () => {
    expect([fromMs - 20_001n, fromMs - 20_000n, fromMs].map((at) => feeAt(chain, at))).toEqual([1000n, 2500n, 2500n]);
  });

  test('is the lower fee only 20 s after it holds: a block may be dated earlier than the intake’s clock', () => {
    const times = [lowerFromMs - 1n, lowerFromMs, lowerFromMs + 19_999n, lowerFromMs + 20_000n];
    expect(times.map((timeMs) => feeAt(lower, timeMs))).toEqual([1000n, 1000n, 1000n, 10n]);
  });

  test('is enough in any block that is dated up to 20 s before or after', () => {
    for (const [of, holdsMs] of [[chain, fromMs] as const, [lower, lowerFromMs] as const]) {
      for (let atMs = holdsMs - 41_000n; atMs <= holdsMs + 41_000n; atMs += 1_000n) {
        const asked = feeAt(of, atMs);
        const due = [-20_000n, 0n, 20_000n].map(
          (ms) => parametersAt(of.state, of.network.genesis, (atMs + ms) as UnixMs).baseFeeZhi,
        );
        expect(due.filter((fee) => fee > asked)).toEqual([]);
      }
    }
  });

  test.each<[string, bigint[]]>([
    ['9000', [5n, 9_000n, 9_000n, 9_000n]],
    ['1', [5n, 5n, 5n, 1n]],
  ])('of a reservation is treated alike: to %s', (value, expected) => {
    const of = new GovernanceChain(testNetwork('reservation', { reservationZhiPerHour: 5n as Zhi }));
    const holdsMs = of.change('reservationZhiPerHour', value);
    const priceAt = (timeMs: bigint) =>
      intakeParameters(of.state, of.network.genesis, timeMs as UnixMs).reservationZhiPerHour;
    const times = [holdsMs - 20_001n, holdsMs - 20_000n, holdsMs + 19_999n, holdsMs + 20_000n];
    expect(times.map(priceAt)).toEqual(expected);
  });
});

describe('on the wire', () => {
  test('a parameter says what it is, since when and by whom, and what comes next', () => {
    const chain = new GovernanceChain();
    const { genesis } = chain.network;
    const of = (timeMs: bigint) =>
      wireParameters(chain.state, genesis, timeMs as UnixMs).find(({ name }) => name === 'baseFeeZhi');
    expect(of(chain.parent.timeMs)).toMatchObject({
      value: '1000',
      unit: 'zhi',
      range: '1 to 100000000',
      sinceMs: genesis.createdMs.toString(),
      setBy: null,
      scheduled: null,
      version: bytesToHex(ZERO_HASH),
    });
    const fromMs = chain.change('baseFeeZhi', '2500');
    const [id] = proposalsBehind(chain.state, fromMs);
    const by = {
      proposal: bytesToHex(id as Uint8Array),
      proposer: chain.alice.address,
      height: chain.parent.height.toString(),
      seats: QUORUM_SEATS,
      yesZhi: (2n * BOND_ZHI).toString(),
      noZhi: '0',
    };
    expect(of(fromMs - 1n)).toMatchObject({
      value: '1000',
      setBy: null,
      scheduled: { value: '2500', fromMs: fromMs.toString(), setBy: by },
      version: by.proposal,
    });
    expect(of(fromMs)).toMatchObject({ value: '2500', sinceMs: fromMs.toString(), setBy: by, scheduled: null });
  });

  test('a proposal goes from voting to accepted, rejected, enacted or lapsed', () => {
    const chain = new GovernanceChain();
    const [id, other] = [chain.propose(chain.alice, 'baseFeeZhi', '2500'), chain.propose(chain.bob, 'delayMs', '5000')];
    chain.carry(id);
    chain.step(chain.bob, approvalBody(chain.network, other, QUORUM_SEATS));
    const { endMs } = chain.proposal(id);
    const stateOf = (of: Uint8Array, timeMs: bigint) => wireProposal(of, chain.proposal(of), timeMs as UnixMs).state;
    const lapsesMs = endMs + 30n * DAY_MS;
    expect([endMs - 1n, endMs, lapsesMs - 1n, lapsesMs].map((at) => stateOf(id, at))).toEqual([
      'voting',
      'accepted',
      'accepted',
      'lapsed',
    ]);
    expect(stateOf(other, chain.proposal(other).endMs)).toBe('rejected');
    chain.step(chain.bob, { kind: 'enact', proposal: id }, endMs);
    expect(wireProposal(id, chain.proposal(id), lapsesMs as UnixMs)).toMatchObject({
      state: 'enacted',
      value: '2500',
      enactFromMs: endMs.toString(),
      lapsesMs: lapsesMs.toString(),
      enacted: { timeMs: endMs.toString(), fromMs: (endMs + DELAY_MS).toString() },
    });
  });
});
