/** Step 3, compute: leases, checkpoints and claims. The lease is the truth about who works on an order; a queue message is a hint. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { encode } from '../../protocol/codec.ts';
import { type ErrorCode, type Failure, fail, ok, type Result } from '../../protocol/errors.ts';
import { wireWorkOf } from '../../protocol/order/wire-work.ts';
import { type ChunkEntry, logCycles, logHead } from '../../protocol/order/worklog.ts';
import { type ProviderClaim, workProofEntry, workProofRule } from '../../protocol/tx/work-proof.ts';
import { hpuCycles } from '../../protocol/units.ts';
import type { Network, RegionContext } from './context.ts';
import { pendingSince } from './intake.ts';
import { applyEntry, providerRegionOf } from './match.ts';
import { type OrderRow, tilesOf } from './orders.ts';
import { providerOf } from './provider.ts';
import { refund } from './refund.ts';
import type { ChunkDone, Lease, WorkDone } from './rpc.ts';
import { blob, blobOrNull, first } from './schema.ts';
import { jobKey } from './search/job-key.ts';
import { bundleOf } from './search/search-result.ts';
import { missingFrom, recordedTiles, type Tiling, tilingOf } from './tile-table.ts';

export function chunkLog(context: RegionContext, order: Uint8Array, attempt: number): ChunkEntry[] {
  const rows = context.ctx.storage.sql.exec(
    'SELECT chunk, state_hash, cycles FROM chunk WHERE order_id = ? AND attempt = ? ORDER BY chunk',
    order,
    attempt,
  );
  return rows.toArray().map((row) => ({
    chunk: row.chunk as number,
    stateHash: blob(row.state_hash),
    cycles: hpuCycles(BigInt(row.cycles as string)),
  }));
}

export function chunkState(
  context: RegionContext,
  order: Uint8Array,
  attempt: number,
  chunk: number,
): Uint8Array | null {
  const row = first(
    context.ctx.storage.sql.exec(
      'SELECT state FROM chunk WHERE order_id = ? AND attempt = ? AND chunk = ?',
      order,
      attempt,
      chunk,
    ),
  );
  return row ? blobOrNull(row.state) : null;
}

/** Where R2 has the model of a search. */
export function bundleFor(context: RegionContext, { record }: OrderRow): Result<Lease['bundle']> {
  if (record.work.kind !== 'predictTable') return ok(null);
  const source = context.orders.find(record.work.model);
  const bundle = source && bundleOf(context, source);
  const { quoteCycles } = record;
  return bundle ? ok({ key: jobKey(source.id, bundle), quoteCycles }) : fail('unknown_model');
}

/** The model of a predict order: the train order's checked result, kept in this object or in R2. */
export async function modelFor(context: RegionContext, row: OrderRow): Promise<Result<Lease['model']>> {
  if (row.record.work.kind !== 'predict') return ok(null);
  const source = context.orders.find(row.record.work.model);
  if (!source) return fail('unknown_model');
  const result = await resultOf(context, source.id);
  return result ? ok({ order: source.id, work: wireWorkOf(source.record.work), result }) : fail('unknown_model');
}

export const resultKey = (order: Uint8Array): string => `results/${bytesToHex(order)}`;

export async function resultOf(context: RegionContext, order: Uint8Array): Promise<Uint8Array | null> {
  const { result } = context.orders.result(order);
  if (result) return result;
  const row = context.orders.find(order);
  const bundle = row && bundleOf(context, row);
  const stored = await context.env.BLOBS.get(bundle ? jobKey(order, bundle) : resultKey(order));
  return stored ? new Uint8Array(await stored.arrayBuffer()) : null;
}

