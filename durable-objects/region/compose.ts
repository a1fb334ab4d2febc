/** Composes pending role entries into transactions signed by the region's searcher and checker. */
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import {
  chainIdOf,
  encodeTransaction,
  signingBytes,
  TX_VERSION,
  transactionHash,
  type UnsignedTransaction,
} from '../../protocol/tx/envelope.ts';
import { BATCH_ENTRIES_MAX } from '../../protocol/tx/rule.ts';
import { type TxTypeName, txTypeNumber } from '../../protocol/tx/types.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import { batchesOf, type EntryRole, type RoleEntry } from './batches.ts';
import type { Keyring, SigningRole } from './keyring.ts';

const TX_OF_ROLE: Record<EntryRole, { type: TxTypeName; signer: SigningRole; list: boolean }> = {
  match: { type: 'orderMatch', signer: 'searcher', list: true },
  work: { type: 'workProof', signer: 'searcher', list: true },
  result: { type: 'resultProof', signer: 'checker', list: true },
  settle: { type: 'orderSettle', signer: 'searcher', list: true },
  refund: { type: 'orderRefund', signer: 'searcher', list: false },
};
/** Role transactions are composed when they are about to be sealed; the margin only bridges a stall. */
const EXPIRY_BLOCKS = 10_000n;

export interface ComposedTransaction {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly sender: Uint8Array;
  readonly nonce: bigint;
  readonly entryIds: number[];
}

export interface ComposeInput {
  readonly keyring: Keyring;
  readonly genesisHash: Uint8Array;
  readonly tipHeight: bigint;
  readonly entries: readonly RoleEntry[];
  nextNonce(sender: Uint8Array): bigint;
}

/** Entries are stored encoded; a list of n <= 8 is their ULEB128 count, one byte, and then their bytes. */
function bodyOf(batch: readonly RoleEntry[], list: boolean): Uint8Array {
  const entries = batch.map((entry) => entry.entry);
  return list ? concatBytes(new Uint8Array([entries.length]), ...entries) : concatBytes(...entries);
}

export async function composeTransactions(input: ComposeInput): Promise<ComposedTransaction[]> {
  const nonces = new Map<SigningRole, bigint>();
  const composed: Promise<ComposedTransaction>[] = [];
  for (const batch of batchesOf(input.entries, bytesToHex, BATCH_ENTRIES_MAX)) {
    const { type, signer, list } = TX_OF_ROLE[(batch[0] as RoleEntry).role];
    const sender = input.keyring.publicKey(signer);
    const nonce = nonces.get(signer) ?? input.nextNonce(sender);
    nonces.set(signer, nonce + 1n);
    const unsigned: UnsignedTransaction = {
      version: TX_VERSION,
      chain: chainIdOf(input.genesisHash),
      type: txTypeNumber(type),
      sender,
      nonce,
      expiryHeight: (input.tipHeight + EXPIRY_BLOCKS) as BlockHeight,
      feeZhi: 0n as Zhi,
      body: bodyOf(batch, list),
    };
    composed.push(signed(unsigned, signer, input, batch));
  }
  return Promise.all(composed);
}

async function signed(
  unsigned: UnsignedTransaction,
  signer: SigningRole,
  { keyring, genesisHash }: ComposeInput,
  batch: readonly RoleEntry[],
): Promise<ComposedTransaction> {
  const signature = await keyring.sign(signer, signingBytes(genesisHash, unsigned));
  const bytes = encodeTransaction({ ...unsigned, signature });
  return {
    hash: transactionHash(bytes),
    bytes,
    sender: unsigned.sender,
    nonce: unsigned.nonce,
    entryIds: batch.map((entry) => entry.id),
  };
}
