/**
 * A bound on the seats' signatures that approvals (tx/param.ts) carry in a block. Each is paid for as a transaction is, but one
 * transaction has up to 13: without a bound a block of the usual number of transactions has seven times as much to check.
 */
import type { Transaction } from '../tx/envelope.ts';
import { approvalsIn } from '../tx/fee.ts';
import { txTypeNumber } from '../tx/types.ts';

/** Twenty proposals approved by all seats. Below half a second with the slowest verifier, 1.8 ms a signature. */
export const BLOCK_APPROVALS_MAX = 260;
const PARAM = txTypeNumber('param');

type Approving = Pick<Transaction, 'type' | 'body'>;

const approvalsOf = (tx: Approving | undefined): number => (tx?.type === PARAM ? approvalsIn(tx.body) : 0);

export const approvalsInAll = (transactions: readonly Approving[]): number =>
  transactions.reduce((sum, tx) => sum + approvalsOf(tx), 0);

/** Without the approvals that are too many: they wait for another block, and nobody behind them waits with them. */
export function withoutSpareApprovals<T>(items: readonly T[], txOf: (item: T) => Approving | undefined): readonly T[] {
  let left = BLOCK_APPROVALS_MAX;
  return items.filter((item) => {
    const count = approvalsOf(txOf(item));
    if (count > left) return false;
    left -= count;
    return true;
  });
}
