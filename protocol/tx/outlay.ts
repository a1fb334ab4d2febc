/** What a transaction can take from its sender beside the fee: what an intake holds back for it until it has its outcome. */
import type { Parameters } from '../governance/parameters.ts';
import { decodeBond } from './bond.ts';
import type { Transaction } from './envelope.ts';
import { decodeReserve } from './reserve.ts';
import { decodeSwapOut } from './swap-out.ts';
import { type TxTypeName, txTypeName } from './types.ts';

const nothing = (): bigint => 0n;

/** Types that any account may send by itself; transfers and orders have an intake of their own. */
const OUTLAY: Partial<Record<TxTypeName, (body: Uint8Array, parameters: Parameters) => bigint>> = {
  reserve: (body, { reservationZhiPerHour }) => BigInt(decodeReserve(body).hours) * reservationZhiPerHour,
  release: nothing,
  bond: (body) => decodeBond(body).amountZhi,
  unbond: nothing,
  vote: nothing,
  datasetList: nothing,
  grant: nothing,
  revoke: nothing,
  modelList: nothing,
  junkFlag: nothing,
  vestClaim: nothing,
  swapIn: nothing,
  swapOut: (body) => decodeSwapOut(body).amountZhi,
  batchClaim: nothing,
  allow: nothing,
  param: nothing,
  endpoint: nothing,
};

/** In zhi; undefined for a type that is not among those. Throws CodecError for a body that does not decode. */
export function outlayOf({ type, body }: Transaction, parameters: Parameters): bigint | undefined {
  const name = txTypeName(type);
  return name && OUTLAY[name]?.(body, parameters);
}
