/**
 * When a seat signs. One signature for a (height, round, step), whatever arrives twice, late or reordered; never at a height
 * below the last one signed. The record is durable before the signature leaves: `record` comes before `sign`, and between the
 * two the history is asked again, because another vote may have come in while the block was executed.
 */
import { equalBytes, type Hash } from '../hash.ts';

/** What a signature would be for. */
export interface Asked {
  readonly height: bigint;
  readonly round: number;
  readonly hash: Hash;
}

/** What the seats of one object remember, durably. */
export interface SeatHistory {
  /** Height of the last block signed; undefined before the first. */
  readonly lastHeight: bigint | undefined;
  /** The signature given at the asked height. */
  readonly signed: Pick<Asked, 'round' | 'hash'> | undefined;
}

/** Why there is no signature, whatever is in the block; undefined when there may be one. */
export function historyFault({ lastHeight, signed }: SeatHistory, asked: Asked): string | undefined {
  if (lastHeight !== undefined && asked.height < lastHeight) return 'a height that is past';
  if (!signed || equalBytes(signed.hash, asked.hash)) return undefined;
  // A seat that has signed is locked: without a round of prevotes that shows a quorum for another block there is no unlocking.
  return asked.round > signed.round
    ? 'locked on the block of a lower round'
    : 'another block of this height was signed';
}

export type VoteState = { readonly at: 'asked' | 'executing' | 'recording' | 'done'; readonly asked: Asked };

export type VoteEvent =
  | { readonly is: 'asked'; readonly history: SeatHistory }
  /** The block follows the last one and executes to its header, or why not. */
  | { readonly is: 'executed'; readonly fault: string | undefined }
  /** In one durable transaction: the history was read again and, unless it forbids, the signature recorded. */
  | { readonly is: 'recorded'; readonly fault: string | undefined };

export type VoteEffect =
  | { readonly kind: 'execute' }
  | { readonly kind: 'record' }
  | { readonly kind: 'sign' }
  | { readonly kind: 'refuse'; readonly reason: string };

export interface VoteStep {
  readonly state: VoteState;
  readonly effect: VoteEffect;
}

export const askedToVote = (asked: Asked): VoteState => ({ at: 'asked', asked });

/** Throws for an event that its state does not wait for: the edge has run effects out of order. */
export function voteStep({ at, asked }: VoteState, event: VoteEvent): VoteStep {
  const go = (next: VoteState['at'], effect: VoteEffect): VoteStep => ({ state: { at: next, asked }, effect });
  const refuse = (reason: string): VoteStep => go('done', { kind: 'refuse', reason });
  if (at === 'asked' && event.is === 'asked') {
    const fault = historyFault(event.history, asked);
    if (fault) return refuse(fault);
    // The same bytes were executed before they were signed: a repetition only signs again.
    return event.history.signed ? go('recording', { kind: 'record' }) : go('executing', { kind: 'execute' });
  }
  if (at === 'executing' && event.is === 'executed') {
    return event.fault ? refuse(event.fault) : go('recording', { kind: 'record' });
  }
  if (at === 'recording' && event.is === 'recorded') {
    return event.fault ? refuse(event.fault) : go('done', { kind: 'sign' });
  }
  throw new Error(`a vote that is ${at} can't take '${event.is}'`);
}
