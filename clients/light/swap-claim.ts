/** Claims of the token swap: secp256k1 and keccak, hence a chunk of its own. */
import { CodecError } from '../../protocol/codec.ts';
import type { Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import type { PinnedNetwork } from '../../protocol/proof/final-header.ts';
import { fail, ok } from '../../protocol/result.ts';
import { type ClaimStatement, decodeClaimStatement } from '../../protocol/swap/claim-statement.ts';
import { verifyClaim } from '../../protocol/swap/verify.ts';

/** `holder`: the 20 bytes of an EVM address; `statement`: canonical bytes; `signature`: r, s, v. */
export function swapClaimIn(
  { genesis, hash }: PinnedNetwork,
  holder: Uint8Array,
  statement: Uint8Array,
  signature: Uint8Array,
): Result<ClaimStatement> {
  let claim: ClaimStatement;
  try {
    claim = decodeClaimStatement(statement);
  } catch (error) {
    if (error instanceof CodecError) return fail('proof_malformed', error.message);
    throw error;
  }
  const { evmChainId, token } = genesis.swap;
  if (!equalBytes(claim.network, hash)) return fail('foreign_network', 'a claim on another network');
  if (claim.evmChainId !== evmChainId || !equalBytes(claim.token, token))
    return fail('proof_invalid', 'a claim of another token');
  return verifyClaim(holder, statement, signature) ? ok(claim) : fail('bad_signature', 'the holder did not sign it');
}