export async function leaseOf(context: RegionContext, row: OrderRow, contentKey: Uint8Array): Promise<Result<Lease>> {
  const tiling = tilingOf(context, row);
  // Each tile's consumer asks for the model itself.
  const model = tiling ? ok(null) : await modelFor(context, row);
  if (!model.ok) return model;
  const bundle = bundleFor(context, row);
  if (!bundle.ok) return bundle;
  const state =
    !tiling && row.record.work.kind === 'train' && row.chunksDone > 0
      ? chunkState(context, row.id, row.record.attempt, row.chunksDone - 1)
      : null;
  return ok({
    order: row.id,
    attempt: row.record.attempt,
    token: row.token,
    work: wireWorkOf(row.record.work),
    demander: row.demander,
    contentKey,
    sealed: context.orders.sealed(row.id),
    inputs: row.record.inputs,
    chunksDone: row.chunksDone,
    state,
    model: model.value,
    lie: row.lie,
    tiles: tiling ? leasedTiles(context, row, tiling) : null,
    bundle: bundle.value,
  });
}

function leasedTiles(context: RegionContext, row: OrderRow, { plan, model }: Tiling): Lease['tiles'] {
  const recorded = recordedTiles(context, row.id, row.record.attempt);
  return { plan, features: model.features, missing: missingFrom(plan, recorded) };
}

/** Takes the lease of a matched order; the one before must have run out. */
export async function takeLease(
  context: RegionContext,
  network: Network,
  row: OrderRow,
  now: number,
): Promise<Result<Lease>> {
  const { match } = row.record;
  if (!match) return fail('illegal_transition');
  if (row.leasedUntil > now) return fail('lease_lost');
  row.token += 1;
  row.leasedUntil = now + context.leaseMs;
  context.transaction(() => {
    context.orders.save(row);
    context.due.set('lease', bytesToHex(row.id), row.leasedUntil);
  });
  const provider = providerOf(context, providerRegionOf(network, match.provider));
  const contentKey =
    context.leaseKeys.take(row.id) ?? (await provider.contentKey(context.orders.sealed(row.id), row.demander));
  if (!contentKey) return fail('sealed_malformed');
  if (tilesOf(row) !== null || row.record.work.kind === 'search') context.leaseKeys.keep(row.id, contentKey);
  return leaseOf(context, row, contentKey);
}

/** A consumer that stops on purpose (its slice is used up) leaves the lease to whoever gets its message. */
export function yieldLease(context: RegionContext, order: Uint8Array, token: number): void {
  const row = leasedRow(context, order, token);
  if (!row.ok) return;
  row.value.leasedUntil = 0;
  context.transaction(() => context.orders.save(row.value));
}

/** The inputs can't be read or run, or not any more: whatever provider comes next could not either. */
export function declineWork(
  context: RegionContext,
  order: Uint8Array,
  token: number,
  code: ErrorCode,
  now: number,
): Result<OrderRow> {
  const row = context.orders.find(order);
  if (!row) return fail('unknown_order');
  if (row.token !== token) return fail('lease_lost');
  const ended = refund(context, order, 'decline', code, now);
  return ended ? ok(ended) : fail('illegal_transition');
}

/** An order whose model is not there, or was none, has nobody who could compute it. Any other failure is tried again. */
export function declineWithout(context: RegionContext, order: Uint8Array, { code }: Failure, now: number): void {
  if (code === 'unknown_model') refund(context, order, 'decline', code, now);
}

export function leasedRow(context: RegionContext, order: Uint8Array, token: number): Result<OrderRow> {
  const row = context.orders.find(order);
  if (!row) return fail('unknown_order');
  if (row.record.state !== 'matched') return fail('illegal_transition');
  return row.token === token ? ok(row) : fail('lease_lost');
}

