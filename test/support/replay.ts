/** A chain executed again from its genesis, on the whole state: each block must give its header, to the byte. */
import { decodeBody } from '../../protocol/block/block.ts';
import { buildBlock, candidateOf } from '../../protocol/block/build.ts';
import { certificateFault, decodeCertificate } from '../../protocol/block/certificate.ts';
import { decodeHeader, encodeHeader, headerHash } from '../../protocol/block/header.ts';
import type { Parent } from '../../protocol/block/link.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import { genesisHash } from '../../protocol/genesis.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { updateTree } from '../../protocol/state/leaves.ts';
import type { StateTree } from '../../protocol/state/node.ts';
import type { Overlay } from '../../protocol/state/overlay.ts';
import { signatureFault } from '../../protocol/transition.ts';
import { parseTransaction } from '../../protocol/tx/envelope.ts';
import type { BlockHeight } from '../../protocol/units.ts';
import { verifyFast } from '../../sealing/signatures.ts';

export interface StoredBlock {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly body: Uint8Array;
}

export class Replay {
  readonly #genesis: Genesis;
  readonly #hash: Uint8Array;
  readonly state: Overlay;
  #tree: StateTree;
  #parent: Parent;

  constructor(genesis: Genesis) {
    this.#genesis = genesis;
    this.#hash = genesisHash(genesis);
    this.state = initialState(genesis);
    this.#tree = updateTree(undefined, this.state);
    this.#parent = { hash: this.#hash, height: 0n as BlockHeight, timeMs: genesis.createdMs };
  }

  get height(): bigint {
    return this.#parent.height;
  }

  /** Takes the next block; returns its transactions, or why it is none. */
  async take(block: StoredBlock): Promise<readonly Uint8Array[] | string> {
    const header = decodeHeader(block.header);
    const { transactions, outcomes } = decodeBody(block.body);
    const { seats } = this.#genesis;
    const uncertified = await certificateFault(header, decodeCertificate(block.certificate), seats, verifyFast);
    if (uncertified) return `block ${header.height}: ${uncertified}`;
    const candidates = await Promise.all(
      transactions.map(async (bytes) => candidateOf(bytes, this.#hash, await this.#isSigned(bytes))),
    );
    const built = buildBlock({
      genesis: this.#genesis,
      genesisHash: this.#hash,
      parent: this.#parent,
      state: this.state,
      tree: this.#tree,
      nowMs: header.timeMs,
      proposerSeat: header.proposerSeat,
      candidates,
    });
    if (!built || built.refused.length > 0) return `block ${header.height}: ${built?.refused[0]?.code ?? 'empty'}`;
    if (!equalBytes(encodeHeader(built.block.header), block.header)) return `block ${header.height}: another header`;
    if (
      String(built.block.body.outcomes.map(({ entries }) => entries)) !== String(outcomes.map(({ entries }) => entries))
    )
      return `block ${header.height}: other outcomes`;
    built.state.commitTo(this.state);
    this.#tree = built.tree;
    this.#parent = { hash: headerHash(header), height: header.height, timeMs: header.timeMs };
    return transactions;
  }

  async #isSigned(bytes: Uint8Array): Promise<boolean> {
    const parsed = parseTransaction(bytes, this.#hash);
    if (!parsed.ok) return false;
    const context = {
      genesis: this.#genesis,
      genesisHash: this.#hash,
      height: (this.#parent.height + 1n) as BlockHeight,
      timeMs: this.#parent.timeMs,
    };
    return (await signatureFault(parsed.value, context, verifyFast)) === undefined;
  }
}
