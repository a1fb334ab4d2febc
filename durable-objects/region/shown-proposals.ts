/**
 * Proposals that are being voted on, by name, for the objects of this isolate: in a local network all nine regions, each of which would
 * get a megabyte of its own to compare with the others'. The names are random, so one of another isolate is none of here.
 */
import type { Proposal } from './peer.ts';

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