/** A chunk is recorded once; a second delivery of the same chunk under the same lease changes nothing. */
export function recordChunk(context: RegionContext, done: ChunkDone, now: number): Result<null> {
  const result = context.transaction((): Result<OrderRow> => {
    const row = leasedRow(context, done.order, done.token);
    if (!row.ok) return row;
    const { value } = row;
    if (done.chunk < value.chunksDone) return ok(value);
    if (done.chunk !== value.chunksDone)
      return fail('result_mismatch', `chunk ${done.chunk} after ${value.chunksDone}`);
    context.ctx.storage.sql.exec(
      'INSERT INTO chunk(order_id, attempt, chunk, state_hash, cycles, state) VALUES(?, ?, ?, ?, ?, ?)',
      done.order,
      value.record.attempt,
      done.chunk,
      done.stateHash,
      done.cycles.toString(),
      done.state,
    );
    value.chunksDone = done.chunk + 1;
    value.chunks = done.chunks;
    value.leasedUntil = now + context.leaseMs;
    context.orders.save(value);
    context.due.set('lease', bytesToHex(done.order), value.leasedUntil);
    return ok(value);
  });
  if (!result.ok) return result;
  context.watchers.orderChanged(result.value);
  return ok(null);
}

/** The provider hands its work in: result and trace are stored as they came. */
export async function submitWork(
  context: RegionContext,
  network: Network,
  done: WorkDone,
  now: number,
): Promise<Result<null>> {
  const row = leasedRow(context, done.order, done.token);
  if (!row.ok) return row;
  if (tilesOf(row.value) !== null || row.value.record.work.kind === 'search')
    return fail('work_invalid', 'the order is computed in parts');
  if (done.entry) recordOnlyChunk(context, done, row.value.record.attempt);
  return claimWork(context, network, done, now);
}

/** What is claimed: `result` and `trace` are null where R2 has them, by tiles. */
type Claimable = Omit<WorkDone, 'entry' | 'result'> & { readonly result: Uint8Array | null };

/** The claim is signed over the log as it is recorded. */
export async function claimWork(
  context: RegionContext,
  network: Network,
  done: Claimable,
  now: number,
): Promise<Result<null>> {
  const before = leasedRow(context, done.order, done.token);
  if (!before.ok) return before;
  const { attempt, match } = before.value.record;
  if (!match) throw new Error('a matched order without a match');
  const log = chunkLog(context, done.order, attempt);
  const claim: ProviderClaim = {
    order: done.order,
    attempt,
    provider: match.provider,
    chunks: log.length,
    cycles: logCycles(log),
    logHead: logHead(done.order, attempt, log),
    results: done.results,
    resultRoot: done.resultRoot,
  };
  const provider = providerOf(context, providerRegionOf(network, match.provider));
  const signature = await provider.signClaim(claim);
  const row = context.transaction(() => recordClaim(context, network, done, { ...claim, claim: signature }, now));
  if (!row.ok) return row;
  context.watchers.orderChanged(row.value);
  return ok(null);
}

function recordOnlyChunk(context: RegionContext, done: WorkDone, attempt: number): void {
  if (!done.entry) return;
  context.ctx.storage.sql.exec(
    'INSERT OR REPLACE INTO chunk(order_id, attempt, chunk, state_hash, cycles, state) VALUES(?, ?, 0, ?, ?, NULL)',
    done.order,
    attempt,
    done.entry.stateHash,
    done.entry.cycles.toString(),
  );
}

function recordClaim(
  context: RegionContext,
  network: Network,
  done: Claimable,
  entry: ProviderClaim & { claim: Uint8Array },
  now: number,
): Result<OrderRow> {
  const row = leasedRow(context, done.order, done.token);
  if (!row.ok) return row;
  const { outcome, record } = applyEntry(
    context,
    network,
    workProofRule,
    entry,
    context.keyring.publicKey('searcher'),
    now,
  );
  if (!outcome.ok) return fail(outcome.code);
  const { value } = row;
  value.record = record as OrderRow['record'];
  value.story.steps.compute = now.toString();
  value.chunksDone = entry.chunks;
  context.orders.storeResult(done.order, done.result, done.trace);
  context.orders.save(value);
  context.roleEntries.add('work', done.order, encode(workProofEntry, entry));
  context.due.clear('lease', bytesToHex(done.order));
  context.due.set('check', bytesToHex(done.order), now + context.leaseMs);
  pendingSince(context, now);
  return ok(value);
}
