/** Several transactions that come under one Idempotency-Key: durable together before they are acknowledged. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { finalTransaction } from '../../ledger/transaction-wire.ts';
import { type Failure, fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import type { RecordPlace } from '../../protocol/state/record.ts';
import { type ParsedTransaction, parseEach, parseTransaction } from '../../protocol/tx/envelope.ts';
import { PENDING_MAX, withPending } from './accounts.ts';
import type { Network, RegionContext } from './context.ts';
import { claimBatchInside } from './idempotency.ts';
import { admission, pendingSince, sweepLater } from './intake.ts';
import type { PendingTransaction } from './mempool.ts';
import type { OrderRow } from './orders.ts';
import type { BatchAnswer, BatchTaken, IdempotencyClaim } from './rpc.ts';
import { admitted, pendingOf, recordsAsked } from './transactions.ts';

/** What each of a batch is by its own bytes. */
export type ParsedBatch = readonly Result<ParsedTransaction>[];

export const parseBatch = (batch: readonly Uint8Array[], { hash }: Network): ParsedBatch =>
  parseEach(batch, (bytes) => parseTransaction(bytes, hash));

export const sendersOf = (batch: ParsedBatch): Uint8Array[] =>
  batch.flatMap((one) => (one.ok ? [one.value.tx.sender] : []));

/** Those that the transactions ask for which may be taken: what is refused by its sender, number or expiry costs no read. */
export function recordsOf(context: RegionContext, network: Network, batch: ParsedBatch, now: number): RecordPlace[] {
  const asking = batch.flatMap((one) => (one.ok && recordsAsked(one.value.tx).length > 0 ? [one.value.tx] : []));
  if (asking.length === 0) return [];
  const views = context.accounts.views(asking.map(({ sender }) => sender));
  const rules = context.ruleContext(network, now);
  return asking.flatMap((tx) => {
    const view = views.get(bytesToHex(tx.sender));
    // Which number is next depends on what is taken before it in the batch.
    const ahead = view ? tx.nonce - view.nextNonce : 0n;
    const inTurn = view && ahead >= 0n && ahead < PENDING_MAX ? { ...view, nextNonce: tx.nonce } : view;
    return admission(context, rules, tx, inTurn).fault === undefined ? recordsAsked(tx) : [];
  });
}

/**
 * What became of each of a batch: null where it was taken, else the refusal. Which transactions they were follows from the request, which
 * comes again with its key: their hashes, of a day at 2,000 a second, would be 13 GB, and an object stores 10.
 */
type BatchRecord = (Failure | null)[];

/** Older objects wrote `{ hash }` where one was taken. */
type KeptRecord = (BatchRecord[number] | { readonly hash: string })[];

const refusalIn = (one: KeptRecord[number]): Failure | undefined => (one && 'ok' in one ? one : undefined);

interface BatchAtHome {
  readonly batch: ParsedBatch;
  /** Senders whose home is another region. */
  readonly foreign: readonly Uint8Array[];
}

interface Inside<R = BatchRecord> {
  readonly record: R;
  readonly changed: readonly OrderRow[];
}

function takeEach(context: RegionContext, network: Network, { batch, foreign }: BatchAtHome, now: number): Inside {
  const views = context.accounts.views(sendersOf(batch));
  const rules = context.ruleContext(network, now);
  const taken: PendingTransaction[] = [];
  const changed: OrderRow[] = [];
  const record = batch.map((signed): BatchRecord[number] => {
    if (!signed.ok) return signed;
    const { tx, hash } = signed.value;
    if (foreign.some((key) => equalBytes(key, tx.sender))) return fail('wrong_home_region');
    const sender = bytesToHex(tx.sender);
    const view = views.get(sender);
    const intent = admitted(context, rules, tx, view);
    if (!intent.ok) return intent;
    intent.value.take?.(hash);
    taken.push(pendingOf(signed.value, intent.value));
    if (view) views.set(sender, withPending(view, intent.value.reservedZhi));
    if (intent.value.row) changed.push(intent.value.row);
    return null;
  });
  context.mempool.addAll(taken, now);
  return { record, changed };
}

/**
 * Transactions under one key, in their order, in one storage transaction: a refused one leaves the others as they are. A key
 * of which nothing was taken is free again. A repeat answers with what each has come to by now.
 */
export async function takeBatch(
  context: RegionContext,
  network: Network,
  batch: BatchAtHome,
  claim: IdempotencyClaim,
  now: number,
): Promise<Result<BatchTaken>> {
  const done = context.transaction((): Result<Inside<KeptRecord> & { readonly replayed: boolean }> => {
    const key = claimBatchInside(context, claim, now);
    if (!key.ok) return key;
    if (key.value.kind === 'kept') {
      return ok({ record: JSON.parse(key.value.record) as KeptRecord, changed: [], replayed: true });
    }
    const inside = takeEach(context, network, batch, now);
    if (inside.record.includes(null)) {
      key.value.keep(JSON.stringify(inside.record));
      sweepLater(context, now);
      pendingSince(context, now);
    }
    return ok({ ...inside, replayed: false });
  });
  if (!done.ok) return done;
  const { record, changed, replayed } = done.value;
  for (const row of changed) context.watchers.orderChanged(row);
  const answers = record.map(async (one, i): Promise<BatchAnswer> => {
    const refusal = refusalIn(one);
    if (refusal) return refusal;
    if (!replayed) return 'pending';
    const again = batch.batch[i];
    if (!again?.ok) throw new Error('a repeated batch is another one');
    const { hash } = again.value;
    const wire = context.mempool.wire(hash, network.hash) ?? (await finalTransaction(context.ledger, hash));
    return wire ? ok(wire) : fail('not_found');
  });
  return ok({ answers: await Promise.all(answers), replayed });
}
