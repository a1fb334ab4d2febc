/** A transaction of a final block as the API shows it. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../protocol/address.ts';
import { APPLIED, codeOfNumber } from '../protocol/errors.ts';
import { txTypeName } from '../protocol/tx/types.ts';
import type { WireTransaction } from '../protocol/wire.ts';
import type { Ledger } from './ledger.ts';

/**
 * A transaction of which no entry was applied was refused, though it is in a block: its nonce is used and its fee burned. The
 * code is the first entry's that was refused.
 */
export function withOutcome(wire: WireTransaction): WireTransaction {
  const refused = wire.entries?.find((number) => number !== APPLIED);
  if (wire.entries === null || refused === undefined) return wire;
  const status = wire.entries.includes(APPLIED) ? 'applied' : 'refused';
  return { ...wire, status, code: codeOfNumber(refused) ?? String(refused) };
}

/** Undefined for one that is in no final block. */
export async function finalTransaction(
  ledger: Pick<Ledger, 'transaction'>,
  hash: Uint8Array,
): Promise<WireTransaction | undefined> {
  const found = await ledger.transaction(hash);
  if (!found) return undefined;
  return withOutcome({
    hash: bytesToHex(found.hash),
    type: txTypeName(found.type) ?? String(found.type),
    sender: addressOf(found.sender),
    nonce: found.nonce.toString(),
    status: 'applied',
    code: null,
    entries: found.outcome,
    height: found.height.toString(),
    index: found.index,
  });
}
