/** Executing a block again: every rule of the chain, hence a chunk of its own. */
import { validateBlock } from '../../protocol/block/validate.ts';
import type { VerifySignature } from '../../protocol/ed25519.ts';
import type { Result } from '../../protocol/errors.ts';
import type { FinalHeader, PinnedNetwork } from '../../protocol/proof/final-header.ts';
import { ok } from '../../protocol/result.ts';
import type { AnyBlock } from './chain.ts';
import { bodyIn } from './inclusion.ts';

/** Whatever checks ed25519, claims of the token swap are checked by their own verifier, which is loaded with the first of them. */
const withSwapClaims =
  (verify: VerifySignature): VerifySignature =>
  async (key, message, signature, scheme) => {
    if (scheme !== 'evmClaim') return verify(key, message, signature, scheme);
    const { verifyClaim } = await import('../../protocol/swap/verify.ts');
    return verifyClaim(key, message, signature);
  };

export async function executes(
  { genesis, hash }: PinnedNetwork,
  previous: FinalHeader | undefined,
  final: FinalHeader,
  block: AnyBlock,
  verify: VerifySignature,
): Promise<Result<FinalHeader>> {
  const body = bodyIn(final, block.body);
  if (!body.ok) return body;
  const executed = await validateBlock({
    genesis,
    genesisHash: hash,
    previous: previous?.header,
    block: { header: final.header, body: body.value },
    witness: block.witness,
    verify: withSwapClaims(verify),
  });
  return executed.ok ? ok(final) : executed;
}
