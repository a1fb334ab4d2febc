/** Collects the seats' votes for a block. A vote counts when it verifies: one false vote must not spoil a certificate. */
import { encodeBody } from '../../../protocol/block/block.ts';
import { type BuiltBlock, witnessFor } from '../../../protocol/block/build.ts';
import { type Vote, voteBytes } from '../../../protocol/block/certificate.ts';
import { encodeHeader, headerHash } from '../../../protocol/block/header.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { REGIONS, type Region, regionNumber } from '../../../protocol/regions.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import type { Network, RegionContext } from '../context.ts';
import type { CertifiedHeader, Proposal, SeatVote } from '../peer.ts';
import { type AskVotes, votesByName, whileShown } from '../shown-proposals.ts';
import { archiveWitness } from './archive-witness.ts';
import { inTime } from './in-time.ts';
import type { Replica } from './replica.ts';

/** In no order, one a seat. */
export async function collectVotes(
  context: RegionContext,
  { genesis }: Network,
  replica: Replica,
  built: BuiltBlock,
): Promise<Vote[]> {
  const { header, body } = built.block;
  const witness = witnessFor(built, { state: replica, tree: replica.tree });
  const proposal = { header: encodeHeader(header), body: encodeBody(body), witness };
  const hash = headerHash(header);
  context.ctx.waitUntil(archiveWitness(context, hash, witness));
  const message = voteBytes(header, hash);
  const answers = await whileShown(proposal, (name) => {
    const votes = async (region: Region) => {
      const ask = askerOf(context, region, name, proposal);
      const given = await inTime(votesOf(ask, region, replica.parentProof));
      return Promise.all(given.map((one) => soundVote(one, genesis.seats, message, region)));
    };
    return Promise.allSettled(REGIONS.map(votes));
  });
  // By seat: a vote that is given twice counts once.
  const votes = new Map<number, Vote>();
  for (const answer of answers) {
    if (answer.status === 'fulfilled') for (const vote of answer.value) if (vote) votes.set(vote.seat, vote);
  }
  return [...votes.values()];
}

function askerOf(context: RegionContext, region: Region, name: string, proposal: Proposal): AskVotes {
  if (regionNumber(region) === context.region) return (parent) => context.self.vote(proposal, parent);
  return votesByName(context.peer(region), region, context.otherIsolates, name, proposal);
}

/** A seat that missed the parent refuses once and is then shown its certificate. */
async function votesOf(ask: AskVotes, region: Region, parentProof: CertifiedHeader | null): Promise<SeatVote[]> {
  let answer = await ask(null);
  if (!answer.ok && answer.code === 'consensus_stalled' && parentProof) answer = await ask(parentProof);
  if (answer.ok) return answer.value;
  const { code, evidence: reason } = answer;
  console.error(JSON.stringify({ event: 'vote_refused', region, code, reason }));
  return [];
}

async function soundVote(
  { seatKey, signature }: SeatVote,
  seats: Network['genesis']['seats'],
  message: Uint8Array,
  region: Region,
): Promise<Vote | undefined> {
  const seat = seats.findIndex((one) => equalBytes(one.key, seatKey));
  if (seat >= 0 && (await verifyFast(seatKey, message, signature))) return { seat, signature };
  console.error(JSON.stringify({ event: 'vote_unsound', region, seat }));
  return undefined;
}
