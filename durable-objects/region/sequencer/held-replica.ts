/** The replica of this object: loaded once by whoever asks first, and dropped when it may no longer be of D1's tip. */
import type { Network, RegionContext } from '../context.ts';
import { loadReplica } from './load-replica.ts';
import type { Replica } from './replica.ts';
import { TreeStore } from './tree-store.ts';

export class HeldReplica {
  readonly #context: RegionContext;
  #loading: Promise<Replica> | undefined;
  #held: Replica | undefined;

  constructor(context: RegionContext) {
    this.#context = context;
  }

  /** Calls that overlap share one load: two would write the same pages. */
  async get(network: Network): Promise<Replica> {
    if (this.#held) return this.#held;
    this.#loading ??= this.#load(network);
    return this.#loading;
  }

  async #load(network: Network): Promise<Replica> {
    const { ctx, ledger } = this.#context;
    try {
      this.#held = await loadReplica(ledger, new TreeStore(ctx.storage), network.genesis);
      return this.#held;
    } finally {
      this.#loading = undefined;
    }
  }

  /** A load that is still under way is of a tip that is as new as any. */
  drop(): void {
    this.#held = undefined;
  }
}
