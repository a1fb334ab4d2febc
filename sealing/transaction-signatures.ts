/**
 * The signatures of transactions, each checked once in an isolate: a transaction is checked when it is taken in, when its block is
 * built, and by each region's seats.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { equalBytes, type Hash } from '../protocol/hash.ts';
import { signatureFault } from '../protocol/transition.ts';
import type { Transaction } from '../protocol/tx/envelope.ts';
import type { RuleContext } from '../protocol/tx/rule.ts';
import { BoundedCache } from './bounded-cache.ts';
import { verifyFast } from './signatures.ts';

/** The last 8192 transactions, some five seconds of a loaded network, and up to as many again: at most 4 MB. */
const KNOWN_MAX = 16_384;
/**
 * The network's genesis by the transaction's hash, which is over all of its bytes: what its signatures are over, and they themselves.
 * Good ones only: false ones cost whoever sends them as much again.
 */
const known = new BoundedCache<Hash>(KNOWN_MAX);

/** Whether this isolate found all signatures of the transaction good before. */
export function isKnownSigned(genesisHash: Hash, hash: Hash): boolean {
  const network = known.get(bytesToHex(hash));
  return network !== undefined && equalBytes(network, genesisHash);
}

/** They were found good here, or elsewhere by somebody who is believed as this isolate is. */
export const rememberSigned = (genesisHash: Hash, hash: Hash): void => known.set(bytesToHex(hash), genesisHash);

/** `signatureFault` of protocol/transition.ts; `hash` is the transaction's. Signatures depend on no height and no time. */
export async function signatureFaultOnce(
  tx: Transaction,
  hash: Hash,
  context: RuleContext,
): Promise<'tx_malformed' | 'bad_signature' | undefined> {
  if (isKnownSigned(context.genesisHash, hash)) return undefined;
  const fault = await signatureFault(tx, context, verifyFast);
  if (!fault) rememberSigned(context.genesisHash, hash);
  return fault;
}
