/**
 * The jobs of searches, a row each, by (order, attempt, index). A job is `open` until its result is recorded, or its search is
 * stopped; the first record stays. While a provider computes, lease and checkpoint are the computing consumer's; once the search is
 * claimed, they are the checking one's.
 */
import type { ChunkEntry } from '../../../protocol/order/worklog.ts';
import { hpuCycles } from '../../../protocol/units.ts';
import type { RegionContext } from '../context.ts';
import { blob, blobOrNull, first } from '../schema.ts';
import type { JobDone, PlannedJob } from '../search-rpc.ts';

export interface JobRow {
  readonly index: number;
  readonly round: number;
  /** Jobs whose results it reads. */
  readonly needs: readonly number[];
  /** A stop drops it, unless it is done. */
  readonly droppable: boolean;
  /** Ciphertext. */
  readonly spec: Uint8Array;
  readonly state: 'open' | 'done' | 'dropped';
  readonly leasedUntil: number;
  /** The order's lease under which the job was leased. */
  readonly leaseToken: number;
  /** How often it was leased: the last of these leases is the one in force. */
  readonly leases: number;
  /** How often processes of the provider's were given it since one of them last got on with it. */
  readonly offers: number;
  /** Its ciphertext's hash. */
  readonly checkpoint: Uint8Array | null;
  /** So far; of a job that is done, as it is billed. */
  readonly cycles: bigint;
  /** Of the log. Null until it is done. */
  readonly stateHash: Uint8Array | null;
  /** Result root of an order whose result this job's would be. */
  readonly root: Uint8Array | null;
  readonly resultId: Uint8Array | null;
  readonly summary: Uint8Array | null;
  readonly wanted: boolean;
  readonly passed: boolean;
}

const COLUMNS =
  'idx, round, needs, droppable, spec, state, leased_until, lease_token, checkpoint, cycles, state_hash, root, result_id, summary, wanted, passed, leases, offers';

const rowOf = (row: Record<string, SqlStorageValue>): JobRow => ({
  index: row.idx as number,
  round: row.round as number,
  needs: JSON.parse(row.needs as string) as number[],
  droppable: row.droppable === 1,
  spec: blob(row.spec),
  state: row.state as JobRow['state'],
  leasedUntil: row.leased_until as number,
  leaseToken: row.lease_token as number,
  leases: row.leases as number,
  offers: row.offers as number,
  checkpoint: blobOrNull(row.checkpoint),
  cycles: BigInt(row.cycles as string),
  stateHash: blobOrNull(row.state_hash),
  root: blobOrNull(row.root),
  resultId: blobOrNull(row.result_id),
  summary: blobOrNull(row.summary),
  wanted: row.wanted === 1,
  passed: row.passed === 1,
});

/** By index. */
export function jobsOf(context: RegionContext, order: Uint8Array, attempt: number): JobRow[] {
  const query = `SELECT ${COLUMNS} FROM job WHERE order_id = ? AND attempt = ? ORDER BY idx`;
  return context.ctx.storage.sql.exec(query, order, attempt).toArray().map(rowOf);
}

/** The first of those behind an index. */
export function jobsBehind(context: RegionContext, order: Uint8Array, attempt: number, after: number, limit: number) {
  const query = `SELECT ${COLUMNS} FROM job WHERE order_id = ? AND attempt = ? AND idx > ? ORDER BY idx LIMIT ?`;
  return context.ctx.storage.sql.exec(query, order, attempt, after, limit).toArray().map(rowOf);
}

/** Index of the first job that is not over. */
export function firstOpenJob(context: RegionContext, order: Uint8Array, attempt: number): number | undefined {
  const query = "SELECT MIN(idx) AS idx FROM job WHERE order_id = ? AND attempt = ? AND state = 'open'";
  return (context.ctx.storage.sql.exec(query, order, attempt).one().idx as number | null) ?? undefined;
}

export function jobOf(context: RegionContext, order: Uint8Array, attempt: number, index: number): JobRow | undefined {
  const query = `SELECT ${COLUMNS} FROM job WHERE order_id = ? AND attempt = ? AND idx = ?`;
  const row = first(context.ctx.storage.sql.exec(query, order, attempt, index));
  return row && rowOf(row);
}

/** Open jobs of all orders, of any attempt: those that the fewest of their search came before are first. */
export function openJobNames(context: RegionContext): { order: Uint8Array; attempt: number; index: number }[] {
  const query = "SELECT order_id, attempt, idx FROM job WHERE state = 'open' ORDER BY idx, order_id, attempt";
  return context.ctx.storage.sql
    .exec(query)
    .toArray()
    .map((row) => ({ order: blob(row.order_id), attempt: row.attempt as number, index: row.idx as number }));
}

