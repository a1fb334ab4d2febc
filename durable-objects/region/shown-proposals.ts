/**
 * Proposals that are being voted on, by name, for the objects of this isolate: in a local network all nine regions, each of which would
 * get a megabyte of its own to compare with the others'. The names are random, so one of another isolate is none of here.
 */
import type { Result } from '../../protocol/errors.ts';
import type { Region } from '../../protocol/regions.ts';
import type { CertifiedHeader, PeerRpcMethods, Proposal, SeatVote } from './peer.ts';

const shown = new Map<string, Proposal>();

/** Undefined in another isolate than the proposer's, and once `ask` has settled. */
export const shownProposal = (name: string): Proposal | undefined => shown.get(name);

export async function whileShown<T>(proposal: Proposal, ask: (name: string) => Promise<T>): Promise<T> {
  const name = crypto.randomUUID();
  shown.set(name, proposal);
  try {
    return await ask(name);
  } finally {
    shown.delete(name);
  }
}

export type AskVotes = (parent: CertifiedHeader | null) => Promise<Result<SeatVote[]>>;

/**
 * Asks for the votes on what is shown as `name`, and sends the whole where that says nothing. `elsewhere`: the regions of which that is
 * known.
 */
export function votesByName(
  peer: Pick<PeerRpcMethods, 'vote' | 'voteShown'>,
  region: Region,
  elsewhere: Set<Region>,
  name: string,
  proposal: Proposal,
): AskVotes {
  return async (parent) => {
    const answer = elsewhere.has(region) ? undefined : await peer.voteShown(name, parent);
    if (answer) return answer;
    // Whoever comes to it when the votes are in finds nothing either, wherever it is.
    if (shownProposal(name)) elsewhere.add(region);
    return peer.vote(proposal, parent);
  };
}
