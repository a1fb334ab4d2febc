/**
 * One webhook subscriber: its cursor in the chain's events, its numbered queue and its retries, on one alarm.
 *
 * A Durable Object and not a queue, because a queue neither keeps order nor delays for days. Nothing due, no alarm.
 */
import { DurableObject } from 'cloudflare:workers';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { webhookFilterFault } from '../../protocol/webhook/filter.ts';
import { publicKeyText, secretText, WEBHOOK_SECRET_BYTES, webhookHeaders } from '../../protocol/webhook/sign.ts';
import { ATTEMPT_TIMEOUT_MS, type Attempt, attemptPost } from './attempt.ts';
import { answersChallenge, newChallenge } from './challenge.ts';
import { ledgerFeed } from './feed.ts';
import { pump } from './pump.ts';
import { RETRY_DIVISOR_MAX } from './retry.ts';
import type { CreatedEndpoint, DeliveryView, EndpointConfig, EndpointEnv, EndpointView, PingView } from './rpc.ts';
import { ENDPOINT_LIFE } from './states.ts';
import { DELIVERIES_KEPT, type EndpointRecord, EndpointStore } from './store.ts';
import { webhookUrlFault } from './url.ts';

/** When a run breaks by a fault of ours (the ledger does not answer): far enough not to hammer it. */
const RECOVERY_MS = 10_000;

/** Sent outside the events' order: not numbered, not repeated. */
interface Notice {
  readonly kind: 'ping' | 'challenge';
  readonly fields: Readonly<Record<string, string>>;
}

type Signer = Pick<EndpointRecord, 'url' | 'secret' | 'seed'>;

export class WebhookEndpoint extends DurableObject<EndpointEnv> {
  readonly #store: EndpointStore;

  constructor(ctx: DurableObjectState, env: EndpointEnv) {
    super(ctx, env);
    this.#store = new EndpointStore(ctx.storage);
  }

