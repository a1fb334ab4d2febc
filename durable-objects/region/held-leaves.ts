/**
 * Leaves of batches that a claim taken here asks for. A claim costs no fee, and the ledger shows a leaf as paid only once its claim
 * is final: until then the leaf counts as claimed, so that one leaf does not carry many free claims into blocks. It does so for as
 * long as the outcome of a sealed claim is kept: a record of the batch that was read before the block, and comes after it, finds
 * the leaf claimed all the same.
 *
 * Records of the ERC20 swap, and the locks behind them, are held in the same way: a leaf of the set's root, and one of the lock.
 */
import { lockKey } from '../../protocol/record/swap.ts';
import type { SwapIn } from '../../protocol/tx/swap-in.ts';
import { first } from './schema.ts';

export interface LeafPlace {
  readonly batch: Uint8Array;
  readonly index: number;
}

/** What a swap claim asks for. Roots of sets and keys of locks are hashes under tags of their own: none is a batch's. */
export const swapLeaves = ({ set, index, lock }: Pick<SwapIn, 'set' | 'index' | 'lock'>): LeafPlace[] => [
  { batch: set, index },
  ...(lock ? [{ batch: lockKey(lock), index: 0 }] : []),
];

export class HeldLeaves {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  has({ batch, index }: LeafPlace): boolean {
    const found = this.#sql.exec('SELECT 1 AS one FROM held_leaf WHERE batch = ? AND idx = ?', batch, index);
    return first(found) !== undefined;
  }

  /** For the transaction of this hash. Throws for a leaf that is held. */
  hold(leaves: readonly LeafPlace[], hash: Uint8Array): void {
    for (const { batch, index } of leaves)
      this.#sql.exec('INSERT INTO held_leaf(batch, idx, tx) VALUES(?, ?, ?)', batch, index, hash);
  }

  /** Of a transaction that will not be sealed, or did not get what it asked for. */
  release(hash: Uint8Array): void {
    this.#sql.exec('DELETE FROM held_leaf WHERE tx = ?', hash);
  }

  /** Of transactions whose outcome is no longer kept. */
  sweep(): void {
    this.#sql.exec('DELETE FROM held_leaf WHERE tx NOT IN (SELECT hash FROM mempool)');
  }
}
