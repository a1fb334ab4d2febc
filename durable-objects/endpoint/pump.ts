/**
 * The work of one alarm: queue what the ledger has, deliver what is queued, in order, one at a time.
 *
 * The ledger is the queue that never forgets; `pending` is a short window of it, in which events have their sequence number
 * and their final bytes. So a receiver that is away for days costs no storage, and a retry carries the same bytes and id.
 */
import type { ChainEvent } from '../../protocol/events.ts';
import { afterAttempt, outboxStep } from '../../protocol/seal/outbox.ts';
import { webhookEvents } from '../../protocol/webhook/event.ts';
import { matchesFilter } from '../../protocol/webhook/filter.ts';
import { webhookHeaders } from '../../protocol/webhook/sign.ts';
import { ATTEMPT_TIMEOUT_MS, type Attempt, attemptPost } from './attempt.ts';
import type { EventFeed } from './feed.ts';
import { retryDelayMs } from './retry.ts';
import { ENDPOINT_LIFE, type EndpointEvent } from './states.ts';
import type { EndpointRecord, EndpointStore, PendingEvent, Place } from './store.ts';

/** Events asked of the ledger at once. */
const PAGE_EVENTS = 500;
/** Events queued at once: at most 16 KB each, and at most one block of 1 MiB in memory beside them. */
const WINDOW_EVENTS = 64;
/** Deliveries and queueings in one run: at 15 s each below the 15 minutes that an alarm has. */
const STEPS_PER_RUN_MAX = 50;

export interface PumpPorts {
  /** The webhook's id: the start of each webhook-id. */
  readonly id: string;
  readonly store: EndpointStore;
  readonly feed: EventFeed;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Runs until nothing is due; the time at which to run again, or undefined when only a new block can bring work. */
export async function pump(ports: PumpPorts): Promise<number | undefined> {
  const { store, now } = ports;
  for (let step = 0; step < STEPS_PER_RUN_MAX; step++) {
    // Read anew at each step: the owner may have paused or removed the webhook while the last one waited.
    const endpoint = store.endpoint();
    if (endpoint?.state !== 'active') return undefined;
    const head = store.head();
    const next = outboxStep(head, now());
    if (next.kind === 'wait') return next.untilMs;
    if (next.kind === 'send') await deliver(ports, endpoint, next.head);
    else if (!(await fill(ports, endpoint))) return undefined;
  }
  return now();
}

/** Queues the next events. False when the ledger has none after the cursor. */
async function fill({ store, feed }: PumpPorts, endpoint: EndpointRecord): Promise<boolean> {
  const events = await feed.events(endpoint.cursor, PAGE_EVENTS);
  if (events.length === 0) return false;
  const chosen: ChainEvent[] = [];
  let cursor: Place = endpoint.cursor;
  for (const event of events) {
    if (matchesFilter(endpoint.filter, event)) {
      if (chosen.length === WINDOW_EVENTS) break;
      chosen.push(event);
    }
    cursor = event;
  }
  const payloads = await payloadsOf(feed, chosen, endpoint.lastSeq);
  // Another run of this work may have queued the same events while the ledger was asked: numbered again, they would be a gap.
  if (store.endpoint()?.lastSeq === endpoint.lastSeq) store.enqueue(cursor, payloads);
  return true;
}

async function payloadsOf(feed: EventFeed, events: readonly ChainEvent[], lastSeq: number) {
  const payloads: { seq: number; type: string; payload: string }[] = [];
  let block: { readonly height: bigint; readonly bodyOf: ReturnType<typeof webhookEvents> } | undefined;
  for (const event of events) {
    if (block?.height !== event.height) {
      block = { height: event.height, bodyOf: webhookEvents(await feed.block(event.height)) };
    }
    const seq = lastSeq + payloads.length + 1;
    payloads.push({ seq, type: event.type, payload: block.bodyOf(event, BigInt(seq)) });
  }
  return payloads;
}

async function deliver(ports: PumpPorts, endpoint: EndpointRecord, head: PendingEvent): Promise<void> {
  const { store, now } = ports;
  const atMs = now();
  // The same id on every attempt: by it the receiver knows a repetition.
  const id = `${ports.id}-${head.seq}`;
  const message = { id, timestampSeconds: Math.floor(atMs / 1000), payload: head.payload };
  const headers = webhookHeaders(message, { secrets: [endpoint.secret], seeds: [endpoint.seed] });
  const attempt = await attemptPost({
    url: endpoint.url,
    headers,
    payload: head.payload,
    timeoutMs: ATTEMPT_TIMEOUT_MS,
  });
  if (!store.endpoint()) return;
  const { outcome, status, latencyMs, response } = attempt;
  store.atomically(() => {
    const { seq, type, failures } = head;
    store.log({ kind: 'event', id, seq, type, attempt: failures + 1, atMs, outcome, status, latencyMs, response });
    if (afterAttempt(outcome === 'delivered') === 'markSent') store.dequeue(seq);
    else recordFailure(ports, endpoint, head, attempt);
  });
}

function recordFailure(ports: PumpPorts, endpoint: EndpointRecord, head: PendingEvent, attempt: Attempt): void {
  const { store, now, random } = ports;
  const failures = head.failures + 1;
  const { retryAfterMs } = attempt;
  const delayMs = retryDelayMs({ failures, retryAfterMs, divisor: endpoint.retryDivisor }, random());
  store.reschedule(head.seq, failures, now() + (delayMs ?? 0));
  if (attempt.outcome === 'gone') move(store, 'gone');
  else if (delayMs === undefined) move(store, 'exhausted');
}

function move(store: EndpointStore, event: EndpointEvent & ('gone' | 'exhausted')): void {
  const endpoint = store.endpoint();
  if (!endpoint) return;
  const state = ENDPOINT_LIFE[endpoint.state][event];
  if (state !== endpoint.state) store.setState(state, event === 'gone' ? 'gone' : 'dead_letter');
}
