import type { OrderAnswer } from '../durable-objects/region/rpc.ts';
import type { Result } from '../protocol/errors.ts';
import type { Region } from '../protocol/regions.ts';

export interface CheckerRpc {
  /** Checks an order's claim and records the verdict. */
  check(region: Region, order: Uint8Array): Promise<Result<OrderAnswer>>;
  /** Checks one tile of a large prediction. The order's answer when this decided it; null while other tiles are open. */
  checkTile(region: Region, order: Uint8Array, token: number, tile: number): Promise<Result<OrderAnswer | null>>;
  /** Checks the plan of a search and has its jobs replayed. The order's answer when it is false already. */
  checkPlan(region: Region, order: Uint8Array, token: number): Promise<Result<OrderAnswer | null>>;
  /** Replays a slice of one job. The order's answer when this decided it; null while there is more to replay. */
  checkJob(region: Region, order: Uint8Array, token: number, index: number): Promise<Result<OrderAnswer | null>>;
}
