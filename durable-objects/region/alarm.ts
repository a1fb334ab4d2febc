/** What is done when something is due. Each handler looks at the state first: alarms come at least once, and sometimes late. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { isFinished } from '../../protocol/order/lifecycle.ts';
import { regionOf } from '../../protocol/regions.ts';
import { addSettlement } from './check.ts';
import type { Network, RegionContext } from './context.ts';
import type { Due, DueKind } from './due.ts';
import type { WorkMessage } from './env.ts';
import { keysKept, sweepKeys } from './idempotency.ts';
import { NUDGE_REPEAT_MS, pendingSince, RECONCILE_AFTER_MS } from './intake.ts';
import { matchOrder } from './match.ts';
import { type OrderRow, tilesOf } from './orders.ts';
import { reconcile } from './reconcile.ts';
import { refund } from './refund.ts';
import { sweepJobs } from './search/job-sweep.ts';
import { pruneBodies } from './sequencer/prune.ts';
import { sweepTiles } from './tile-sweep.ts';
import { undoIntent } from './undo.ts';

const SWEEP_EVERY_MS = 3_600_000;

/** Long work, a training, a search or a large prediction, has a queue of its own: small predictions never wait behind it. */
export async function sendToQueue(context: RegionContext, row: OrderRow): Promise<void> {
  const { kind } = row.record.work;
  const isLong = kind === 'train' || kind === 'search' || tilesOf(row) !== null;
  const queue = isLong ? context.env.TRAIN_QUEUE : context.env.PREDICT_QUEUE;
  const message: WorkMessage = { region: regionOf(context.region), order: bytesToHex(row.id) };
  await queue.send(message);
}

type Handler = (context: RegionContext, network: Network, key: string, now: number) => Promise<void>;

function orderOf(context: RegionContext, key: string): OrderRow | undefined {
  const row = context.orders.find(hexToBytes(key));
  return row && !isFinished(row.record.state) ? row : undefined;
}

/** A consumer fell silent, or the order was never matched: match it if it is open, and send it again. */
const onLease: Handler = async (context, network, key, now) => {
  const row = orderOf(context, key);
  if (!row) return;
  if (row.record.state === 'open') {
    const matched = await matchOrder(context, network, row.id, now);
    if (!matched.ok) {
      if (matched.code !== 'no_provider') context.due.set('lease', key, now + context.leaseMs);
      return;
    }
    giveLeaseBack(context, matched.value.row);
  }
  const current = orderOf(context, key);
  if (current?.record.state !== 'matched') return;
  if (current.leasedUntil > now) context.due.set('lease', key, current.leasedUntil);
  else {
    context.due.set('lease', key, now + context.leaseMs);
    await sendToQueue(context, current);
  }
};

/** The match came with a lease that nobody here uses; the queue's consumer takes its own. */
function giveLeaseBack(context: RegionContext, row: OrderRow): void {
  row.leasedUntil = 0;
  context.orders.save(row);
}

const onCheck: Handler = async (context, _network, key, now) => {
  const row = orderOf(context, key);
  if (row?.record.state !== 'computed') return;
  context.due.set('check', key, now + context.leaseMs);
  await sendToQueue(context, row);
};

const onDeadline: Handler = async (context, _network, key, now) => {
  const row = orderOf(context, key);
  if (row) refund(context, row.id, 'expire', 'deadline_passed', now);
};

const onSettle: Handler = async (context, _network, key, now) => {
  const row = orderOf(context, key);
  if (!row || (row.record.state !== 'checked' && row.record.state !== 'confirmed')) return;
  context.transaction(() => {
    addSettlement(context, row);
    pendingSince(context, now);
  });
};

/** Now or later: an entry that waits for its next try counts, so that the nudge stays armed for it. */
const hasSomethingToSeal = (context: RegionContext): boolean =>
  context.mempool.hasPending() || context.roleEntries.hasUncomposed(Number.MAX_SAFE_INTEGER);

const onNudge: Handler = async (context, network, _key, now) => {
  if (!hasSomethingToSeal(context)) return;
  context.due.set('nudge', '', now + NUDGE_REPEAT_MS);
  const own = regionOf(context.region);
  await context.peer(regionOf(network.genesis.sequencerRegion)).wake(own);
};

const onReconcile: Handler = async (context, _network, _key, now) => {
  if (!hasSomethingToSeal(context)) return;
  context.due.set('reconcile', '', now + NUDGE_REPEAT_MS);
  await reconcile(context, now - RECONCILE_AFTER_MS, now);
};

const onSweep: Handler = async (context, _network, _key, now) => {
  sweepKeys(context, now);
  context.mempool.sweep(now, [context.keyring.publicKey('searcher'), context.keyring.publicKey('checker')]);
  if (keysKept(context) || context.mempool.keepsOutcomes()) context.due.set('sweep', '', now + SWEEP_EVERY_MS);
};

const onTiles: Handler = (context, _network, key) => sweepTiles(context, hexToBytes(key));

const onJobs: Handler = (context, _network, key) => sweepJobs(context, hexToBytes(key));

const onUndo: Handler = (context, _network, key, now) => undoIntent(context, hexToBytes(key), now);

/** Of one alarm's work of this kind, to the next. */
const PRUNE_AGAIN_MS = 1_000;

const onPrune: Handler = async (context, _network, _key, now) => {
  if (await pruneBodies(context)) context.due.set('prune', '', now + PRUNE_AGAIN_MS);
};

const HANDLERS: Record<Exclude<DueKind, 'seal' | 'log'>, Handler> = {
  lease: onLease,
  check: onCheck,
  deadline: onDeadline,
  settle: onSettle,
  nudge: onNudge,
  reconcile: onReconcile,
  sweep: onSweep,
  tiles: onTiles,
  jobs: onJobs,
  undo: onUndo,
  prune: onPrune,
};

/** A handler that throws is tried again after this; the others of the batch go on. */
const FAILED_RETRY_MS = 2_000;

export async function handleDue(context: RegionContext, network: Network, due: Due, now: number): Promise<void> {
  try {
    await HANDLERS[due.kind as Exclude<DueKind, 'seal' | 'log'>](context, network, due.key, now);
  } catch (error) {
    context.due.setNoLater(due.kind, due.key, now + FAILED_RETRY_MS);
    console.error(JSON.stringify({ event: 'due_failed', kind: due.kind, reason: (error as Error).message }));
  }
}
