/** A change from its proposal to its effect, and each refusal on the way. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { PARAMETER_NAMES } from '../../../protocol/governance/parameters.ts';
import { type Hash, ZERO_HASH } from '../../../protocol/hash.ts';
import { parametersAt } from '../../../protocol/record/parameter.ts';
import { treeRoot } from '../../../protocol/state/tree.ts';
import { encodeBond } from '../../../protocol/tx/bond.ts';
import { encodeParam, type Param } from '../../../protocol/tx/param.ts';
import { encodeReserve } from '../../../protocol/tx/reserve.ts';
import { encodeUnbond } from '../../../protocol/tx/unbond.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { bookFaults } from '../../support/books.ts';
import { approvalBody, BOND_ZHI, GovernanceChain, QUORUM_SEATS } from '../../support/governance.ts';
import type { KeyPair } from '../../support/keys.ts';
import { DELAY_MS, VOTING_MS } from '../../support/network.ts';

const ENACT_WITHIN_MS = 30n * 86_400_000n;
const enact = (proposal: Hash): Param => ({ kind: 'enact', proposal });
const ballot = (proposal: Hash, yes = true): Param => ({ kind: 'ballot', proposal, yes });

function refuses(chain: GovernanceChain, code: string, by: KeyPair, body: Param, timeMs?: bigint): void {
  chain.refuses(code, by, 'param', encodeParam(body), timeMs);
}

/** Proposed, carried, and its voting over at `endMs`. */
function carried(name: 'baseFeeZhi' | 'delayMs' = 'baseFeeZhi', text = '2500') {
  const chain = new GovernanceChain();
  const id = chain.propose(chain.alice, name, text);
  chain.carry(id);
  return { chain, id, endMs: chain.proposal(id).endMs };
}

describe('a proposal', () => {
  test('records the terms under which it is voted on', () => {
    const chain = new GovernanceChain();
    const proposedMs = (chain.parent.timeMs + 1000n) as UnixMs;
    const id = chain.propose(chain.alice, 'baseFeeZhi', '2500');
    expect(chain.proposal(id)).toEqual({
      parameter: 0,
      value: Uint8Array.of(0xc4, 9, 0, 0, 0, 0, 0, 0),
      replaces: ZERO_HASH,
      proposer: chain.alice.key,
      height: chain.parent.height,
      proposedMs,
      endMs: proposedMs + VOTING_MS,
      delayMs: DELAY_MS,
      // A tenth of 20,000 zhi.
      turnoutZhi: 2_000n,
      seats: 0,
      yesZhi: 0n,
      noZhi: 0n,
      enacted: undefined,
    });
  });

  test('counts a fraction of the turnout as a whole zhi, and what is on its way back as stake', () => {
    const chain = new GovernanceChain();
    chain.do(chain.bob, 'bond', encodeBond({ amountZhi: 1n as Zhi }));
    chain.do(chain.bob, 'unbond', encodeUnbond({ kind: 'begin', amountZhi: 5_000n as Zhi }));
    expect(chain.proposal(chain.propose(chain.alice, 'baseFeeZhi', '2500')).turnoutZhi).toBe(2_001n);
  });

  test('is refused to whoever has too little bonded, and taken from whoever has enough', () => {
    const chain = new GovernanceChain();
    chain.do(chain.alice, 'unbond', encodeUnbond({ kind: 'begin', amountZhi: 1n as Zhi }));
    refuses(chain, 'insufficient_bond', chain.alice, chain.proposeBody('baseFeeZhi', '2500'));
    chain.do(chain.alice, 'bond', encodeBond({ amountZhi: 1n as Zhi }));
    chain.propose(chain.alice, 'baseFeeZhi', '2500');
  });

  test('is one at a time of an account, until its voting is over to the millisecond', () => {
    const chain = new GovernanceChain();
    const id = chain.propose(chain.alice, 'baseFeeZhi', '2500');
    const { endMs } = chain.proposal(id);
    refuses(chain, 'too_many_proposals', chain.alice, chain.proposeBody('delayMs', '5000'), endMs - 1n);
    chain.propose(chain.bob, 'delayMs', '5000');
    chain.step(chain.alice, chain.proposeBody('delayMs', '5000'), endMs);
  });

  test.each<[string, string]>([
    ['baseFeeZhi', '0'],
    ['baseFeeZhi', '100000001'],
    ['votingMs', '999'],
    ['turnoutMillionths', '500001'],
    ['swapSet', 'none'],
  ])('is refused out of range: %s of %s', (name, text) => {
    const chain = new GovernanceChain();
    refuses(chain, 'parameter_out_of_range', chain.alice, chain.proposeBody(name as 'baseFeeZhi', text));
  });

  test('is refused for bytes that are no value, for no parameter, and for another version than the last', () => {
    const chain = new GovernanceChain();
    const body = chain.proposeBody('baseFeeZhi', '2500') as Param & { kind: 'propose' };
    refuses(chain, 'parameter_out_of_range', chain.alice, { ...body, value: body.value.subarray(1) });
    refuses(chain, 'unknown_parameter', chain.alice, { ...body, parameter: PARAMETER_NAMES.length });
    refuses(chain, 'stale_proposal', chain.alice, { ...body, replaces: new Uint8Array(32).fill(1) });
  });
});

