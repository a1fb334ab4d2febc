/** Proposals to change a parameter, and who has spoken on them. */
import { bool, bytes32, bytesMax, type Decoded, option, struct, u8, u16, u64As, union } from '../codec.ts';
import { VALUE_BYTES_MAX } from '../governance/parameters.ts';
import type { Hash } from '../hash.ts';
import type { Overlay } from '../state/overlay.ts';
import { pairKey, type RecordPlace, type RecordView, recordTable } from '../state/record.ts';
import type { BlockHeight, UnixMs, Zhi } from '../units.ts';

const proposalCodec = struct({
  parameter: u8,
  value: bytesMax(VALUE_BYTES_MAX),
  /** The version of the parameter that it changes (lastSetBy in record/parameter.ts): it changes no other. */
  replaces: bytes32,
  proposer: bytes32,
  height: u64As<BlockHeight>(),
  proposedMs: u64As<UnixMs>(),
  /** From here on nobody speaks any more. */
  endMs: u64As<UnixMs>(),
  /** As they were when it was proposed: a vote goes by the rules that it began under. */
  delayMs: u64As<UnixMs>(),
  /** How much stake must have voted at least. */
  turnoutZhi: u64As<Zhi>(),
  /** Bit i: seat i approves. */
  seats: u16,
  yesZhi: u64As<Zhi>(),
  noZhi: u64As<Zhi>(),
  enacted: option(struct({ height: u64As<BlockHeight>(), timeMs: u64As<UnixMs>(), fromMs: u64As<UnixMs>() })),
});
export type Proposal = Decoded<typeof proposalCodec>;

/** Two sorts of keys: a proposal's id, and its proposer's. */
const table = recordTable(
  'proposal',
  union({
    proposal: struct({ of: proposalCodec }),
    /** An account with a proposal that is voted on makes no other before `untilMs`. */
    proposer: struct({ untilMs: u64As<UnixMs>() }),
  }),
);

const ballotCodec = struct({ yes: bool, weightZhi: u64As<Zhi>() });
export type Ballot = Decoded<typeof ballotCodec>;
const ballots = recordTable('ballot', ballotCodec);

/** The id is the hash of the transaction that proposed it. */
export const proposalPlace = (id: Hash): RecordPlace => ({ kind: 'proposal', key: id });
const proposerKey = (proposer: Uint8Array): Hash => pairKey('proposal', proposer, proposer);
const ballotKey = (id: Hash, account: Uint8Array): Hash => pairKey('ballot', id, account);

/** Undefined too for a key that is not a proposal's. */
export function readProposal(state: RecordView, id: Hash): Proposal | undefined {
  const found = table.read(state, id);
  return found?.kind === 'proposal' ? found.of : undefined;
}

export const writeProposal = (state: Overlay, id: Hash, of: Proposal): void =>
  table.write(state, id, { kind: 'proposal', of });

/** Until when an account may propose nothing. */
export function proposesUntilMs(state: RecordView, proposer: Uint8Array): UnixMs {
  const found = table.read(state, proposerKey(proposer));
  return found?.kind === 'proposer' ? found.untilMs : (0n as UnixMs);
}

export const setProposesUntil = (state: Overlay, proposer: Uint8Array, untilMs: UnixMs): void =>
  table.write(state, proposerKey(proposer), { kind: 'proposer', untilMs });

export const readBallot = (state: RecordView, id: Hash, account: Uint8Array): Ballot | undefined =>
  ballots.read(state, ballotKey(id, account));

export const writeBallot = (state: Overlay, id: Hash, account: Uint8Array, ballot: Ballot): void =>
  ballots.write(state, ballotKey(id, account), ballot);
