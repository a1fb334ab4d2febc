/** Builds and signs one transaction: the client does it, never the server. */

import type { Hash } from '../../protocol/hash.ts';
import { chainIdOf, encodeTransaction, signingBytes, TX_VERSION, transactionHash } from '../../protocol/tx/envelope.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import { type TxTypeName, txTypeNumber } from '../../protocol/tx/types.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import type { Account } from './account.ts';
import type { Network } from './network.ts';

export interface TransactionParts {
  readonly type: TxTypeName;
  readonly nonce: bigint;
  readonly expiryHeight: BlockHeight;
  readonly baseFeeZhi: Zhi;
  /** Canonical bytes of the type's body. */
  readonly body: Uint8Array;
}

export interface SignedTransaction {
  readonly bytes: Uint8Array;
  readonly hash: Hash;
}

export async function signTransaction(
  account: Account,
  { hash }: Network,
  { type, nonce, expiryHeight, baseFeeZhi, body }: TransactionParts,
): Promise<SignedTransaction> {
  const unsigned = {
    version: TX_VERSION,
    chain: chainIdOf(hash),
    type: txTypeNumber(type),
    sender: account.publicKey,
    nonce,
    expiryHeight,
    feeZhi: feeOf(type, baseFeeZhi, body),
    body,
  };
  const signature = await account.sign(signingBytes(hash, unsigned));
  const bytes = encodeTransaction({ ...unsigned, signature });
  return { bytes, hash: transactionHash(bytes) };
}
