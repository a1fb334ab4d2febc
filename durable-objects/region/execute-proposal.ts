/**
 * Executes a proposed block. The verdict is a function of its bytes alone, so objects that share an isolate, as all of a local
 * network do, share it too: the last block found valid there is not executed again.
 */
import { decodeBody } from '../../protocol/block/block.ts';
import type { BlockHeader } from '../../protocol/block/header.ts';
import { validateBlock } from '../../protocol/block/validate.ts';
import { CodecError } from '../../protocol/codec.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { isKnownSigned } from '../../sealing/transaction-signatures.ts';
import type { Network } from './context.ts';
import type { Proposal } from './peer.ts';

/** A block and a witness of usual size; larger ones are executed by each object, so that none of them is held. */
const HELD_BYTES_MAX = 4 << 20;

let lastValid: Proposal | undefined;

/** At a word's place: what came in a message stands anywhere in it. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes));

/** Of a megabyte for each region and block: by words. */
function sameBytes(first: Uint8Array, second: Uint8Array): boolean {
  if (first.length !== second.length) return false;
  const [a, b] = [aligned(first), aligned(second)];
  const count = Math.floor(a.length / 4);
  const these = new Int32Array(a.buffer, a.byteOffset, count);
  const those = new Int32Array(b.buffer, b.byteOffset, count);
  for (let i = 0; i < count; i++) if (these[i] !== those[i]) return false;
  return equalBytes(a.subarray(4 * count), b.subarray(4 * count));
}

function isLastValid({ header, body, witness }: Proposal): boolean {
  if (!lastValid || !equalBytes(lastValid.header, header)) return false;
  return sameBytes(lastValid.body, body) && sameBytes(lastValid.witness, witness);
}

/**
 * `header` is the proposal's, and extends `previous`: it names the hashes of both network and parent, so its bytes stand for
 * them. The header again when it is what the execution gives.
 */
export async function executeProposal(
  { genesis, hash: genesisHash }: Network,
  previous: BlockHeader | undefined,
  header: BlockHeader,
  proposal: Proposal,
): Promise<Result<BlockHeader>> {
  if (isLastValid(proposal)) return ok(header);
  const { body, witness } = proposal;
  try {
    const block = { header, body: decodeBody(body) };
    const isSigned = (hash: Uint8Array) => isKnownSigned(genesisHash, hash);
    const result = await validateBlock({
      genesis,
      genesisHash,
      previous,
      block,
      witness,
      verify: verifyFast,
      isSigned,
    });
    if (result.ok && body.length + witness.length <= HELD_BYTES_MAX) lastValid = proposal;
    return result;
  } catch (error) {
    if (error instanceof CodecError) return fail('block_invalid', error.message);
    throw error;
  }
}
