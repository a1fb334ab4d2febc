/**
 * A bound on the claims of the ERC20 swap in a block. A holder's signature, on secp256k1, takes some 2.5 ms to check, and each seat's
 * isolate checks it: a block full of them would hold the votes up for seconds.
 */
import { type Transaction, TX_TYPE_AT } from '../tx/envelope.ts';
import { txTypeNumber } from '../tx/types.ts';

/** About half a second of checking. */
export const BLOCK_SWAP_CLAIMS_MAX = 200;
const SWAP_IN = txTypeNumber('swapIn');

const isClaim = (tx: Pick<Transaction, 'type'> | undefined): boolean => tx?.type === SWAP_IN;

export const swapClaimsIn = (transactions: readonly Pick<Transaction, 'type'>[]): number =>
  transactions.filter(isClaim).length;

/** Without the claims that are too many: they wait for another block, and nobody behind them waits with them. */
export function withoutSpareClaims<T>(
  items: readonly T[],
  txOf: (item: T) => Pick<Transaction, 'type'> | undefined,
): readonly T[] {
  let claims = 0;
  return items.filter((item) => !isClaim(txOf(item)) || claims++ < BLOCK_SWAP_CLAIMS_MAX);
}

/** The same of transactions that nobody has parsed yet. */
export const withoutSpareClaimBytes = (transactions: readonly Uint8Array[]): readonly Uint8Array[] =>
  withoutSpareClaims(transactions, (bytes) => ({ type: bytes[TX_TYPE_AT] ?? 0 }));
