/** What this region has for the next block: role entries composed now, and everything pending, oldest first. */

import { BLOCK_BYTES_MAX } from '../../protocol/block/block.ts';
import { composeTransactions } from './compose.ts';
import type { Network, RegionContext } from './context.ts';

/** Entries composed in one pull: eight a transaction, so at most some 130 transactions. */
const ENTRIES_MAX = 1_024;

/** An entry may go while signatures are awaited; so often is the rest composed at once, then with the next pull. */
const COMPOSE_TRIES_MAX = 4;

const ROLES = ['searcher', 'checker'] as const;

export class Puller {
  readonly #context: RegionContext;
  #composing: Promise<void> = Promise.resolve();

  constructor(context: RegionContext) {
    this.#context = context;
  }

  async pull(network: Network, limit: number, now: number): Promise<Uint8Array[]> {
    await this.#composeNext(network, now);
    // No block holds more, whichever region's transactions it takes.
    return this.#context.mempool.pending(limit, BLOCK_BYTES_MAX);
  }

  /**
   * Before a transaction is taken that builds on an order (its confirmation, its cancellation, a prediction with its model): what the
   * roles have to say of that order must come before it in the block, or the chain would refuse it.
   */
  async composeBefore(network: Network, order: Uint8Array, now: number): Promise<void> {
    if (this.#context.roleEntries.hasUncomposedOf(order)) await this.#composeNext(network, now);
  }

  /** One composition at a time: nonces are taken while signatures are awaited. */
  #composeNext(network: Network, now: number): Promise<void> {
    this.#composing = this.#composing.catch(() => undefined).then(() => this.#compose(network, now));
    return this.#composing;
  }

  /** Nobody else will send the number that a role left out: what waits behind it is composed anew. */
  #dropBehindGaps(): void {
    const { accounts, keyring, mempool, roleEntries } = this.#context;
    for (const sender of ROLES.map((role) => keyring.publicKey(role))) {
      const view = accounts.view(sender);
      if (!view || !mempool.hasGap(sender, view.nextNonce)) continue;
      for (const dropped of mempool.dropPendingFrom(sender)) roleEntries.release(dropped);
    }
  }

  async #compose(network: Network, now: number): Promise<void> {
    for (let tries = 0; tries < COMPOSE_TRIES_MAX; tries++) if (await this.#composeOnce(network, now)) return;
  }

  /** False when something is left to be composed anew. */
  async #composeOnce(network: Network, now: number): Promise<boolean> {
    const context = this.#context;
    for (const role of ROLES) await context.accounts.load(context.keyring.publicKey(role), now);
    context.transaction(() => this.#dropBehindGaps());
    const entries = context.roleEntries.uncomposed(now, ENTRIES_MAX);
    if (entries.length === 0) return true;
    const composed = await composeTransactions({
      keyring: context.keyring,
      genesisHash: network.hash,
      tipHeight: context.tip.height,
      entries,
      nextNonce: (sender) => {
        const view = context.accounts.view(sender);
        if (!view) throw new Error('a role without an account');
        return view.nextNonce;
      },
    });
    return context.transaction(() => {
      for (const { hash, bytes, sender, nonce, entryIds } of composed) {
        // A cancellation or a final notice took an entry away meanwhile. What follows has later nonces, or may build on it.
        if (!context.roleEntries.areUncomposed(entryIds)) return false;
        context.mempool.add({ hash, bytes, sender, nonce, reservedZhi: 0n }, now);
        context.roleEntries.composedInto(entryIds, hash);
      }
      return true;
    });
  }
}
