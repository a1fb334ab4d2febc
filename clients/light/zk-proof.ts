/** zk proofs: pairings, hence a chunk of its own. */

import type { Result } from '../../protocol/errors.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import { type KnownProof, verifyKnownProof } from '../../protocol/proof/groth16-circuits.ts';
import { fail, ok } from '../../protocol/result.ts';

/** As the API answers: two refusals concern the key, one the statement, all others the form. */
export function zkProofHolds({ profile }: Genesis, claim: KnownProof): Result<true> {
  const verdict = verifyKnownProof(claim, { allowDevelopmentKeys: profile === 'development' });
  if (verdict.ok) return ok(true);
  if (verdict.code === 'unknown-key' || verdict.code === 'development-key')
    return fail('unknown_circuit', verdict.code);
  return fail(verdict.code === 'pairing-mismatch' ? 'proof_invalid' : 'proof_malformed', verdict.code);
}
