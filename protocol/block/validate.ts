/**
 * Validates a block without a state: with the header before it, its body and its witness, anyone executes it again by the
 * very transition that built it, and comes to the same roots or says what differs.
 */
import { CodecError } from '../codec.ts';
import type { VerifySignature } from '../ed25519.ts';
import { fail, ok, type Result } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import type { Hash } from '../hash.ts';
import { initialState } from '../state/initial.ts';
import { updateTree } from '../state/leaves.ts';
import type { Root } from '../state/node.ts';
import { PartialState, UnsoundWitnessError } from '../state/partial.ts';
import { sameRoot, treeRoot } from '../state/tree.ts';
import { decodeWitness } from '../state/witness.ts';
import type { Block } from './block.ts';
import { type CheckedBody, checkedBody } from './check-body.ts';
import { type ExecutedBlock, executeBlock } from './execute-block.ts';
import type { BlockHeader } from './header.ts';
import { type Parent, parentOf } from './link.ts';

export interface ValidateInput {
  readonly genesis: Genesis;
  readonly genesisHash: Hash;
  /** Trusted: certified, or agreed to before. Undefined for the first block, on top of the genesis. */
  readonly previous: BlockHeader | undefined;
  readonly block: Block;
  readonly witness: Uint8Array;
  readonly verify: VerifySignature;
  /** Whether whoever validates has found all signatures of the transaction with this hash good before. */
  readonly isSigned?: (hash: Hash) => boolean;
}

/**
 * The header, as its execution gives it. `block_invalid`: the block does not follow, or its execution does not lead to its
 * header; `witness_invalid`: the witness is not the one of this block on the previous state. The evidence names the part at
 * fault.
 */
export async function validateBlock(input: ValidateInput): Promise<Result<BlockHeader>> {
  const { genesis, genesisHash, previous, block } = input;
  const parent = parentOf(previous, genesis, genesisHash);
  const checked = await checkedBody(input, parent);
  if (!checked.ok) return checked;
  const before = previous ? { hash: previous.stateRoot, sum: previous.supplyZhi } : genesisRoot(genesis);
  const partial = partialState(input.witness, before);
  if (!partial.ok) return partial;
  const executed = executedOn(partial.value, block, parent, checked.value);
  if (!executed.ok) return executed;
  const { spare } = partial.value;
  return spare === 0 ? ok(executed.value.header) : fail('witness_invalid', `${spare} spare leaves`);
}

/**
 * A quorum can certify a state that no rule makes: a record that decodes to nothing, sums that run over. What throws on such a state
 * says something of it, not of us; on a state of our own (replay.ts) it would be a fault, and stays one.
 */
function executedOn(state: PartialState, block: Block, parent: Parent, body: CheckedBody): Result<ExecutedBlock> {
  try {
    return executeBlock(block, parent, { state, tree: state.tree }, body);
  } catch (error) {
    if (error instanceof Error) return fail('block_invalid', `on a state that no rule makes: ${error.message}`);
    throw error;
  }
}

const genesisRoot = (genesis: Genesis): Root => treeRoot(updateTree(undefined, initialState(genesis)));

function partialState(witness: Uint8Array, before: Root): Result<PartialState> {
  try {
    const partial = new PartialState(decodeWitness(witness));
    return sameRoot(partial.root, before)
      ? ok(partial)
      : fail('witness_invalid', 'another state than the previous one');
  } catch (error) {
    if (error instanceof CodecError || error instanceof UnsoundWitnessError) {
      return fail('witness_invalid', error.message);
    }
    throw error;
  }
}
