import type { OrderAnswer } from '../durable-objects/region/rpc.ts';
import type { Result } from '../protocol/errors.ts';
import type { Region } from '../protocol/regions.ts';

export interface CheckerRpc {
  /** Checks an order's claim and records the verdict. */
  check(region: Region, order: Uint8Array): Promise<Result<OrderAnswer>>;
}
