/** The proposing region's loop: wake, seal, notify. One at a time; the alarm is its heartbeat and its memory. */

import type { BuiltBlock } from '../../../protocol/block/build.ts';
import { REGIONS, type Region, regionOf } from '../../../protocol/regions.ts';
import type { Network, RegionContext } from '../context.ts';
import { inTime } from './in-time.ts';
import { noticesOf } from './notices.ts';
import { Replica } from './replica.ts';
import { type Sealed, sealNext } from './seal.ts';

/**
 * From one seal's start to the next, at least this. A block's fixed cost is nine votes and one D1 batch, so a loaded network
 * seals larger blocks: it rests three times as long as the last seal took, within a bound that keeps finality under a second.
 */
export const SEAL_FLOOR_MS = 100;
const REST_PER_SEAL = 3;
const REST_MS_MAX = 400;
/** After a stall (no quorum, D1 away) the same stage is tried again. */
const RETRY_MS = 1_000;
/** Endpoints woken after a block; each reads what it missed, so a lost wake only delays. */
const WAKES_MAX = 1_000;

export class Sequencer {
  readonly #context: RegionContext;
  readonly #dirty = new Set<Region>();
  #replica: Replica | undefined;
  #sealing = false;
  #nextSealMs = 0;

  constructor(context: RegionContext) {
    this.#context = context;
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
      this.#replica ??= await Replica.load(this.#context.ledger, network);
      const sealed = await sealNext(this.#context, network, this.#replica, asked, now);
      this.#restAfter(now);
      await this.#after(sealed, asked, now);
    } catch (error) {
      this.#replica = undefined;
      this.#retry(asked, now);
      console.error(JSON.stringify({ event: 'seal_failed', reason: (error as Error).message }));
    } finally {
      this.#sealing = false;
    }
  }

  async #after(sealed: Sealed, asked: readonly Region[], now: number): Promise<void> {
    switch (sealed.kind) {
      case 'nothing':
        return;
      case 'stale':
        this.#replica = undefined;
        return this.#retry(asked, now);
      case 'stalled':
        console.error(JSON.stringify({ event: 'seal_stalled', reason: sealed.reason }));
        return this.#retry(asked, now);
      case 'refusals':
        return this.#notify(sealed.built, null);
      case 'sealed':
        await this.#notify(sealed.built, sealed.hash);
        // A full block may have left transactions behind; asking costs one call a region.
        for (const region of asked) this.#dirty.add(region);
        this.#context.due.setNoLater('seal', '', this.#nextSealMs);
        return this.#wakeEndpoints(sealed.built.block.header.height);
    }
  }

  /** The clock has moved: a seal waits for votes and for D1. It only paces; nothing that is agreed upon depends on it. */
  #restAfter(startMs: number): void {
    const endMs = Date.now();
    const restMs = Math.min(REST_MS_MAX, REST_PER_SEAL * (endMs - startMs));
    this.#nextSealMs = Math.max(startMs + SEAL_FLOOR_MS, endMs + restMs);
  }

  #retry(asked: readonly Region[], now: number): void {
    for (const region of asked) this.#dirty.add(region);
    this.#context.due.setNoLater('seal', '', now + RETRY_MS);
  }

  /** Best effort: a region that misses a notice finds the outcome in D1 (`reconcile`). */
  async #notify(built: BuiltBlock, hash: Uint8Array | null): Promise<void> {
    const replica = this.#replica;
    if (!replica) return;
    const truthful = await this.#withoutSealed(built);
    const tell = (region: number) =>
      region === this.#context.region ? this.#context.self : this.#context.peer(regionOf(region));
    const calls = [...noticesOf(truthful, replica, hash)].map(([region, notice]) =>
      inTime(tell(region).takeFinal(notice)),
    );
    await Promise.allSettled(calls);
  }

  /** A region that missed a notice offers a sealed transaction again; its nonce is used, but it was not refused. */
  async #withoutSealed(built: BuiltBlock): Promise<BuiltBlock> {
    const refused = await Promise.all(
      built.refused.map(async (one) =>
        one.code === 'nonce_used' && (await this.#context.ledger.transaction(one.hash)) ? [] : [one],
      ),
    );
    return { ...built, refused: refused.flat() };
  }

  async #wakeEndpoints(height: bigint): Promise<void> {
    const ids = (await this.#context.ledger.webhooks()).slice(0, WAKES_MAX).map((webhook) => webhook.id);
    await Promise.allSettled(ids.map((id) => inTime(this.#context.endpoint(id).wake(height))));
  }
}