  /** Challenges the receiver and, when it answers, begins. Called once, on a new object; a refusal leaves nothing behind. */
  async create(config: EndpointConfig): Promise<Result<CreatedEndpoint>> {
    const { url, account, filter, signingSeed, retryDivisor = 1 } = config;
    const development = this.env.DEV === '1';
    const urlFault = webhookUrlFault(url, development);
    if (urlFault) return fail('webhook_url_refused', urlFault, 'url');
    const filterFault = webhookFilterFault(filter);
    if (filterFault) return fail('invalid_field', filterFault.reason, filterFault.param);
    if (retryDivisor !== 1) {
      if (!development) return fail('dev_only', 'the retry schedule is fixed', 'retryDivisor');
      const valid = Number.isInteger(retryDivisor) && retryDivisor >= 1 && retryDivisor <= RETRY_DIVISOR_MAX;
      if (!valid) return fail('invalid_field', `not in 1..${RETRY_DIVISOR_MAX}`, 'retryDivisor');
    }
    const secret = crypto.getRandomValues(new Uint8Array(WEBHOOK_SECRET_BYTES));
    const signer = { url, secret, seed: signingSeed };
    const challenged = await this.#challenge(signer);
    if (!challenged.ok) return challenged;
    // Events of the blocks after the tip: the first of the next block and all that follow.
    const height = (await ledgerFeed(this.env).tipHeight()) + 1n;
    const cursor = { height, index: -1 };
    this.#store.create({ ...signer, account, filter, cursor, retryDivisor, createdMs: Date.now() });
    await this.ctx.storage.setAlarm(Date.now());
    const publicKey = publicKeyText(signingSeed);
    return ok({ id: this.#id(), secret: secretText(secret), publicKey });
  }

  /** A block of this height is final and in the ledger. Any number of calls, in any order, has the effect of one. */
  async wake(height: bigint): Promise<void> {
    const endpoint = this.#store.endpoint();
    if (endpoint?.state !== 'active') return;
    const head = this.#store.head();
    // Of a block before the cursor's everything is queued; while something is queued there may be work nevertheless.
    if (!head && height < endpoint.cursor.height) return;
    await this.#armBy(Math.max(head?.dueMs ?? 0, Date.now()));
  }

  async describe(): Promise<Result<EndpointView>> {
    const endpoint = this.#store.endpoint();
    if (!endpoint) return fail('unknown_webhook');
    const { url, account, filter, state, reason, seed, createdMs, cursor, lastSeq } = endpoint;
    const head = this.#store.head();
    return ok({
      id: this.#id(),
      ...{ url, account, filter, state, reason },
      publicKey: publicKeyText(seed),
      createdMs: String(createdMs),
      cursor: { height: cursor.height.toString(), index: cursor.index },
      lastSeq: String(lastSeq),
      pending: this.#store.pendingCount(),
      head: head
        ? { seq: String(head.seq), type: head.type, failures: head.failures, dueMs: String(head.dueMs) }
        : null,
    });
  }

  /** Newest first; at most DELIVERIES_KEPT. */
  async deliveries(limit: number): Promise<Result<DeliveryView[]>> {
    if (!this.#store.endpoint()) return fail('unknown_webhook');
    const bound = Math.min(Math.max(Math.trunc(limit), 1), DELIVERIES_KEPT);
    return ok(
      this.#store.deliveries(bound).map(({ seq, atMs, ...rest }) => {
        return { ...rest, seq: seq === null ? null : String(seq), atMs: String(atMs) };
      }),
    );
  }

  async ping(): Promise<Result<PingView>> {
    const endpoint = this.#store.endpoint();
    if (!endpoint) return fail('unknown_webhook');
    const { outcome, status, latencyMs } = await this.#notify(endpoint, { kind: 'ping', fields: {} });
    return ok({ delivered: outcome === 'delivered', outcome, status, latencyMs });
  }

  /** Keeps the cursor and the queue. An alarm that is set still fires, once, and finds nothing to do. */
  async pause(): Promise<Result<EndpointView>> {
    const endpoint = this.#store.endpoint();
    if (!endpoint) return fail('unknown_webhook');
    const state = ENDPOINT_LIFE[endpoint.state].pause;
    if (state !== endpoint.state) this.#store.setState(state, 'asked');
    return this.describe();
  }

  /** Goes on where it stopped, with a fresh retry schedule. A receiver that said 410 must answer a new challenge first. */
  async resume(): Promise<Result<EndpointView>> {
    const endpoint = this.#store.endpoint();
    if (!endpoint) return fail('unknown_webhook');
    if (endpoint.state === 'disabled') {
      const challenged = await this.#challenge(endpoint);
      if (!challenged.ok) return challenged;
    }
    const current = this.#store.endpoint();
    if (!current) return fail('unknown_webhook');
    if (current.state !== 'active') {
      this.#store.setState(ENDPOINT_LIFE[current.state].resume, null);
      const head = this.#store.head();
      if (head) this.#store.reschedule(head.seq, 0, 0);
    }
    await this.#armBy(Math.max(this.#store.head()?.dueMs ?? 0, Date.now()));
    return this.describe();
  }

  /** Forgets everything: queue, log, secret. */
  async remove(): Promise<Result<null>> {
    if (!this.#store.endpoint()) return fail('unknown_webhook');
    await this.#store.remove();
    return ok(null);
  }

  override async alarm(): Promise<void> {
    let nextMs: number | undefined;
    try {
      nextMs = await pump({
        id: this.#id(),
        store: this.#store,
        feed: ledgerFeed(this.env),
        now: Date.now,
        random: Math.random,
      });
    } catch (error) {
      // The platform gives an alarm that throws up after six tries; this one never ends.
      console.error(JSON.stringify({ event: 'webhook.run_failed', webhook: this.#id(), error: String(error) }));
      nextMs = Date.now() + RECOVERY_MS;
    }
    if (nextMs !== undefined && this.#store.endpoint()?.state === 'active') await this.#armBy(nextMs);
  }

  #id(): string {
    return this.ctx.id.toString();
  }

  /** One alarm: the earliest time that anybody asked for. */
  async #armBy(timeMs: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > timeMs) await this.ctx.storage.setAlarm(timeMs);
  }

  async #challenge(signer: Signer): Promise<Result<null>> {
    const challenge = newChallenge();
    const attempt = await this.#notify(signer, { kind: 'challenge', fields: { challenge } });
    if (answersChallenge(attempt, challenge)) return ok(null);
    const answered = attempt.status === null ? attempt.outcome : `status ${attempt.status}`;
    return fail('webhook_challenge_failed', attempt.outcome === 'delivered' ? 'another answer' : answered, 'url');
  }

  async #notify({ url, secret, seed }: Signer, { kind, fields }: Notice): Promise<Attempt> {
    const atMs = Date.now();
    const id = `${this.#id()}-${kind}-${crypto.randomUUID()}`;
    const type = `webhook.${kind}`;
    const payload = JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), ...fields });
    const message = { id, timestampSeconds: Math.floor(atMs / 1000), payload };
    const headers = webhookHeaders(message, { secrets: [secret], seeds: [seed] });
    const attempt = await attemptPost({ url, headers, payload, timeoutMs: ATTEMPT_TIMEOUT_MS });
    const { outcome, status, latencyMs, response } = attempt;
    // A challenge before creation has no log to be written to.
    if (this.#store.endpoint()) {
      this.#store.log({ kind, id, seq: null, type, attempt: 1, atMs, outcome, status, latencyMs, response });
    }
    return attempt;
  }
}
