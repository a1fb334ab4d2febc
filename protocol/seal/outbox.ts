/**
 * Delivery at least once, in order, and application once. The sender marks an event sent only after the receiver has
 * acknowledged it: a crash in between repeats it, and never loses it. The receiver knows a repetition by its number.
 */

export interface OutboxHead {
  /** Unix ms before which it is not tried again. */
  readonly dueMs: number;
}

export type OutboxStep<H extends OutboxHead> =
  /** Number the next events of the ledger and queue them, in one step with the cursor. */
  | { readonly kind: 'fill' }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'send'; readonly head: H };

export function outboxStep<H extends OutboxHead>(head: H | undefined, nowMs: number): OutboxStep<H> {
  if (!head) return { kind: 'fill' };
  return head.dueMs > nowMs ? { kind: 'wait', untilMs: head.dueMs } : { kind: 'send', head };
}

/** After an attempt: only what the receiver has taken leaves the queue. */
export const afterAttempt = (taken: boolean): 'markSent' | 'keep' => (taken ? 'markSent' : 'keep');

/** What a receiver does with a numbered event, given the last one that it applied (0 before the first). */
export function onDelivery(lastSeq: number, seq: number): 'apply' | 'repeat' | 'gap' {
  if (seq <= lastSeq) return 'repeat';
  return seq === lastSeq + 1 ? 'apply' : 'gap';
}
