/**
 * Proposals that are being voted on, by name, for the objects of this isolate: in a local network all nine regions, each of which would
 * get a megabyte of its own to compare with the others'. The names are random, so one of another isolate is none of here.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Failure, fail, type Result } from '../../protocol/errors.ts';
import type { Region } from '../../protocol/regions.ts';
import type { CertifiedHeader, PeerRpcMethods, Proposal, SeatVote } from './peer.ts';

/** One is shown at a time; what a proposer that died had shown goes when others come. */
const SHOWN_MAX = 4;
const NAME_BYTES = 16;

/** The oldest first. */
const shown = new Map<string, Proposal>();

/** Undefined in another isolate than the proposer's, and once `ask` has settled. */
export const shownProposal = (name: string): Proposal | undefined => shown.get(name);

export async function whileShown<T>(proposal: Proposal, ask: (name: string) => Promise<T>): Promise<T> {
  const name = bytesToHex(crypto.getRandomValues(new Uint8Array(NAME_BYTES)));
  shown.set(name, proposal);
  for (const oldest of shown.keys()) {
    if (shown.size <= SHOWN_MAX) break;
    shown.delete(oldest);
  }
  try {
    return await ask(name);
  } finally {
    shown.delete(name);
  }
}

export type AskVotes = (parent: CertifiedHeader | null) => Promise<Result<SeatVote[]>>;

const TOO_LATE: Failure = fail('consensus_stalled', 'the votes are in');

/**
 * Asks for the votes on what is shown as `name`, and sends the whole where that says nothing, or is a question that the region does not
 * know yet. `otherIsolates`: the regions that said nothing, which are sent the whole at once.
 */
export function votesByName(
  peer: Pick<PeerRpcMethods, 'vote' | 'voteShown'>,
  region: Region,
  otherIsolates: Set<Region>,
  name: string,
  proposal: Proposal,
): AskVotes {
  const byName = async (parent: CertifiedHeader | null): Promise<Result<SeatVote[]> | undefined> => {
    try {
      const answer = await peer.voteShown(name, parent);
      // Whoever comes to it when the votes are in finds nothing either, wherever it is.
      if (!answer && shownProposal(name)) otherIsolates.add(region);
      return answer;
    } catch {
      return undefined;
    }
  };
  return async (parent) => {
    const answer = otherIsolates.has(region) ? undefined : await byName(parent);
    if (answer) return answer;
    return shownProposal(name) ? peer.vote(proposal, parent) : TOO_LATE;
  };
}
