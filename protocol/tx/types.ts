/**
 * The table of transaction types. A number is for ever. Reserved numbers belong to rules that do not exist yet: a
 * transaction that carries one is refused with `tx_type_reserved`, never ignored.
 */
export const TX_TYPES = {
  1: 'transfer',
  2: 'orderOpen',
  3: 'orderMatch',
  4: 'workProof',
  5: 'resultProof',
  6: 'orderConfirm',
  7: 'orderSettle',
  8: 'orderRefund',
  9: 'batchSettle',
  10: 'batchClaim',
  11: 'orderOpenFor',
  20: 'reserve',
  21: 'release',
  22: 'bond',
  23: 'unbond',
  24: 'vote',
  27: 'datasetList',
  28: 'grant',
  29: 'revoke',
  30: 'modelList',
  31: 'junkFlag',
  34: 'epochReward',
  35: 'vestClaim',
  36: 'swapIn',
  37: 'swapOut',
  38: 'allow',
  39: 'param',
  40: 'endpoint',
} as const;

export const RESERVED_TX_TYPES = {
  25: 'resourceRegister',
  26: 'resourceProof',
  32: 'dispute',
  33: 'evidence',
} as const;

export type TxType = keyof typeof TX_TYPES;
export type TxTypeName = (typeof TX_TYPES)[TxType];

export function txTypeName(type: number): TxTypeName | undefined {
  return (TX_TYPES as Record<number, TxTypeName>)[type];
}

export function txTypeNumber(name: TxTypeName): TxType {
  return Number(Object.entries(TX_TYPES).find(([, n]) => n === name)?.[0]) as TxType;
}

export function isReservedTxType(type: number): boolean {
  return type in RESERVED_TX_TYPES;
}
