/** The model that a search ended with: its last job's result, which stays in R2 where that job put it. */
import { equalBytes } from '../../../protocol/hash.ts';
import type { RegionContext } from '../context.ts';
import type { OrderRow } from '../orders.ts';
import { jobsOf } from './job-table.ts';

/**
 * The ciphertext's hash. Undefined of a search that is not claimed, or found no model: only then the order has a result of its own,
 * which is empty, under the root that any empty result of its jobs has.
 */
export function bundleOf(context: RegionContext, { id, record }: OrderRow): Uint8Array | undefined {
  const { claim, attempt } = record;
  if (!claim || context.orders.result(id).result !== null) return undefined;
  const made = jobsOf(context, id, attempt).findLast(({ root }) => root !== null && equalBytes(root, claim.resultRoot));
  return made?.resultId ?? undefined;
}

/** An order of ours that made no model: a search that found none is checked and paid like any other, and the rules can't tell. */
export function lacksModel(context: RegionContext, order: Uint8Array): boolean {
  const source = context.orders.find(order);
  return source !== undefined && bundleOf(context, source) === undefined;
}
