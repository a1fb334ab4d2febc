/** The proposing region's loop: wake, seal, notify. One at a time; the alarm is its heartbeat and its memory. */

import { bytesToHex } from '@noble/hashes/utils.js';
import type { BuiltBlock } from '../../../protocol/block/build.ts';
import type { Parent } from '../../../protocol/block/link.ts';
import type { Result } from '../../../protocol/errors.ts';
import { REGIONS, type Region, regionOf } from '../../../protocol/regions.ts';
import type { Network, RegionContext } from '../context.ts';
import type { CertifiedProof, StateValueProof, SystemAccountsProof } from '../rpc.ts';
import { HeldReplica } from './held-replica.ts';
import { inTime } from './in-time.ts';
import { HeaderLog } from './log.ts';
import { LogCheckpoints, witnessesOf } from './log-checkpoints.ts';
import { LogStore } from './log-store.ts';
import { noticesOf } from './notices.ts';
import { PRUNE_EVERY_BLOCKS } from './prune.ts';
import type { Replica } from './replica.ts';
import { type Sealed, sealNext } from './seal.ts';
import type { StatePlace } from './state-place.ts';
import { proveState, proveSupply, proveSystemAccounts } from './state-proofs.ts';

/** From one seal's start to the next, at least this. */
export const SEAL_FLOOR_MS = 100;
/** A block's fixed cost is nine votes and one D1 batch: after a short seal it rests three times as long as that took. */
const REST_PER_SEAL = 3;
/** Intake alone leaves the object half idle: with 400 ms a tenth fewer transfers a second were measured, at 20,000 accounts. */
const REST_MS_MAX = 100;
/** After a stall (no quorum, D1 away) the same stage is tried again. */
const RETRY_MS = 1_000;
/** Endpoints woken after a block; each reads what it missed, so a lost wake only delays. */
const WAKES_MAX = 1_000;

export class Sequencer {
  readonly log: HeaderLog;
  readonly checkpoints: LogCheckpoints;
  readonly #context: RegionContext;
  readonly #dirty = new Set<Region>();
  readonly #held: HeldReplica;
  #replica: Replica | undefined;
  #sealing = false;
  #nextSealMs = 0;

  constructor(context: RegionContext) {
    this.#context = context;
    this.#held = new HeldReplica(context);
    const witnesses = witnessesOf(context);
    const store = new LogStore(context, witnesses);
    this.log = new HeaderLog(context, store);
    this.checkpoints = new LogCheckpoints(context, store, witnesses);
  }

  /** A region has something pending. Durable: the due entry survives the object. */
  async wake(region: Region, now: number): Promise<void> {
    this.#dirty.add(region);
    this.#context.due.setNoLater('seal', '', Math.max(now, this.#nextSealMs));
    await this.#context.due.arm();
  }

  /** The seal's due entry came up. Without memory of who is dirty (a fresh object), everyone is asked. */
  async seal(network: Network, now: number): Promise<void> {
    if (this.#sealing) {
      this.#context.due.setNoLater('seal', '', now + SEAL_FLOOR_MS);
      return;
    }
    this.#sealing = true;
    const asked = this.#dirty.size > 0 ? [...this.#dirty] : [...REGIONS];
    this.#dirty.clear();
    try {
      const sealed = await sealNext({
        context: this.#context,
        network,
        regions: asked,
        nowMs: now,
        tip: this.#replica?.parent,
        loadReplica: () => this.#load(network),
      });
      this.#restAfter(now);
      await this.#after(sealed, asked, now);
    } catch (error) {
      this.#drop();
      this.#retry(asked, now);
      console.error(JSON.stringify({ event: 'seal_failed', reason: (error as Error).message }));
    } finally {
      this.#sealing = false;
    }
  }

  proveState(network: Network, place: StatePlace): Promise<Result<StateValueProof>> {
    return this.#dropping(proveState(this.#context, network, this.#held, place));
  }

  proveSupply(network: Network): Promise<Result<CertifiedProof>> {
    return this.#dropping(proveSupply(network, this.#held));
  }

  proveSystemAccounts(network: Network): Promise<Result<SystemAccountsProof>> {
    return this.#dropping(proveSystemAccounts(this.#context, network, this.#held));
  }

