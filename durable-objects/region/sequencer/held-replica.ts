/** The replica of this object: loaded once by whoever asks first, and dropped when it may no longer be of D1's tip. */
import type { Network, RegionContext } from '../context.ts';
import { ForeignLeavesError, loadReplica } from './load-replica.ts';
import type { Replica } from './replica.ts';
import { TreeStore } from './tree-store.ts';

/** All leaves were read and have another root: they are not read again for each retry and each proof that is asked for. */
export const FOREIGN_REST_MS = 30_000;

export class HeldReplica {
  readonly #context: Pick<RegionContext, 'ctx' | 'ledger'>;
  #loading: Promise<Replica> | undefined;
  #held: Replica | undefined;
  #foreign: { readonly error: ForeignLeavesError; readonly untilMs: number } | undefined;

  constructor(context: Pick<RegionContext, 'ctx' | 'ledger'>) {
    this.#context = context;
  }

  /** Calls that overlap share one load: two would write the same pages. */
  async get(network: Pick<Network, 'genesis'>): Promise<Replica> {
    if (this.#held) return this.#held;
    if (this.#foreign && Date.now() < this.#foreign.untilMs) throw this.#foreign.error;
    this.#loading ??= this.#load(network);
    return this.#loading;
  }

  async #load(network: Pick<Network, 'genesis'>): Promise<Replica> {
    const { ctx, ledger } = this.#context;
    this.#foreign = undefined;
    try {
      this.#held = await loadReplica(ledger, new TreeStore(ctx.storage), network.genesis);
      return this.#held;
    } catch (error) {
      if (error instanceof ForeignLeavesError) this.#foreign = { error, untilMs: Date.now() + FOREIGN_REST_MS };
      throw error;
    } finally {
      this.#loading = undefined;
    }
  }

  /** A load that is still under way is of a tip that is as new as any. */
  drop(): void {
    this.#held = undefined;
  }
}
