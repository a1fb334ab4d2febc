/**
 * What a region's object answers to those who work on its orders: leases, checkpoints, tiles, claims and verdicts. As region.ts,
 * which extends it, this only routes.
 */
import { DurableObject } from 'cloudflare:workers';
import { type ErrorCode, ok, type Result } from '../../protocol/errors.ts';
import { checkJobOf, recordVerdict } from './check.ts';
import { RegionContext } from './context.ts';
import type { RegionEnv } from './env.ts';
import { matchOrder } from './match.ts';
import { answerOf } from './questions.ts';
import type {
  CheckJob,
  ChunkDone,
  OrderAnswer,
  StoredTile,
  Task,
  TileCheckJob,
  TileDone,
  TileJob,
  TileTaken,
  TileVerdict,
  UncheckedTiles,
  Verdict,
  WorkDone,
} from './rpc.ts';
import { recordTileVerdict, tileCheckJobOf, uncheckedTiles } from './tile-checks.ts';
import { claimTiles, keepTiles, recordTile, resultTiles, tileJobOf } from './tiles.ts';
import {
  chunkState,
  declineWithout,
  declineWork,
  leaseOf,
  recordChunk,
  submitWork,
  takeLease,
  yieldLease,
} from './work.ts';

export abstract class RegionWork extends DurableObject<RegionEnv> {
  // Properties, not methods: what is on the prototype can be called by RPC.
  protected readonly context: RegionContext;
  protected abstract readonly armAndNudge: () => Promise<void>;

  constructor(ctx: DurableObjectState, env: RegionEnv) {
    super(ctx, env);
    this.context = new RegionContext(ctx, env);
  }

  async task(order: Uint8Array): Promise<Task> {
    const network = await this.context.network();
    const row = this.context.orders.find(order);
    if (!row) return { kind: 'none' };
    if (row.record.state === 'computed') {
      if (row.record.work.kind === 'search') return { kind: 'check', search: row.token };
      const tiles = uncheckedTiles(this.context, row);
      return { kind: 'check', ...(tiles ? { tiles } : {}) };
    }
    if (row.record.state === 'open') {
      const matched = await matchOrder(this.context, network, order, Date.now());
      await this.armAndNudge();
      if (!matched.ok) return { kind: 'none' };
      const lease = await leaseOf(this.context, matched.value.row, matched.value.contentKey);
      if (lease.ok) return { kind: 'compute', lease: lease.value };
      declineWithout(this.context, order, lease, Date.now());
      await this.armAndNudge();
      return { kind: 'none' };
    }
    if (row.record.state !== 'matched') return { kind: 'none' };
    const lease = await takeLease(this.context, network, row, Date.now());
    await this.context.due.arm();
    if (lease.ok) return { kind: 'compute', lease: lease.value };
    declineWithout(this.context, order, lease, Date.now());
    await this.armAndNudge();
    return { kind: lease.code === 'lease_lost' ? 'held' : 'none' };
  }

  async yieldLease(order: Uint8Array, token: number): Promise<void> {
    yieldLease(this.context, order, token);
  }

  async recordChunk(done: ChunkDone): Promise<Result<null>> {
    const recorded = recordChunk(this.context, done, Date.now());
    await this.context.due.arm();
    return recorded;
  }

  async submitWork(done: WorkDone): Promise<Result<null>> {
    const submitted = await submitWork(this.context, await this.context.network(), done, Date.now());
    await this.armAndNudge();
    return submitted;
  }

  async declineWork(order: Uint8Array, token: number, code: ErrorCode): Promise<Result<OrderAnswer>> {
    const declined = declineWork(this.context, order, token, code, Date.now());
    await this.armAndNudge();
    return declined.ok ? ok(answerOf(this.context, declined.value)) : declined;
  }

  async checkJob(order: Uint8Array): Promise<Result<CheckJob>> {
    return checkJobOf(this.context, await this.context.network(), order);
  }

  async chunkState(order: Uint8Array, chunk: number): Promise<Uint8Array | null> {
    const row = this.context.orders.find(order);
    return row ? chunkState(this.context, order, row.record.attempt, chunk) : null;
  }

  async recordVerdict(verdict: Verdict): Promise<Result<OrderAnswer>> {
    const recorded = recordVerdict(this.context, await this.context.network(), verdict, Date.now());
    await this.armAndNudge();
    return recorded.ok ? ok(answerOf(this.context, recorded.value)) : recorded;
  }

  // Tiles of large predictions

  async tileJob(order: Uint8Array, token: number, tile: number): Promise<Result<TileJob | null>> {
    return tileJobOf(this.context, await this.context.network(), order, token, tile);
  }

  async keepTiles(order: Uint8Array, token: number, inputs: readonly Uint8Array[]): Promise<Result<null>> {
    return keepTiles(this.context, order, token, inputs);
  }

  async recordTile(done: TileDone): Promise<Result<TileTaken>> {
    const recorded = recordTile(this.context, done, Date.now());
    await this.context.due.arm();
    return recorded;
  }

  async claimTiles(order: Uint8Array, token: number): Promise<Result<UncheckedTiles>> {
    const claimed = await claimTiles(this.context, await this.context.network(), order, token, Date.now());
    await this.armAndNudge();
    return claimed;
  }

  async tileCheckJob(order: Uint8Array, token: number, tile: number): Promise<Result<TileCheckJob | null>> {
    return tileCheckJobOf(this.context, await this.context.network(), order, token, tile);
  }

  async recordTileVerdict(verdict: TileVerdict): Promise<Result<OrderAnswer | null>> {
    const recorded = recordTileVerdict(this.context, await this.context.network(), verdict, Date.now());
    await this.armAndNudge();
    if (!recorded.ok) return recorded;
    return ok(recorded.value && answerOf(this.context, recorded.value));
  }

  async resultTiles(order: Uint8Array): Promise<Result<StoredTile[]>> {
    return resultTiles(this.context, order);
  }
}
