/** Step 4, prove: what a checker is given, and what its verdict does. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { encode } from '../../protocol/codec.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { checkChallenge, sampledChunks } from '../../protocol/order/challenge.ts';
import { wireWorkOf } from '../../protocol/order/wire-work.ts';
import { type OrderSettle, orderSettleEntry } from '../../protocol/tx/order-settle.ts';
import { type ResultProof, resultProofEntry, resultProofRule } from '../../protocol/tx/result-proof.ts';
import type { Network, RegionContext } from './context.ts';
import { pendingSince } from './intake.ts';
import { applyEntry } from './match.ts';
import { type OrderRow, tilesOf } from './orders.ts';
import type { CheckJob, Verdict } from './rpc.ts';
import { bundleFor, chunkLog, modelFor } from './work.ts';

const isInParts = (row: OrderRow): boolean => tilesOf(row) !== null || row.record.work.kind === 'search';

export async function checkJobOf(
  context: RegionContext,
  network: Network,
  order: Uint8Array,
): Promise<Result<CheckJob>> {
  const row = context.orders.find(order);
  if (!row) return fail('unknown_order');
  const { claim, attempt } = row.record;
  if (row.record.state !== 'computed' || !claim || isInParts(row)) return fail('illegal_transition');
  const model = await modelFor(context, row);
  if (!model.ok) return model;
  const bundle = bundleFor(context, row);
  if (!bundle.ok) return bundle;
  const sealed = context.orders.sealed(order);
  const contentKey =
    context.checkerKeys.take(order) ??
    (await context.keyring.openContentKey('checker', sealed, network.hash, row.demander));
  const { result, trace } = context.orders.result(order);
  if (!contentKey || !result) return fail('sealed_malformed');
  const challenge = checkChallenge(order, attempt, claim.logHead, claim.resultRoot);
  const { token } = row;
  return ok({
    lease: {
      order,
      attempt,
      token,
      work: wireWorkOf(row.record.work),
      demander: row.demander,
      contentKey,
      sealed,
      inputs: row.record.inputs,
      model: model.value,
      bundle: bundle.value,
    },
    challenge,
    resultRoot: claim.resultRoot,
    results: claim.results,
    result,
    trace,
    chunks: claim.chunks,
    log: chunkLog(context, order, attempt),
    sampled: sampledChunks(challenge, claim.chunks),
  });
}

/** A verdict counts once, for the attempt and the result that it names. */
export function recordVerdict(
  context: RegionContext,
  network: Network,
  verdict: Verdict,
  now: number,
): Result<OrderRow> {
  const taken = context.transaction((): Result<OrderRow> => {
    const row = context.orders.find(verdict.order);
    if (!row) return fail('unknown_order');
    const entry: ResultProof = {
      order: verdict.order,
      attempt: verdict.attempt,
      verdict: verdict.passed ? 'passed' : 'failed',
      method: verdict.method,
      checkedParts: verdict.checkedParts,
      resultRoot: verdict.resultRoot,
    };
    const { outcome, record } = applyEntry(
      context,
      network,
      resultProofRule,
      entry,
      context.keyring.publicKey('checker'),
      now,
    );
    if (!outcome.ok || !record) return fail(outcome.ok ? 'unknown_order' : outcome.code);
    const attempt = row.story.attempts.at(-1);
    if (attempt)
      Object.assign(attempt, { verdict: entry.verdict, method: entry.method, checkedParts: entry.checkedParts });
    row.record = record;
    context.roleEntries.add('result', verdict.order, encode(resultProofEntry, entry));
    context.due.clear('check', bytesToHex(verdict.order));
    if (verdict.passed) passed(context, row, now);
    else failed(context, row, now);
    context.orders.save(row);
    pendingSince(context, now);
    return ok(row);
  });
  if (taken.ok) context.watchers.orderChanged(taken.value);
  return taken;
}

function passed(context: RegionContext, row: OrderRow, now: number): void {
  row.story.steps.prove = now.toString();
  context.orders.storeResult(row.id, context.orders.result(row.id).result, null);
  if (row.record.state === 'confirmed') addSettlement(context, row);
  else if (row.record.confirm.kind === 'manual') {
    // The chain counts the window from the block that records the verdict, which comes later than now.
    context.due.set('settle', bytesToHex(row.id), now + Number(row.record.confirm.windowMs) + SETTLE_MARGIN_MS);
  }
}

/** Covers the time from the verdict to its block. A settlement that still comes too early is refused and sent again. */
export const SETTLE_MARGIN_MS = 1_000;

function failed(context: RegionContext, row: OrderRow, now: number): void {
  context.orders.storeResult(row.id, null, null);
  row.chunksDone = 0;
  row.story.steps.compute = null;
  row.story.steps.match = null;
  context.due.set('lease', bytesToHex(row.id), now + context.leaseMs);
}

/** Adds the settlement of a confirmed (or, after the window, a checked) order. */
export function addSettlement(context: RegionContext, row: OrderRow): void {
  const { claim, match } = row.record;
  if (!claim || !match) throw new Error('a confirmed order without claim or match');
  const entry: OrderSettle = {
    order: row.id,
    results: claim.results,
    resultRoot: claim.resultRoot,
    billCycles: match.billCycles,
    billZhi: match.billZhi,
  };
  context.roleEntries.add('settle', row.id, encode(orderSettleEntry, entry));
}