describe('seats', () => {
  test('approve in one transaction or several, sent by anyone, until the voting is over', () => {
    const chain = new GovernanceChain();
    const id = chain.propose(chain.alice, 'baseFeeZhi', '2500');
    chain.step(chain.bob, approvalBody(chain.network, id, [3, 12]));
    chain.step(chain.alice, approvalBody(chain.network, id, [0, 3]));
    expect(chain.proposal(id).seats).toBe(0b1_0000_0000_1001);
    refuses(chain, 'already_voted', chain.bob, approvalBody(chain.network, id, [0, 3, 12]));
    const { endMs } = chain.proposal(id);
    refuses(chain, 'voting_closed', chain.bob, approvalBody(chain.network, id, [4]), endMs);
    chain.step(chain.bob, approvalBody(chain.network, id, [4]), endMs - 1n);
  });

  test('approve nothing that was not proposed', () => {
    const chain = new GovernanceChain();
    refuses(chain, 'unknown_proposal', chain.bob, approvalBody(chain.network, ZERO_HASH, [1]));
  });
});

describe('stake', () => {
  test('votes once, with what is bonded then; later bonds and unbondings change nothing of it', () => {
    const chain = new GovernanceChain();
    const id = chain.propose(chain.alice, 'baseFeeZhi', '2500');
    chain.step(chain.alice, ballot(id));
    chain.do(chain.alice, 'bond', encodeBond({ amountZhi: 700n as Zhi }));
    refuses(chain, 'already_voted', chain.alice, ballot(id));
    refuses(chain, 'already_voted', chain.alice, ballot(id, false));
    chain.do(chain.alice, 'unbond', encodeUnbond({ kind: 'begin', amountZhi: BOND_ZHI as Zhi }));
    expect(chain.proposal(id)).toMatchObject({ yesZhi: BOND_ZHI, noZhi: 0n });
    chain.do(chain.bob, 'unbond', encodeUnbond({ kind: 'begin', amountZhi: 4_000n as Zhi }));
    chain.step(chain.bob, ballot(id, false));
    expect(chain.proposal(id)).toMatchObject({ yesZhi: BOND_ZHI, noZhi: 6_000n });
  });

  test('does not vote without a bond, on nothing, or when the voting is over', () => {
    const chain = new GovernanceChain();
    const id = chain.propose(chain.alice, 'baseFeeZhi', '2500');
    const { endMs } = chain.proposal(id);
    refuses(chain, 'unknown_proposal', chain.bob, ballot(ZERO_HASH));
    refuses(chain, 'voting_closed', chain.bob, ballot(id), endMs);
    chain.do(chain.bob, 'unbond', encodeUnbond({ kind: 'begin', amountZhi: BOND_ZHI as Zhi }));
    refuses(chain, 'insufficient_bond', chain.bob, ballot(id));
    chain.do(chain.bob, 'bond', encodeBond({ amountZhi: 1n as Zhi }));
    chain.step(chain.bob, ballot(id), endMs - 1n);
  });

  test('that is bonded after the voting does not help it', () => {
    const chain = new GovernanceChain();
    const id = chain.propose(chain.alice, 'baseFeeZhi', '2500');
    chain.step(chain.bob, approvalBody(chain.network, id, QUORUM_SEATS));
    const { endMs } = chain.proposal(id);
    chain.do(chain.bob, 'bond', encodeBond({ amountZhi: 900_000n as Zhi }), endMs);
    refuses(chain, 'voting_closed', chain.bob, ballot(id), endMs);
    refuses(chain, 'proposal_rejected', chain.bob, enact(id), endMs);
  });
});

