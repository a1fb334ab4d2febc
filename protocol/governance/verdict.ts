/** What has been said of a proposal, and whether that is enough. */
import { QUORUM } from '../block/certificate.ts';
import { SEATS } from '../genesis.ts';
import type { Proposal } from '../record/proposal.ts';
import type { UnixMs } from '../units.ts';
import { parameterName } from './parameters.ts';

/** An accepted proposal that nobody enacts lapses: nobody expects it any more. Longer than any delay. */
const ENACT_WITHIN_MS = 30n * 86_400_000n;

/** When an accepted proposal may be enacted. What acts at once, and can't be scheduled, waits for the delay before. */
export const enactFromMs = ({ parameter, endMs, delayMs }: Proposal): UnixMs =>
  (parameterName(parameter) === 'swapSet' ? endMs + delayMs : endMs) as UnixMs;

export const lapsesMs = ({ endMs }: Proposal): UnixMs => (endMs + ENACT_WITHIN_MS) as UnixMs;

export type ProposalState = 'voting' | 'accepted' | 'rejected' | 'enacted' | 'lapsed';

/** Numbers of the seats in a bitmap, in their order. */
export const seatsIn = (bits: number): number[] =>
  Array.from({ length: SEATS }, (_, seat) => seat).filter((seat) => (bits & (1 << seat)) !== 0);

/**
 * Nine of the 13 seats, more than two thirds of the stake that voted, and enough stake that voted. Of no stake at all two thirds
 * are not more than none.
 */
export function isAccepted({ seats, yesZhi, noZhi, turnoutZhi }: Proposal): boolean {
  const votedZhi = yesZhi + noZhi;
  return seatsIn(seats).length >= QUORUM && 3n * yesZhi > 2n * votedZhi && votedZhi >= turnoutZhi;
}

export function stateAt(proposal: Proposal, timeMs: UnixMs): ProposalState {
  if (proposal.enacted) return 'enacted';
  if (timeMs < proposal.endMs) return 'voting';
  if (!isAccepted(proposal)) return 'rejected';
  return timeMs < lapsesMs(proposal) ? 'accepted' : 'lapsed';
}
