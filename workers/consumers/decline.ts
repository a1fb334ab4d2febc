/** Faults of the inputs end an order with its escrow returned: no other provider, and no other time, would get further. */
import type { Lease, OrderAnswer } from '../../durable-objects/region/rpc.ts';
import type { ErrorCode, Failure, Result } from '../../protocol/errors.ts';
import type { RegionStub } from '../env.ts';

const UNREADABLE: readonly ErrorCode[] = [
  'sealed_malformed',
  'dataset_malformed',
  'unknown_dataset',
  'unknown_model',
  'one_class',
  'work_invalid',
];

/** Any other failure is returned as it is: the work is tried again. */
export async function declineOrFail(
  region: RegionStub,
  { order, token }: Pick<Lease, 'order' | 'token'>,
  failure: Failure,
): Promise<Result<OrderAnswer>> {
  return UNREADABLE.includes(failure.code) ? region.declineWork(order, token, failure.code) : failure;
}
