/** What a check of a receipt comes to. The checks themselves, with the verifier, are in receipt-checks.ts and load later. */
import type { ErrorCode } from '../../protocol/errors.ts';
import type { VerifiedReceipt } from '../../protocol/proof/verify-receipt.ts';

/** In the order in which they are made: each needs the ones before. */
export const RECEIPT_CHECKS = ['form', 'network', 'certificates', 'inclusion', 'story'] as const;
export type ReceiptCheck = (typeof RECEIPT_CHECKS)[number];

/** How much of each there was to check. */
export interface ReceiptCounts {
  readonly blocks: number;
  readonly signatures: number;
  readonly transactions: number;
}

export interface ReceiptVerdict {
  /** The check that refused; undefined when all passed. Those after it were not made. */
  readonly refusedAt: ReceiptCheck | undefined;
  readonly counts: ReceiptCounts | undefined;
  readonly verified: VerifiedReceipt | undefined;
  readonly code: ErrorCode | undefined;
  readonly reason: string | undefined;
}
