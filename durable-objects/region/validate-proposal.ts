/** Executes a proposed block in this isolate. */
import { decodeBody } from '../../protocol/block/block.ts';
import type { BlockHeader } from '../../protocol/block/header.ts';
import { validateBlock } from '../../protocol/block/validate.ts';
import { CodecError } from '../../protocol/codec.ts';
import { fail, type Result } from '../../protocol/errors.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { isKnownSigned } from '../../sealing/transaction-signatures.ts';
import type { Network } from './context.ts';
import type { Proposal } from './peer.ts';

/**
 * `header` is the proposal's, and extends `previous`: it names the hashes of both network and parent, so its bytes stand for
 * them. The header again when it is what the execution gives.
 */
export async function validateProposal(
  { genesis, hash: genesisHash }: Network,
  previous: BlockHeader | undefined,
  header: BlockHeader,
  { body, witness }: Pick<Proposal, 'body' | 'witness'>,
): Promise<Result<BlockHeader>> {
  try {
    const block = { header, body: decodeBody(body) };
    const isSigned = (hash: Uint8Array) => isKnownSigned(genesisHash, hash);
    return await validateBlock({ genesis, genesisHash, previous, block, witness, verify: verifyFast, isSigned });
  } catch (error) {
    if (error instanceof CodecError) return fail('block_invalid', error.message);
    throw error;
  }
}
