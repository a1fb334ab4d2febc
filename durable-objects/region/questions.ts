/** What callers ask of a region: an order as it stands, its result, an account's orders. Nothing here changes anything. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { isFinished } from '../../protocol/order/lifecycle.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { RegionContext } from './context.ts';
import { type OrderRow, wireOrder } from './orders.ts';
import type { OrderAnswer } from './rpc.ts';
import { resultOf } from './work.ts';

/** Results up to this travel inside the answer. */
const ANSWER_RESULT_BYTES_MAX = 65_536;

export function answerOf(context: RegionContext, row: OrderRow): OrderAnswer {
  const done = row.story.steps.prove !== null;
  const result = done ? context.orders.result(row.id).result : null;
  return { order: wireOrder(row), result: result && result.length <= ANSWER_RESULT_BYTES_MAX ? result : null };
}

export async function waitForOrder(
  context: RegionContext,
  id: Uint8Array,
  until: 'checked' | 'final',
  timeoutMs: number,
): Promise<void> {
  const reached = (): boolean => {
    const row = context.orders.find(id);
    if (!row || row.final) return true;
    return until === 'checked' && (row.story.steps.prove !== null || isFinished(row.record.state));
  };
  await context.watchers.until(bytesToHex(id), reached, timeoutMs);
}

export async function checkedResult(context: RegionContext, id: Uint8Array): Promise<Result<Uint8Array>> {
  const row = context.orders.find(id);
  if (!row) return fail('unknown_order');
  if (row.story.steps.prove === null) return fail('result_not_ready', row.record.state);
  const result = await resultOf(context, id);
  return result ? ok(result) : fail('result_not_ready');
}

/** Newest first; `next` is the cursor of the page that follows. */
export function orderPage(
  context: RegionContext,
  account: Uint8Array,
  before: string | null,
  limit: number,
): { orders: WireOrder[]; next: string | null } {
  const from = before === null ? Number.MAX_SAFE_INTEGER : Number(before);
  const rows = context.orders.ofAccount(account, from, limit + 1);
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? String((page.at(-1) as { seq: number }).seq) : null;
  return { orders: page.map(({ row }) => wireOrder(row)), next };
}
