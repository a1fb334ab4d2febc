/** What a WebhookEndpoint takes and gives by RPC. Structured-clone safe; heights and sequence numbers as decimal strings. */
import type { WebhookFilter } from '../../protocol/webhook/filter.ts';
import type { AttemptOutcome } from './attempt.ts';
import type { EndpointState } from './states.ts';

export interface EndpointEnv {
  readonly DB: D1Database;
  readonly BLOBS: R2Bucket;
  /** '1' on development networks: loopback receivers and a shortened retry schedule are possible. */
  readonly DEV?: string;
}

export interface EndpointConfig {
  readonly url: string;
  /** Address of the account that owns the webhook. */
  readonly account: string;
  readonly filter: WebhookFilter;
  /** Seed of the network's ed25519 webhook key, whose public half is in the genesis. */
  readonly signingSeed: Uint8Array;
  /** Development networks only, where days of retries are to pass in seconds. 1..RETRY_DIVISOR_MAX, default 1. */
  readonly retryDivisor?: number;
}

export interface CreatedEndpoint {
  /** 64 hex characters: the object's id, and the start of every webhook-id. */
  readonly id: string;
  /** `whsec_...`; shown once. */
  readonly secret: string;
  /** `whpk_...`, the key of the genesis. */
  readonly publicKey: string;
}

/** `asked`: by the owner. `dead_letter`: an event's last retry failed. `gone`: the receiver answered 410. */
export type EndpointReason = 'asked' | 'dead_letter' | 'gone';

export interface EndpointView {
  readonly id: string;
  readonly url: string;
  readonly account: string;
  readonly filter: WebhookFilter;
  readonly state: EndpointState;
  /** Why it isn't active. */
  readonly reason: EndpointReason | null;
  readonly publicKey: string;
  readonly createdMs: string;
  /** Place of the last event that was looked at: what follows it is still to come. */
  readonly cursor: { readonly height: string; readonly index: number };
  /** Sequence number of the last event that was queued; "0" before the first. */
  readonly lastSeq: string;
  /** Queued and not delivered. */
  readonly pending: number;
  /** The event that is being tried: the others wait behind it. */
  readonly head: {
    readonly seq: string;
    readonly type: string;
    readonly failures: number;
    readonly dueMs: string;
  } | null;
}

export interface DeliveryView {
  readonly kind: 'event' | 'ping' | 'challenge';
  /** The webhook-id that was sent. */
  readonly id: string;
  readonly seq: string | null;
  readonly type: string;
  /** From 1. */
  readonly attempt: number;
  readonly atMs: string;
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly latencyMs: number;
  /** The first 1 KB of the answer. */
  readonly response: string;
}

export interface PingView {
  readonly delivered: boolean;
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly latencyMs: number;
}