describe('an enactment', () => {
  test('waits for the end of the voting, and lets the value hold a delay later, to the millisecond', () => {
    const { chain, id, endMs } = carried();
    refuses(chain, 'enacted_too_early', chain.bob, enact(id), endMs - 1n);
    chain.step(chain.bob, enact(id), endMs);
    const fromMs = endMs + DELAY_MS;
    expect(chain.proposal(id).enacted).toEqual({ height: chain.parent.height, timeMs: endMs, fromMs });
    const fee = (timeMs: bigint) => parametersAt(chain.state, chain.network.genesis, timeMs as UnixMs).baseFeeZhi;
    expect([fee(endMs), fee(fromMs - 1n), fee(fromMs)]).toEqual([1000n, 1000n, 2500n]);
    const vote = (feeZhi: bigint, timeMs: bigint) =>
      chain.try(chain.bob, 'param', encodeParam(enact(id)), timeMs, { feeZhi: feeZhi as Zhi });
    expect(vote(1000n, fromMs - 1n)).toMatchObject({ sealed: true });
    expect(vote(1000n, fromMs)).toMatchObject({ sealed: false, outcome: ['fee_too_low'] });
    expect(vote(2499n, fromMs)).toMatchObject({ sealed: false, outcome: ['fee_too_low'] });
    expect(vote(2500n, fromMs)).toMatchObject({ sealed: true, outcome: ['already_enacted'] });
  });

  test('that comes late gives the whole delay all the same', () => {
    const { chain, id, endMs } = carried();
    const lateMs = endMs + ENACT_WITHIN_MS - 1n;
    chain.step(chain.bob, enact(id), lateMs);
    expect(chain.proposal(id).enacted?.fromMs).toBe(lateMs + DELAY_MS);
  });

  test('that comes too late is refused', () => {
    const { chain, id, endMs } = carried();
    refuses(chain, 'proposal_lapsed', chain.bob, enact(id), endMs + ENACT_WITHIN_MS);
  });

  test('happens once, and of nothing unknown', () => {
    const { chain, id, endMs } = carried();
    chain.step(chain.bob, enact(id), endMs);
    refuses(chain, 'already_enacted', chain.alice, enact(id));
    refuses(chain, 'unknown_proposal', chain.alice, enact(ZERO_HASH));
  });

  test.each<[string, number[], [boolean, boolean], bigint, boolean]>([
    ['nine seats, all the stake', QUORUM_SEATS, [true, true], 0n, true],
    ['eight seats', QUORUM_SEATS.slice(1), [true, true], 0n, false],
    // bob's 5,000 against alice's 10,000: two thirds, and not more.
    ['two thirds of the stake', QUORUM_SEATS, [true, false], 5_000n, false],
    ['a zhi more than two thirds', QUORUM_SEATS, [true, false], 5_001n, true],
    ['half of the stake', QUORUM_SEATS, [true, false], 0n, false],
    ['stake alone', [], [true, true], 0n, false],
  ])('asks for seats and stake: %s', (_, seats, [alice, bob], unbonded, isAccepted) => {
    const chain = new GovernanceChain();
    const id = chain.propose(chain.alice, 'baseFeeZhi', '2500');
    if (seats.length > 0) chain.step(chain.bob, approvalBody(chain.network, id, seats));
    if (unbonded > 0n) chain.do(chain.bob, 'unbond', encodeUnbond({ kind: 'begin', amountZhi: unbonded as Zhi }));
    chain.step(chain.alice, ballot(id, alice));
    chain.step(chain.bob, ballot(id, bob));
    const { endMs } = chain.proposal(id);
    if (isAccepted) chain.step(chain.bob, enact(id), endMs);
    else refuses(chain, 'proposal_rejected', chain.bob, enact(id), endMs);
  });

  test.each([
    [2_000n, true],
    [1_999n, false],
  ])('asks for a tenth of the bonds: of 20,000 zhi, %s have voted', (votes, isAccepted) => {
    const chain = new GovernanceChain();
    const id = chain.propose(chain.alice, 'baseFeeZhi', '2500');
    chain.step(chain.bob, approvalBody(chain.network, id, QUORUM_SEATS));
    chain.do(chain.bob, 'unbond', encodeUnbond({ kind: 'begin', amountZhi: (BOND_ZHI - votes) as Zhi }));
    chain.step(chain.bob, ballot(id));
    const { endMs } = chain.proposal(id);
    if (isAccepted) chain.step(chain.alice, enact(id), endMs);
    else refuses(chain, 'proposal_rejected', chain.alice, enact(id), endMs);
  });

  test('is refused to a proposal about a version that another one has replaced', () => {
    const chain = new GovernanceChain();
    const [first, second] = [
      chain.propose(chain.alice, 'baseFeeZhi', '2500'),
      chain.propose(chain.bob, 'baseFeeZhi', '900'),
    ];
    for (const id of [first, second]) chain.carry(id);
    const { endMs } = chain.proposal(second);
    chain.step(chain.bob, enact(first), endMs);
    refuses(chain, 'stale_proposal', chain.bob, enact(second));
    // About the version that was scheduled first: it waits for that one to hold.
    const third = chain.propose(chain.alice, 'baseFeeZhi', '900');
    expect(chain.proposal(third).replaces).toEqual(first);
  });

  test('waits for the change before it to hold', () => {
    const { chain, id, endMs } = carried('delayMs', '90000');
    chain.step(chain.bob, enact(id), endMs);
    // From here on a delay is 90 s and a voting 40 s: the next proposal is decided before this one's change holds.
    const first = chain.step(chain.alice, chain.proposeBody('baseFeeZhi', '900'), chain.proposal(id).enacted?.fromMs);
    chain.carry(first);
    chain.step(chain.bob, enact(first), chain.proposal(first).endMs);
    const holdsMs = chain.proposal(first).enacted?.fromMs as bigint;
    const next = chain.propose(chain.bob, 'baseFeeZhi', '700');
    chain.carry(next);
    expect(chain.proposal(next).endMs).toBeLessThan(holdsMs);
    refuses(chain, 'change_scheduled', chain.bob, enact(next), holdsMs - 1n);
    chain.step(chain.bob, enact(next), holdsMs);
  });

  test('a vote goes by the rules that it began under', () => {
    const chain = new GovernanceChain();
    const [terms, fee] = [
      chain.propose(chain.alice, 'delayMs', '90000'),
      chain.propose(chain.bob, 'baseFeeZhi', '900'),
    ];
    for (const id of [terms, fee]) chain.carry(id);
    chain.step(chain.bob, enact(terms), chain.proposal(fee).endMs);
    chain.step(chain.bob, enact(fee), chain.proposal(terms).enacted?.fromMs);
    const { timeMs, fromMs } = chain.proposal(fee).enacted ?? { timeMs: 0n, fromMs: 0n };
    expect(fromMs - timeMs).toBe(DELAY_MS);
  });
});

test('votes move no money but the fees', () => {
  const { chain, id, endMs } = carried();
  chain.step(chain.bob, enact(id), endMs);
  expect(treeRoot(chain.tree).sum).toBe(SUPPLY_ZHI);
  expect(bookFaults(chain.state)).toEqual([]);
  expect(chain.balance(SYSTEM_ACCOUNT.bonds)).toBe(2n * BOND_ZHI);
});

test('what a reservation costs follows its parameter', () => {
  const chain = new GovernanceChain();
  const fromMs = chain.change('reservationZhiPerHour', '77');
  const reserve = encodeReserve({ provider: chain.network.providers[0]?.key as Uint8Array, hours: 2 });
  const held = (timeMs: bigint) =>
    chain.balance(SYSTEM_ACCOUNT.reservations, chain.try(chain.alice, 'reserve', reserve, timeMs));
  expect([held(fromMs - 1n), held(fromMs)]).toEqual([10_000n, 154n]);
});
