/**
 * Base fees. A demander's OrderOpen prepays the six transactions of an order's life (open, match, work, result, settle,
 * refund or confirm), claims from a batch included, so the network's roles need no money of their own to serve it.
 */
import { SEATS } from '../genesis.ts';
import type { Zhi } from '../units.ts';
import type { TxTypeName } from './types.ts';

const ORDER_LIFE_TRANSACTIONS = 6n;

/** A holder's signature, on secp256k1, takes as long to check (2.4 ms) as those of so many other transactions. */
const SWAP_CLAIM_SIGNATURES = 14n;

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
  swapIn: SWAP_CLAIM_SIGNATURES,
  swapOut: 1n,
  allow: 1n,
  param: 1n,
  endpoint: 1n,
};

/**
 * Signatures of seats that an approval carries (param.ts): its variant, the proposal's id (32 bytes), then their number in one byte, as
 * they are at most 13. Of bytes that are no approval whatever there is: they are refused for what they are.
 */
const APPROVE = 1;
const APPROVALS_AT = 33;
export const approvalsIn = (body: Uint8Array): number =>
  body[0] === APPROVE ? Math.min(body[APPROVALS_AT] ?? 0, SEATS) : 0;

/** Each signature that is checked costs as much as a transaction, which has one: an approval is paid by what it carries. */
export function feeOf(type: Exclude<TxTypeName, 'param'>, baseFeeZhi: Zhi): Zhi;
export function feeOf(type: TxTypeName, baseFeeZhi: Zhi, body: Uint8Array): Zhi;
export function feeOf(type: TxTypeName, baseFeeZhi: Zhi, body?: Uint8Array): Zhi {
  const signatures = type === 'param' && body ? approvalsIn(body) : 0;
  return ((FEE_MULTIPLE[type] + BigInt(signatures)) * baseFeeZhi) as Zhi;
}
