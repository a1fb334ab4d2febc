/**
 * A chain executed again from its genesis on the whole state, block by block: nothing of a state is taken from anyone. Where a
 * block's witness is at hand, it must be the very one that this state gives.
 */
import type { VerifySignature } from '../ed25519.ts';
import { fail, ok, type Result } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { initialState } from '../state/initial.ts';
import { updateTree } from '../state/leaves.ts';
import type { StateTree } from '../state/node.ts';
import type { Overlay } from '../state/overlay.ts';
import { encodeWitness, witnessOf } from '../state/witness.ts';
import type { Block } from './block.ts';
import { checkedBody } from './check-body.ts';
import { executeBlock } from './execute-block.ts';
import type { BlockHeader } from './header.ts';
import { parentOf } from './link.ts';

export class Replay {
  readonly #genesis: Genesis;
  readonly #hash: Hash;
  readonly #verify: VerifySignature;
  /** After the last block that was taken. */
  readonly state: Overlay;
  #tree: StateTree;
  #previous: BlockHeader | undefined;

  constructor({ genesis, hash }: { readonly genesis: Genesis; readonly hash: Hash }, verify: VerifySignature) {
    this.#genesis = genesis;
    this.#hash = hash;
    this.#verify = verify;
    this.state = initialState(genesis);
    this.#tree = updateTree(undefined, this.state);
  }

  get height(): bigint {
    return this.#previous?.height ?? 0n;
  }

  /** The next block, which a certificate has made final. Refuses with `block_invalid` or `witness_invalid`; then nothing is taken. */
  async take(block: Block, witness: Uint8Array | undefined): Promise<Result<BlockHeader>> {
    const parent = parentOf(this.#previous, this.#genesis, this.#hash);
    const input = { genesis: this.#genesis, genesisHash: this.#hash, block, verify: this.#verify };
    const checked = await checkedBody(input, parent);
    if (!checked.ok) return checked;
    const executed = executeBlock(block, parent, { state: this.state, tree: this.#tree }, checked.value);
    if (!executed.ok) return executed;
    const { header, state, tree, touched } = executed.value;
    if (witness && !equalBytes(witness, encodeWitness(witnessOf(this.#tree, this.state, touched)))) {
      return fail('witness_invalid', 'not what the state before the block gives');
    }
    state.commitTo(this.state);
    this.#tree = tree;
    this.#previous = header;
    return ok(header);
  }
}
