/** The bounds on what a block carries to be checked beside its transactions' own signatures. */
import type { Transaction } from '../tx/envelope.ts';
import { approvalsInAll, BLOCK_APPROVALS_MAX, withoutSpareApprovals } from './approvals.ts';
import { BLOCK_SWAP_CLAIMS_MAX, swapClaimsIn, withoutSpareClaims } from './swap-claims.ts';

type Signed = Pick<Transaction, 'type' | 'body'>;

/** Why a block of these transactions is not valid, before any signature is checked. */
export function signatureBoundFault(transactions: readonly Signed[]): string | undefined {
  if (swapClaimsIn(transactions) > BLOCK_SWAP_CLAIMS_MAX) return 'more swap claims than a block holds';
  return approvalsInAll(transactions) > BLOCK_APPROVALS_MAX ? 'more approvals than a block holds' : undefined;
}

/** Without those that are too many: they wait for another block, and nobody behind them waits with them. */
export const withinSignatureBounds = <T>(items: readonly T[], txOf: (item: T) => Signed | undefined): readonly T[] =>
  withoutSpareApprovals(withoutSpareClaims(items, txOf), txOf);
