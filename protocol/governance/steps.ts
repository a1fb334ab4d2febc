/** The four steps of a change: propose, approve (seats), ballot (stake), enact. Each decides on the state and the block's time alone. */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { bondOf } from '../record/bond.ts';
import { addSetting, lastSetBy, settingsOf } from '../record/parameter.ts';
import {
  type Proposal,
  proposesUntilMs,
  readBallot,
  readProposal,
  setProposesUntil,
  writeBallot,
  writeProposal,
} from '../record/proposal.ts';
import { registerSwapSet } from '../record/swap.ts';
import { balanceOf } from '../tx/postings.ts';
import { applied, type EntryOutcome, type RuleInput, refused } from '../tx/rule.ts';
import { type UnixMs, ZHI_PER_HAI, type Zhi } from '../units.ts';
import { decodeValue, type ParameterName, parameterName, rowOf } from './parameters.ts';
import type { SwapSetValue } from './values.ts';
import { enactFromMs, isAccepted, lapsesMs } from './verdict.ts';

const MILLIONTHS = 1_000_000n;

/**
 * What a proposer has bonded at least, and one proposal at a time: so many as there are such bonds are voted on at once, and no
 * more. A development network's faucet gives less.
 */
export const PROPOSER_BOND_ZHI = { production: 10_000n * ZHI_PER_HAI, development: 10_000n } as const;

export interface Propose {
  readonly parameter: number;
  readonly value: Uint8Array;
  readonly replaces: Hash;
}

export function propose(body: Propose, { context, state, sender, txHash }: RuleInput): EntryOutcome {
  const { genesis, height, timeMs, parameters } = context;
  if (bondOf(state, sender).bondedZhi < PROPOSER_BOND_ZHI[genesis.profile]) return refused('insufficient_bond');
  const name = parameterName(body.parameter);
  if (!name) return refused('unknown_parameter');
  const value = decodeValue(name, body.value);
  if (value === undefined || !rowOf(name).isInRange(value, genesis.profile)) return refused('parameter_out_of_range');
  if (!equalBytes(body.replaces, lastSetBy(state, name, timeMs))) return refused('stale_proposal');
  if (timeMs < proposesUntilMs(state, sender)) return refused('too_many_proposals');
  const endMs = (timeMs + parameters.votingMs) as UnixMs;
  setProposesUntil(state, sender, endMs);
  writeProposal(state, txHash, {
    ...body,
    proposer: sender,
    height,
    proposedMs: timeMs,
    endMs,
    delayMs: parameters.delayMs,
    turnoutZhi: turnoutOf(balanceOf(state, SYSTEM_ACCOUNT.bonds), parameters.turnoutMillionths),
    seats: 0,
    yesZhi: 0n as Zhi,
    noZhi: 0n as Zhi,
    enacted: undefined,
  });
  return applied();
}

/** Of all that is in the bonds account, what is on its way back included. Rounded up: a fraction of a zhi counts as one. */
const turnoutOf = (bondsZhi: bigint, millionths: bigint): Zhi =>
  ((bondsZhi * millionths + MILLIONTHS - 1n) / MILLIONTHS) as Zhi;

/** The proposal with what these seats say, or why it can't be said. Intake and the chain share it; no signature is asked. */
export function approvedBy(
  seats: readonly number[],
  proposal: Proposal | undefined,
  timeMs: UnixMs,
): Proposal | 'unknown_proposal' | 'voting_closed' | 'already_voted' {
  if (!proposal) return 'unknown_proposal';
  if (timeMs >= proposal.endMs) return 'voting_closed';
  const after = seats.reduce((bits, seat) => bits | (1 << seat), proposal.seats);
  return after === proposal.seats ? 'already_voted' : { ...proposal, seats: after };
}

/** `seats`: those whose signatures the transaction carries; they were verified before. */
export function approve(id: Hash, seats: readonly number[], { context, state }: RuleInput): EntryOutcome {
  const approved = approvedBy(seats, readProposal(state, id), context.timeMs);
  if (typeof approved === 'string') return refused(approved);
  writeProposal(state, id, approved);
  return applied();
}

/**
 * The whole bond of the sender, as it is now, once. What it adds later does not count; what it takes out later has counted, and is
 * locked until the voting is over (record/bond.ts).
 */
export function ballot(id: Hash, yes: boolean, { context, state, sender }: RuleInput): EntryOutcome {
  const weightZhi = bondOf(state, sender).bondedZhi;
  if (weightZhi === 0n) return refused('insufficient_bond');
  const proposal = readProposal(state, id);
  if (!proposal) return refused('unknown_proposal');
  if (context.timeMs >= proposal.endMs) return refused('voting_closed');
  if (readBallot(state, id, sender)) return refused('already_voted');
  writeBallot(state, id, sender, { yes, weightZhi });
  const { yesZhi, noZhi } = proposal;
  const counted = yes ? { yesZhi: (yesZhi + weightZhi) as Zhi } : { noZhi: (noZhi + weightZhi) as Zhi };
  writeProposal(state, id, { ...proposal, ...counted });
  return applied();
}

/** Anyone may: what is decided is decided. The delay runs from here, so that it is there to be seen for all of it. */
export function enact(id: Hash, input: RuleInput): EntryOutcome {
  const { context, state } = input;
  const { timeMs } = context;
  const proposal = readProposal(state, id);
  if (!proposal) return refused('unknown_proposal');
  const name = parameterName(proposal.parameter) as ParameterName;
  if (proposal.enacted) return refused('already_enacted');
  if (timeMs < enactFromMs(proposal)) return refused('enacted_too_early');
  if (!isAccepted(proposal)) return refused('proposal_rejected');
  if (timeMs >= lapsesMs(proposal)) return refused('proposal_lapsed');
  if (!equalBytes(proposal.replaces, lastSetBy(state, name, timeMs))) return refused('stale_proposal');
  if (settingsOf(state, name, timeMs).scheduled) return refused('change_scheduled');
  return name === 'swapSet' ? act(id, proposal, input) : schedule(id, name, proposal, input);
}

function schedule(id: Hash, name: ParameterName, proposal: Proposal, { context, state }: RuleInput): EntryOutcome {
  const { height, timeMs } = context;
  const fromMs = (timeMs + proposal.delayMs) as UnixMs;
  addSetting(state, name, timeMs, { value: proposal.value, fromMs, proposal: id });
  writeProposal(state, id, { ...proposal, enacted: { height, timeMs, fromMs } });
  return applied();
}

function act(id: Hash, proposal: Proposal, { context, state }: RuleInput): EntryOutcome {
  const { genesis, height, timeMs } = context;
  const set = decodeValue('swapSet', proposal.value) as NonNullable<SwapSetValue>;
  const fault = registerSwapSet(state, genesis, set, timeMs);
  if (fault) return refused(fault);
  addSetting(state, 'swapSet', timeMs, { value: proposal.value, fromMs: timeMs, proposal: id });
  writeProposal(state, id, { ...proposal, enacted: { height, timeMs, fromMs: timeMs } });
  return applied();
}