/** Planned, done or dropped, and the cycles of those that are done. */
export function countJobs(context: RegionContext, order: Uint8Array, attempt: number) {
  const query = 'SELECT state, cycles FROM job WHERE order_id = ? AND attempt = ?';
  let [planned, over, cycles] = [0, 0, 0n];
  for (const row of context.ctx.storage.sql.exec(query, order, attempt)) {
    planned += 1;
    if (row.state !== 'open') over += 1;
    if (row.state === 'done') cycles += BigInt(row.cycles as string);
  }
  return { planned, over, cycles };
}

/** One that is there stays as it is. */
export function insertJob(context: RegionContext, order: Uint8Array, attempt: number, job: PlannedJob): void {
  context.ctx.storage.sql.exec(
    `INSERT OR IGNORE INTO job(order_id, attempt, idx, round, needs, droppable, spec, state, leased_until, lease_token, cycles, wanted, passed)
     VALUES(?, ?, ?, ?, ?, ?, ?, 'open', 0, 0, '0', 0, 0)`,
    order,
    attempt,
    job.index,
    job.round,
    JSON.stringify(job.needs),
    Number(job.droppable),
    job.spec,
  );
}

type Changes = Partial<Pick<JobRow, 'leasedUntil' | 'leaseToken' | 'leases' | 'offers' | 'checkpoint' | 'cycles'>>;

export function updateJob(context: RegionContext, order: Uint8Array, attempt: number, job: JobRow, change: Changes) {
  const { leasedUntil, leaseToken, leases, offers, checkpoint, cycles } = { ...job, ...change };
  context.ctx.storage.sql.exec(
    `UPDATE job SET leased_until = ?, lease_token = ?, leases = ?, offers = ?, checkpoint = ?, cycles = ?
     WHERE order_id = ? AND attempt = ? AND idx = ?`,
    leasedUntil,
    leaseToken,
    leases,
    offers,
    checkpoint,
    cycles.toString(),
    order,
    attempt,
    job.index,
  );
}

/** The job's result, and its link of the work log: the chunk of the same number. */
export function finishJob(context: RegionContext, attempt: number, done: JobDone): void {
  const { order, index } = done;
  context.ctx.storage.sql.exec(
    `UPDATE job SET state = 'done', leased_until = 0, checkpoint = NULL, cycles = ?, state_hash = ?, root = ?, result_id = ?, summary = ?
     WHERE order_id = ? AND attempt = ? AND idx = ?`,
    done.cycles.toString(),
    done.stateHash,
    done.root,
    done.resultId,
    done.summary,
    order,
    attempt,
    index,
  );
  insertLink(context, order, attempt, { chunk: index, stateHash: done.stateHash, cycles: hpuCycles(done.cycles) });
}

/** It bills nothing. */
export function dropJob(
  context: RegionContext,
  order: Uint8Array,
  attempt: number,
  index: number,
  stateHash: Uint8Array,
) {
  context.ctx.storage.sql.exec(
    `UPDATE job SET state = 'dropped', leased_until = 0, checkpoint = NULL, cycles = '0', state_hash = ?
     WHERE order_id = ? AND attempt = ? AND idx = ? AND state = 'open'`,
    stateHash,
    order,
    attempt,
    index,
  );
  insertLink(context, order, attempt, { chunk: index, stateHash, cycles: hpuCycles(0n) });
}

export function insertLink(context: RegionContext, order: Uint8Array, attempt: number, link: ChunkEntry): void {
  context.ctx.storage.sql.exec(
    'INSERT OR IGNORE INTO chunk(order_id, attempt, chunk, state_hash, cycles, state) VALUES(?, ?, ?, ?, ?, NULL)',
    order,
    attempt,
    link.chunk,
    link.stateHash,
    link.cycles.toString(),
  );
}

export function wantJob(context: RegionContext, order: Uint8Array, attempt: number, index: number): void {
  const query = 'UPDATE job SET wanted = 1 WHERE order_id = ? AND attempt = ? AND idx = ?';
  context.ctx.storage.sql.exec(query, order, attempt, index);
}

export function passJob(context: RegionContext, order: Uint8Array, attempt: number, index: number): void {
  const query = 'UPDATE job SET passed = 1, checkpoint = NULL WHERE order_id = ? AND attempt = ? AND idx = ?';
  context.ctx.storage.sql.exec(query, order, attempt, index);
}

/** Of attempts before this one, or of all when there is none to keep. */
export function forgetJobs(context: RegionContext, order: Uint8Array, kept: number | undefined): void {
  context.ctx.storage.sql.exec('DELETE FROM job WHERE order_id = ? AND attempt <> ?', order, kept ?? 0);
}