  /** What could not be proved for a fault of the pages is proved from new ones, the next time. */
  async #dropping<T>(proof: Promise<T>): Promise<T> {
    try {
      return await proof;
    } catch (error) {
      if (!this.#sealing) this.#drop();
      throw error;
    }
  }

  async #load(network: Network): Promise<Replica> {
    this.#replica = await this.#held.get(network);
    return this.#replica;
  }

  #drop(): void {
    this.#held.drop();
    this.#replica = undefined;
  }

  async #after(sealed: Sealed, asked: readonly Region[], now: number): Promise<void> {
    switch (sealed.kind) {
      case 'nothing':
        return;
      case 'stale':
        this.#drop();
        return this.#retry(asked, now);
      case 'stalled':
        console.error(JSON.stringify({ event: 'seal_stalled', reason: sealed.reason }));
        return this.#retry(asked, now);
      case 'rolledBack':
        this.#drop();
        console.error(JSON.stringify({ event: 'ledger_rolled_back', reason: sealed.reason }));
        return this.#retry(asked, now);
      case 'landed':
        this.log.soon(now);
        // Its outcomes are read from D1 by whoever waits for them (`reconcile`).
        this.#goOn(asked);
        return this.#wakeEndpoints(sealed.place.height);
      case 'refusals':
        return this.#notify(sealed.built, null);
      case 'sealed':
        await this.#notify(sealed.built, sealed.hash);
        this.log.soon(now);
        if (sealed.built.block.header.height % PRUNE_EVERY_BLOCKS === 0n)
          this.#context.due.setNoLater('prune', '', now);
        this.#goOn(asked);
        return this.#wakeEndpoints(sealed.built.block.header.height);
    }
  }

  /** The clock has moved: a seal waits for votes and for D1. It only paces; nothing that is agreed upon depends on it. */
  #restAfter(startMs: number): void {
    const endMs = Date.now();
    const restMs = Math.min(REST_MS_MAX, REST_PER_SEAL * (endMs - startMs));
    this.#nextSealMs = Math.max(startMs + SEAL_FLOOR_MS, endMs + restMs);
  }

  /** A full block may have left transactions behind; asking costs one call a region. */
  #goOn(asked: readonly Region[]): void {
    for (const region of asked) this.#dirty.add(region);
    this.#context.due.setNoLater('seal', '', this.#nextSealMs);
  }

  #retry(asked: readonly Region[], now: number): void {
    for (const region of asked) this.#dirty.add(region);
    this.#context.due.setNoLater('seal', '', now + RETRY_MS);
  }

  /** Best effort: a region that misses a notice finds the outcome in D1 (`reconcile`). */
  async #notify(built: BuiltBlock, hash: Uint8Array | null): Promise<void> {
    const replica = this.#replica;
    if (!replica) return;
    const truthful = await this.#withoutSealed(built, replica.parent);
    const tell = (region: number) =>
      region === this.#context.region ? this.#context.self : this.#context.peer(regionOf(region));
    const calls = [...noticesOf(truthful, replica, hash)].map(([region, notice]) =>
      inTime(tell(region).takeFinal(notice)),
    );
    await Promise.allSettled(calls);
  }

  /**
   * A region that missed a notice offers a sealed transaction again. Whatever it is refused for now (its nonce is used, the fee has
   * risen since, it has expired), it was not refused. Where that can't be asked, or of a ledger that was put back behind the state that
   * refused, nobody is told of a refusal: what is pending comes again.
   */
  async #withoutSealed(built: BuiltBlock, parent: Parent): Promise<BuiltBlock> {
    if (built.refused.length === 0) return built;
    const hashes = built.refused.map(({ hash }) => hash);
    const sealed = await this.#context.ledger.sealedAmong(hashes, parent).catch(() => undefined);
    if (!sealed) return { ...built, refused: [] };
    const ids = new Set(sealed.map(bytesToHex));
    return { ...built, refused: built.refused.filter(({ hash }) => !ids.has(bytesToHex(hash))) };
  }

  async #wakeEndpoints(height: bigint): Promise<void> {
    const ids = (await this.#context.ledger.webhooks()).slice(0, WAKES_MAX).map((webhook) => webhook.id);
    await Promise.allSettled(ids.map((id) => inTime(this.#context.endpoint(id).wake(height))));
  }
}
