/**
 * Verification of a holder's claim, and the hash of a release: the part of the swap that needs secp256k1 and keccak. Clients load it
 * when they meet the first (some 20 KB); nothing else of protocol/ imports it.
 *
 *     verifyClaim(holder, encodeClaimStatement(statement), signature)   // did the holder sign this claim?
 *     recoverAddress(typedDigest(releaseTypedData(release)), signature) // who signed this release?
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { CodecError } from '../codec.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { REGIONS } from '../regions.ts';
import { type ClaimStatement, decodeClaimStatement } from './claim-statement.ts';
import { typedDigest } from './eip712.ts';
import { evmAddressOf } from './evm-address.ts';
import { claimTypedData } from './typed-data.ts';

/** r (32), s (32), v (1). */
export const EVM_SIGNATURE_BYTES = 65;
/** v is 27 plus the parity of the point's y. */
const V_EVEN = 27;
const V_ODD = 28;

/**
 * Address of the key that signed `digest`, or undefined. A signature has one form here: 65 bytes, v of 27 or 28, r and s in range
 * and s in the lower half of the order (EIP-2), so that nobody makes a second one out of a first.
 */
export function recoverAddress(digest: Hash, signature: Uint8Array): Uint8Array | undefined {
  const v = signature[EVM_SIGNATURE_BYTES - 1];
  if (signature.length !== EVM_SIGNATURE_BYTES || (v !== V_EVEN && v !== V_ODD)) return undefined;
  try {
    const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), 'compact');
    if (parsed.hasHighS()) return undefined;
    const point = parsed.addRecoveryBit(v - V_EVEN).recoverPublicKey(digest);
    return evmAddressOf(point.toBytes(false).subarray(1));
  } catch {
    // Out of range, or no point has such an x.
    return undefined;
  }
}

/** `message`: a ClaimStatement. The verifier of scheme `evmClaim`: whether this address signed it. */
export function verifyClaim(address: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const statement = statementIn(message);
  // No wallet was shown a region that does not exist; such a claim can't be signed.
  if (!statement || REGIONS[statement.homeRegion] === undefined) return false;
  const recovered = recoverAddress(typedDigest(claimTypedData(statement)), signature);
  return recovered !== undefined && equalBytes(recovered, address);
}

function statementIn(message: Uint8Array): ClaimStatement | undefined {
  try {
    return decodeClaimStatement(message);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
