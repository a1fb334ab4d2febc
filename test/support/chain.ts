/** A chain in memory: seals blocks of real transactions with the real seat keys, as the sequencer does. */
import { type BuiltBlock, buildBlock, candidatesOf } from '../../protocol/block/build.ts';
import { type CertifiedBlock, certificateOf, certify, QUORUM, voteBytes } from '../../protocol/block/certificate.ts';
import { headerHash } from '../../protocol/block/header.ts';
import type { Parent } from '../../protocol/block/link.ts';
import { sign, verifySignature } from '../../protocol/ed25519.ts';
import { type Region, regionNumber } from '../../protocol/regions.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { updateTree } from '../../protocol/state/leaves.ts';
import type { StateTree } from '../../protocol/state/node.ts';
import type { Overlay } from '../../protocol/state/overlay.ts';
import type { UnsignedTransaction } from '../../protocol/tx/envelope.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../protocol/units.ts';
import type { KeyPair } from './keys.ts';
import { signedTransaction, type TestNetwork } from './network.ts';

export interface SealedBlock {
  readonly built: BuiltBlock;
  readonly certified: CertifiedBlock;
}

/** A built block's certificate from the first `signers` seats. */
export async function certifyBuilt(network: TestNetwork, built: BuiltBlock, signers = QUORUM): Promise<CertifiedBlock> {
  const { header } = built.block;
  const message = voteBytes(header);
  const votes = network.seats.slice(0, signers).map((seat, i) => ({ seat: i, signature: sign(seat.seed, message) }));
  const certified = await certify(built.block, certificateOf(header, votes), network.genesis.seats, verifySignature);
  if (typeof certified === 'string') throw new Error(certified);
  return certified;
}

export class TestChain {
  readonly network: TestNetwork;
  /** Committed state. */
  readonly state: Overlay;
  readonly blocks: SealedBlock[] = [];
  tree: StateTree;
  parent: Parent;
  readonly #nonces = new Map<string, bigint>();

  constructor(network: TestNetwork) {
    this.network = network;
    this.state = initialState(network.genesis);
    this.tree = updateTree(undefined, this.state);
    this.parent = { hash: network.hash, height: 0n as BlockHeight, timeMs: network.genesis.createdMs };
  }

  /** Signs with the sender's next nonce, transactions that are not sealed yet counted. */
  sign(by: KeyPair, type: TxTypeName, body: Uint8Array, change?: Partial<UnsignedTransaction>): Uint8Array {
    const committed = this.state.account(by.key)?.nonce ?? 0n;
    const pending = this.#nonces.get(by.address) ?? 0n;
    const nonce = pending > committed ? pending : committed;
    this.#nonces.set(by.address, nonce + 1n);
    return signedTransaction(this.network, { by, type, nonce, body, ...(change ? { change } : {}) });
  }

  /** What was signed and not sealed is not going to be: its nonces are free again. */
  forgetUnsealed(): void {
    this.#nonces.clear();
  }

  /** From the faucet; creates the account with that home region. */
  fund(to: KeyPair, amountZhi: bigint, homeRegion: Region = 'weur'): Uint8Array {
    const body = encodeTransfer({ to: to.key, amountZhi: amountZhi as Zhi, homeRegion: regionNumber(homeRegion) });
    return this.sign(this.network.faucet, 'transfer', body);
  }

  build(transactions: readonly Uint8Array[], nowMs: bigint = this.parent.timeMs + 1000n): BuiltBlock {
    const built = buildBlock({
      genesis: this.network.genesis,
      genesisHash: this.network.hash,
      parent: this.parent,
      state: this.state,
      tree: this.tree,
      nowMs: nowMs as UnixMs,
      proposerSeat: 0,
      candidates: candidatesOf(transactions, this.network.hash, true),
    });
    if (!built) throw new Error('nothing to build');
    return built;
  }

  /** Takes a built block into the chain. */
  take(built: BuiltBlock): void {
    const { header } = built.block;
    built.state.commitTo(this.state);
    this.tree = built.tree;
    this.parent = { hash: headerHash(header), height: header.height, timeMs: header.timeMs };
  }

  async seal(transactions: readonly Uint8Array[], nowMs?: bigint): Promise<SealedBlock> {
    const built = this.build(transactions, nowMs);
    if (built.refused.length > 0) throw new Error(`not taken: ${built.refused.map(({ code }) => code).join(', ')}`);
    const sealed = { built, certified: await certifyBuilt(this.network, built) };
    this.take(built);
    this.blocks.push(sealed);
    return sealed;
  }
}
