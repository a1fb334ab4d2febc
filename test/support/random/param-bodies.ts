/** Random bodies of Param: proposals, and what may come next of one that was made. */

import { QUORUM } from '../../../protocol/block/certificate.ts';
import { encode } from '../../../protocol/codec.ts';
import { SEATS } from '../../../protocol/genesis.ts';
import {
  PARAMETER_NAMES,
  type ParameterName,
  parameterNumber,
  rowOf,
} from '../../../protocol/governance/parameters.ts';
import { seatsIn, stateAt } from '../../../protocol/governance/verdict.ts';
import { type Hash, taggedHash, ZERO_HASH } from '../../../protocol/hash.ts';
import { bondOf } from '../../../protocol/record/bond.ts';
import { lastSetBy } from '../../../protocol/record/parameter.ts';
import { readProposal } from '../../../protocol/record/proposal.ts';
import { encodeParam, type Param } from '../../../protocol/tx/param.ts';
import type { UnixMs, Zhi } from '../../../protocol/units.ts';
import { LOCKS } from './swap-bodies.ts';
import type { BodyMaker, WorldView } from './world-view.ts';

/** Such that a world of few users and short times goes on; now and then out of range. */
const VALUES: { readonly [Name in ParameterName]: (view: WorldView) => unknown } = {
  baseFeeZhi: ({ draw }) => BigInt(draw.below(2_000)) as Zhi,
  reservationZhiPerHour: ({ draw }) => BigInt(1 + draw.below(20_000)) as Zhi,
  marketingVesting: ({ draw, users }) =>
    draw.chance(0.3)
      ? null
      : { beneficiary: draw.pick(users).key, lockDays: draw.below(9), dailyMillionths: draw.below(500), base: 'grant' },
  votingMs: ({ draw }) => BigInt(draw.below(60_000)) as UnixMs,
  delayMs: ({ draw }) => BigInt(draw.below(40_000)) as UnixMs,
  turnoutMillionths: ({ draw }) => BigInt(draw.below(200_000)),
  swapSet: ({ draw }) =>
    draw.chance(0.5)
      ? LOCKS
      : {
          records: 1 + draw.below(9),
          totalZhi: draw.amount<Zhi>(1_000),
          merkleRoot: taggedHash('HAI/test-set', draw.bytes(2)),
        },
};

function propose({ draw, state, timeMs, ...view }: WorldView): Param {
  const name = draw.pick(PARAMETER_NAMES);
  const value = draw.chance(0.04)
    ? draw.bytes(8)
    : encode(rowOf(name).codec, VALUES[name]({ draw, state, timeMs, ...view }));
  const replaces = draw.chance(0.05) ? ZERO_HASH : lastSetBy(state, name, timeMs);
  return {
    kind: 'propose',
    parameter: draw.chance(0.02) ? PARAMETER_NAMES.length : parameterNumber(name),
    value,
    replaces,
  };
}

function approve(proposal: Hash, { draw }: WorldView): Param {
  const share = draw.pick([0.3, 0.9, 1]);
  const seats = Array.from({ length: SEATS }, (_, seat) => seat).filter((seat) => seat === 0 || draw.chance(share));
  return { kind: 'approve', proposal, approvals: seats.map((seat) => ({ seat, signature: new Uint8Array(64) })) };
}

/** Mostly what its state calls for; rarely a step of another. */
function stepOf(proposal: Hash, view: WorldView): Param {
  const { draw, state, timeMs } = view;
  const found = readProposal(state, proposal);
  const isVoting = found !== undefined && stateAt(found, timeMs) === 'voting';
  const isApproved = found !== undefined && seatsIn(found.seats).length >= QUORUM;
  const called = isVoting ? (isApproved ? 'ballot' : 'approve') : 'enact';
  const kind = draw.chance(0.8) ? called : draw.pick(['approve', 'ballot', 'enact']);
  if (kind === 'approve') return approve(proposal, view);
  return kind === 'enact' ? { kind, proposal } : { kind: 'ballot', proposal, yes: draw.chance(0.85) };
}

/** One that is not over, if there is any. */
function openOne({ draw, proposals, state, timeMs }: WorldView): Hash | undefined {
  const open = proposals.filter((id) => {
    const found = readProposal(state, id);
    return found && ['voting', 'accepted'].includes(stateAt(found, timeMs));
  });
  const among = open.length > 0 && draw.chance(0.9) ? open : proposals;
  return among.length > 0 ? draw.pick(among) : undefined;
}

const param: BodyMaker = (view) => {
  const { draw, users, state } = view;
  const bonded = users.filter(({ key }) => bondOf(state, key).bondedZhi > 0n);
  const sender = draw.pick(bonded.length > 0 && draw.chance(0.9) ? bonded : users).key;
  const open = openOne(view);
  const body = !open || draw.chance(0.25) ? propose(view) : stepOf(draw.chance(0.03) ? ZERO_HASH : open, view);
  return { sender, body: encodeParam(body) };
};

export const PARAM_BODIES = { param } as const satisfies Record<string, BodyMaker>;
