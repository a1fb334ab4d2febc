/**
 * Somebody who asks one region's seats to vote for another block than the proposer's: a proposer of before its replacement, or
 * a dishonest one. At most f = 4 seats are in a region, so that the others are still a quorum.
 */
import { encodeBody } from '../../protocol/block/block.ts';
import { candidatesOf, witnessFor } from '../../protocol/block/build.ts';
import { encodeHeader } from '../../protocol/block/header.ts';
import type { Region } from '../../protocol/regions.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import { signedTransaction, TEST_REGIONS } from '../support/network.ts';
import { objectName } from './clients.ts';
import type { Model } from './model.ts';
import type { Network } from './network.ts';
import type { World } from './world.ts';

export class Rival {
  readonly #world: World;
  readonly #network: Network;
  readonly #model: Model;
  readonly #region: Region;
  #left: number;

  constructor(world: World, network: Network, model: Model) {
    this.#world = world;
    this.#network = network;
    this.#model = model;
    // Not the proposing region: its own object is the proposer.
    this.#region = world.random.pick(TEST_REGIONS.slice(1));
    this.#left = world.faults.rivals;
  }

  /** A block of this height is about to be voted on. */
  onFirstVote(): void {
    const { random, clock, faults, counts } = this.#world;
    if (this.#left === 0 || faults.rivals === 0 || !random.chance(0.4)) return;
    this.#left--;
    counts.rivals++;
    clock.after(random.integer(0, 60), undefined, () => this.#ask());
  }

  #ask(): void {
    const { faucet, genesis, hash } = this.#model.network;
    const nonce = this.#model.state.account(faucet.key)?.nonce ?? 0n;
    const body = encodeTransfer({ to: faucet.key, amountZhi: 1n as Zhi, homeRegion: genesis.sequencerRegion });
    const bytes = signedTransaction(this.#model.network, { by: faucet, type: 'transfer', nonce, body });
    const nowMs = (this.#model.parent.timeMs + 1n) as UnixMs;
    const built = this.#model.build(candidatesOf([bytes], hash, true), nowMs, 0);
    if (!built || built.transactions.length === 0) throw new Error('the rival has no block');
    const proposal = {
      header: encodeHeader(built.block.header),
      body: encodeBody(built.block.body),
      witness: witnessFor(built, this.#model),
    };
    const votes = this.#network.stub(undefined, objectName(this.#region)).vote?.(proposal, null);
    votes?.then(
      (answer) =>
        this.#world.note(`a rival had ${JSON.stringify((answer as { ok: boolean; code?: string }).code ?? 'votes')}`),
      () => undefined,
    );
  }
}
