/** Idempotency keys of this region's accounts, kept for 24 hours, in the same transaction as what they stand for. */

import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import type { RegionContext } from './context.ts';
import { KEY_KEPT_MS } from './kept.ts';
import type { IdempotencyClaim, IdempotencyVerdict, StoredAnswer } from './rpc.ts';
import { blob, first } from './schema.ts';

/** A claim whose answer never came (the Worker died) is free again after this. */
const IN_FLIGHT_MS = 60_000;

type Claimed =
  | { readonly kind: 'fresh'; refer(to: Uint8Array): void }
  | { readonly kind: 'refers'; readonly to: Uint8Array };

interface Row {
  readonly request: Uint8Array;
  readonly refers: Uint8Array | null;
  readonly answer: string | null;
  readonly created: number;
}

function find(context: RegionContext, claim: IdempotencyClaim): Row | undefined {
  const row = first(
    context.ctx.storage.sql.exec(
      'SELECT request, refers, answer, created FROM idempotency WHERE account = ? AND key = ?',
      claim.account,
      claim.key,
    ),
  );
  if (!row) return undefined;
  return {
    request: blob(row.request),
    refers: row.refers === null ? null : blob(row.refers),
    answer: row.answer as string | null,
    created: row.created as number,
  };
}

/** What a key stands for: one thing, or an answer; neither while that is on its way. */
type Content = Partial<Pick<Row, 'refers' | 'answer'>>;

function insert(context: RegionContext, claim: IdempotencyClaim, now: number, content: Content = {}): void {
  context.ctx.storage.sql.exec(
    'INSERT INTO idempotency(account, key, request, refers, answer, created) VALUES(?, ?, ?, ?, ?, ?)',
    claim.account,
    claim.key,
    claim.requestHash,
    content.refers ?? null,
    content.answer ?? null,
    now,
  );
}

export function releaseClaim(context: RegionContext, claim: IdempotencyClaim): void {
  context.ctx.storage.sql.exec(
    'DELETE FROM idempotency WHERE account = ? AND key = ? AND answer IS NULL AND refers IS NULL',
    claim.account,
    claim.key,
  );
}

/** Inside a transaction that also writes what the key will refer to. A fresh one that refers to nothing stays free. */
export function claimInside(context: RegionContext, claim: IdempotencyClaim, now: number): Result<Claimed> {
  const found = find(context, claim);
  if (found && !equalBytes(found.request, claim.requestHash)) return fail('idempotency_key_reused');
  if (found?.refers) return ok({ kind: 'refers', to: found.refers });
  if (found) return fail('idempotency_in_flight');
  return ok({ kind: 'fresh', refer: (refers) => insert(context, claim, now, { refers }) });
}

type ClaimedBatch =
  | { readonly kind: 'fresh'; keep(record: string): void }
  | { readonly kind: 'kept'; readonly record: string };

/** As `claimInside`, for what one key stands for together: `record` says what became of each. */
export function claimBatchInside(context: RegionContext, claim: IdempotencyClaim, now: number): Result<ClaimedBatch> {
  const found = find(context, claim);
  if (found && !equalBytes(found.request, claim.requestHash)) return fail('idempotency_key_reused');
  if (found?.answer) return ok({ kind: 'kept', record: found.answer });
  if (found) return fail('idempotency_in_flight');
  return ok({ kind: 'fresh', keep: (answer) => insert(context, claim, now, { answer }) });
}

/** For requests whose answer is stored afterwards. */
export function claimKey(context: RegionContext, claim: IdempotencyClaim, now: number): IdempotencyVerdict {
  return context.transaction(() => {
    const found = find(context, claim);
    if (found && !equalBytes(found.request, claim.requestHash)) return fail('idempotency_key_reused');
    if (found?.answer) return ok({ kind: 'stored', answer: JSON.parse(found.answer) as StoredAnswer } as const);
    if (found && now - found.created < IN_FLIGHT_MS) return fail('idempotency_in_flight');
    if (found) releaseClaim(context, claim);
    insert(context, claim, now);
    return ok({ kind: 'new' } as const);
  });
}

export function storeAnswer(context: RegionContext, claim: IdempotencyClaim, answer: StoredAnswer): void {
  context.ctx.storage.sql.exec(
    'UPDATE idempotency SET answer = ? WHERE account = ? AND key = ? AND request = ?',
    JSON.stringify(answer),
    claim.account,
    claim.key,
    claim.requestHash,
  );
}

export function sweepKeys(context: RegionContext, now: number): void {
  context.ctx.storage.sql.exec('DELETE FROM idempotency WHERE created < ?', now - KEY_KEPT_MS);
}

export function keysKept(context: RegionContext): boolean {
  return first(context.ctx.storage.sql.exec('SELECT 1 AS one FROM idempotency LIMIT 1')) !== undefined;
}
