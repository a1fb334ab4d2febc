/**
 * Base fees. A demander's OrderOpen prepays the six transactions of an order's life (open, match, work, result, settle,
 * refund or confirm), claims from a batch included, so the network's roles need no money of their own to serve it.
 */
import type { Zhi } from '../units.ts';
import type { TxTypeName } from './types.ts';

const ORDER_LIFE_TRANSACTIONS = 6n;

const FEE_MULTIPLE: Record<TxTypeName, bigint> = {
  transfer: 1n,
  orderOpen: ORDER_LIFE_TRANSACTIONS,
  orderMatch: 0n,
  workProof: 0n,
  resultProof: 0n,
  orderConfirm: 0n,
  orderSettle: 0n,
  orderRefund: 0n,
  batchSettle: 0n,
  batchClaim: 0n,
  orderOpenFor: ORDER_LIFE_TRANSACTIONS,
  reserve: 1n,
  release: 1n,
  bond: 1n,
  unbond: 1n,
  vote: 1n,
  datasetList: 1n,
  grant: 1n,
  revoke: 1n,
  modelList: 1n,
  junkFlag: 1n,
  epochReward: 0n,
  vestClaim: 1n,
  allow: 1n,
};

export function feeOf(type: TxTypeName, baseFeeZhi: Zhi): Zhi {
  return (FEE_MULTIPLE[type] * baseFeeZhi) as Zhi;
}
