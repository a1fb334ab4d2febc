/**
 * Step 6, seal: does what protocol/seal/proposer.ts decides, effect by effect. A crash between any two of them is resumed from
 * the stage: the same bytes are voted on and committed again, never a block built anew.
 */
import type { BuiltBlock } from '../../../protocol/block/build.ts';
import { certificateOf, certify, encodeCertificate, type Vote } from '../../../protocol/block/certificate.ts';
import { encodeHeader } from '../../../protocol/block/header.ts';
import type { Region } from '../../../protocol/regions.ts';
import {
  SEAL_START,
  type SealEffect,
  type SealEvent,
  type SealOutcome,
  sealStep,
} from '../../../protocol/seal/proposer.ts';
import { type Place, type StagedBlock, stagedBlock } from '../../../protocol/seal/stage.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import type { Network, RegionContext } from '../context.ts';
import { blockClock } from './block-clock.ts';
import { buildAgain, buildNew, pullAll } from './build-block.ts';
import type { Replica } from './replica.ts';
import { StageStore } from './stage-store.ts';
import { collectVotes } from './votes.ts';

/** The longest path: a stage that turns out to be another's, voted on, and committed at the last try. */
const STEPS_MAX = 32;

export type Sealed =
  | Exclude<SealOutcome, { kind: 'sealed' | 'refusals' }>
  | { readonly kind: 'sealed'; readonly built: BuiltBlock; readonly hash: Uint8Array }
  | { readonly kind: 'refusals'; readonly built: BuiltBlock };

export interface SealingRun {
  readonly context: RegionContext;
  readonly network: Network;
  /** Whom to ask for what is pending. */
  readonly regions: readonly Region[];
  readonly nowMs: number;
  /** The tip of the replica that is in memory, if one is. */
  readonly tip: Place | undefined;
  loadReplica(): Promise<Replica>;
}

export function sealNext(run: SealingRun): Promise<Sealed> {
  return new Sealing(run).toEnd();
}

class Sealing {
  readonly #run: SealingRun;
  readonly #stage: StageStore;
  #replica: Replica | undefined;
  #candidates: Uint8Array[] = [];
  /** What a block of these candidates is dated, unless its parent is later. */
  #blockMs = 0;
  #built: BuiltBlock | undefined;
  /** Header and certificate of the block that was committed. */
  #proof: Parameters<Replica['advance']>[1] | undefined;

  constructor(run: SealingRun) {
    this.#run = run;
    this.#stage = new StageStore(run.context);
  }

  async toEnd(): Promise<Sealed> {
    let step = sealStep(SEAL_START, { is: 'recalled', ...this.#stage.recall() });
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      if (step.effect.kind === 'end') return this.#sealed(step.effect.outcome);
      step = sealStep(step.state, await this.#perform(step.effect));
    }
    throw new Error(`sealing has not ended after ${STEPS_MAX} steps`);
  }

  async #perform(effect: Exclude<SealEffect, { kind: 'end' }>): Promise<SealEvent> {
    switch (effect.kind) {
      case 'readTip':
        return this.#readTip(effect.mark);
      case 'load':
        this.#replica = await this.#run.loadReplica();
        return { is: 'loaded', tip: this.#replica.parent };
      case 'pull':
        return this.#pull();
      case 'build':
        return this.#build();
      case 'stage':
        return { is: 'staged', block: this.#stage.put(effect.block) };
      case 'rebuild':
        this.#built = await buildAgain(this.#run.network, this.#loaded, effect.block);
        return { is: 'rebuilt', sound: this.#built !== undefined };
      case 'askVotes':
        return { is: 'voted', votes: await this.#askVotes() };
      case 'commit':
        return this.#commit(effect.block, effect.votes);
      case 'settle':
        return this.#settle(effect.block);
      case 'drop':
        this.#stage.drop(effect.block);
        return { is: 'dropped' };
    }
  }

  get #loaded(): Replica {
    if (!this.#replica) throw new Error('a block without a replica');
    return this.#replica;
  }

  get #block(): BuiltBlock {
    if (!this.#built) throw new Error('a block was not built');
    return this.#built;
  }

  async #readTip(mark: Place | undefined): Promise<SealEvent> {
    const { ledger } = this.#run.context;
    const tip = this.#run.tip ?? (await ledger.tip());
    if (!tip) throw new Error('the ledger has no tip');
    const held = mark && tip.height > mark.height ? await ledger.blockHash(mark.height) : undefined;
    return { is: 'read', tip, held };
  }

  async #pull(): Promise<SealEvent> {
    const { context, network, regions, nowMs } = this.#run;
    const [candidates, blockMs] = await Promise.all([
      pullAll(context, regions),
      blockClock(context, network, this.#loaded.parent.timeMs, nowMs),
    ]);
    this.#candidates = candidates;
    if (blockMs === undefined) return { is: 'noClock' };
    this.#blockMs = blockMs;
    return { is: 'pulled', count: candidates.length };
  }

  async #build(): Promise<SealEvent> {
    const { context, network } = this.#run;
    const built = await buildNew(context, network, this.#loaded, this.#candidates, this.#blockMs);
    this.#built = built;
    const isBlock = built !== undefined && built.transactions.length > 0;
    return {
      is: 'built',
      block: isBlock ? stagedBlock(built.block) : undefined,
      refusals: built !== undefined,
    };
  }

  #askVotes(): Promise<Vote[]> {
    const { context, network } = this.#run;
    return collectVotes(context, network, this.#loaded, this.#block);
  }

  async #commit(staged: StagedBlock, votes: readonly Vote[]): Promise<SealEvent> {
    const { context, network } = this.#run;
    const { header } = staged.block;
    const certificate = certificateOf(header, votes);
    const certified = await certify(staged.block, certificate, network.genesis.seats, verifyFast);
    if (typeof certified === 'string') return { is: 'notCertified', reason: certified };
    this.#proof = { header: encodeHeader(header), certificate: encodeCertificate(certificate) };
    try {
      return { is: await context.ledger.commit(certified, this.#block) };
    } catch (error) {
      return { is: 'commitFailed', reason: (error as Error).message };
    }
  }

  #settle(staged: StagedBlock): SealEvent {
    this.#stage.settle(staged);
    // A block that had landed in an earlier run is in the state that was loaded.
    if (this.#proof) this.#loaded.advance(this.#block, this.#proof);
    return { is: 'settled' };
  }

  #sealed(outcome: SealOutcome): Sealed {
    if (outcome.kind === 'sealed') return { kind: 'sealed', built: this.#block, hash: outcome.place.hash };
    return outcome.kind === 'refusals' ? { kind: 'refusals', built: this.#block } : outcome;
  }
}
