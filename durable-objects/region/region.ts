/**
 * The Durable Object of one region: intake, leases, checks' verdicts and finality for the orders whose home it is; the keys of
 * its roles and seats; and, in the sequencer's region, sealing. This file only routes: load, call one function, arm, answer.
 * What it answers to those who work on its orders is in region-work.ts, by its keys in region-keys.ts, from tree and log in
 * region-proposer.ts.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { finalTransaction } from '../../ledger/transaction-wire.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { type Region as RegionName, regionOf } from '../../protocol/regions.ts';
import { parseTransaction, type Transaction, transactionHash } from '../../protocol/tx/envelope.ts';
import { openingOf } from '../../protocol/tx/opening.ts';
import type { WireTransaction } from '../../protocol/wire.ts';
import { handleDue, sendToQueue } from './alarm.ts';
import type { Network } from './context.ts';
import type { RegionEnv } from './env.ts';
import { takeFinal } from './finality.ts';
import { ledgerHealth } from './health.ts';
import { claimKey, releaseClaim, storeAnswer } from './idempotency.ts';
import { mayBeTaken, sweepLater, type Taken, takeOrder } from './intake.ts';
import { matchOrder } from './match.ts';
import type { OrderRow } from './orders.ts';
import type { FinalNotice, PeerRpcMethods } from './peer.ts';
import { Puller } from './pull.ts';
import { answerOf, checkedResult, orderPage, waitForOrder } from './questions.ts';
import { RegionProposer } from './region-proposer.ts';
import type {
  AccountView,
  BatchTaken,
  IdempotencyClaim,
  IdempotencyVerdict,
  Lease,
  OrderAnswer,
  OrderIntake,
  RegionRpc,
  StoredAnswer,
} from './rpc.ts';
import { payFromFaucet } from './sequencer/faucet.ts';
import { foundNetwork } from './sequencer/found.ts';
import { loadSponsor } from './sponsor.ts';
import { parseBatch, recordsOf, sendersOf, takeBatch } from './transaction-batch.ts';
import { orderBuiltOn, recordsAsked, takeTransaction } from './transactions.ts';
import { NextTurn } from './turn.ts';
import { leaseOf } from './work.ts';

/** Due entries handled by one alarm. */
const DUE_MAX = 64;
/** After an alarm that failed as a whole. */
const ALARM_RETRY_MS = 2_000;

export class Region extends RegionProposer implements RegionRpc, PeerRpcMethods {
  readonly #puller: Puller;
  readonly #batchTurn = new NextTurn();
  #nudging = false;

  constructor(ctx: DurableObjectState, env: RegionEnv) {
    super(ctx, env);
    this.context.self = {
      pull: (limit) => this.pull(limit),
      vote: (proposal, parent) => this.vote(proposal, parent),
      takeFinal: (notice) => this.takeFinal(notice),
    };
    this.#puller = new Puller(this.context);
  }

  // Intake

  async intakeOrder(
    intake: OrderIntake,
  ): Promise<Result<{ answer: OrderAnswer; lease: Lease | null; replayed: boolean }>> {
    const network = await this.context.networkNow(Date.now());
    await this.context.accounts.load(intake.idempotency.account, Date.now());
    const parsed = parseTransaction(intake.transaction, network.hash);
    if (!parsed.ok) return parsed;
    await this.#composeBefore(network, parsed.value);
    const taken = await this.#takeOrder(network, parsed.value, intake);
    if (!taken.ok) return taken;
    const { row, replayed } = taken.value;
    if (replayed) {
      // The object may have died between the order's record and its alarm.
      await this.armAndNudge();
      return ok({ answer: answerOf(this.context, row), lease: null, replayed });
    }
    // An order that could not be matched at once is acknowledged: its due entry tries again.
    const matched = await matchOrder(this.context, network, row.id, Date.now());
    await this.armAndNudge();
    const current = this.context.orders.find(row.id) ?? row;
    const lease =
      matched.ok && row.path === 'direct' ? await leaseOf(this.context, current, matched.value.contentKey) : undefined;
    if (matched.ok && row.path === 'queue') await this.#handToQueue(current);
    return ok({ answer: answerOf(this.context, current), lease: lease?.ok ? lease.value : null, replayed });
  }

  async #takeOrder(network: Network, tx: Transaction, intake: OrderIntake): Promise<Result<Taken>> {
    const opening = openingOf(tx);
    const take = async (): Promise<Result<Taken>> => {
      // What is refused whatever its payer allowed costs no read, and what was taken before is answered without one.
      if (opening?.sponsored && mayBeTaken(this.context, network, tx, Date.now())) {
        const loaded = await loadSponsor(this.context, opening.demander, tx.sender, Date.now());
        if (!loaded.ok) return loaded;
      }
      return takeOrder(this.context, network, intake, Date.now());
    };
    const taken = await take();
    if (taken.ok || taken.code !== 'allowance_exceeded') return taken;
    // An order that is sealed, and whose notice has not come, was counted twice.
    await this.context.accounts.refresh(tx.sender);
    return take();
  }

  async #composeBefore(network: Network, tx: Transaction): Promise<void> {
    const order = orderBuiltOn(this.context, tx);
    if (order) await this.#puller.composeBefore(network, order, Date.now());
  }

  async #handToQueue(row: OrderRow): Promise<void> {
    row.leasedUntil = 0;
    this.context.orders.save(row);
    await sendToQueue(this.context, row);
  }

  async submitTransaction(bytes: Uint8Array, idempotency: IdempotencyClaim): Promise<Result<WireTransaction>> {
    const network = await this.context.networkNow(Date.now());
    const parsed = parseTransaction(bytes, network.hash);
    if (!parsed.ok) return parsed;
    await this.context.accounts.load(parsed.value.sender, Date.now());
    await this.#composeBefore(network, parsed.value);
    const asked = recordsAsked(parsed.value);
    if (asked.length > 0 && mayBeTaken(this.context, network, parsed.value, Date.now()))
      await this.context.records.load(asked);
    const taken = takeTransaction(this.context, network, bytes, idempotency, Date.now());
    await this.armAndNudge();
    if (!taken.ok) return taken;
    const wire = taken.value ?? (await finalTransaction(this.context.ledger, transactionHash(bytes)));
    return wire ? ok(wire) : fail('not_found');
  }

  async submitTransactions(batch: readonly Uint8Array[], idempotency: IdempotencyClaim): Promise<Result<BatchTaken>> {
    const network = await this.context.networkNow(Date.now());
    const parsed = parseBatch(batch, network);
    const foreign = await this.context.accounts.loadAll(sendersOf(parsed), this.context.region, Date.now());
    for (const one of parsed) if (one.ok) await this.#composeBefore(network, one.value.tx);
    await this.#batchTurn.wait();
    await this.context.records.load(recordsOf(this.context, network, parsed, Date.now()));
    const taken = await takeBatch(this.context, network, { batch: parsed, foreign }, idempotency, Date.now());
    await this.armAndNudge();
    return taken;
  }

  async claimIdempotency(claim: IdempotencyClaim): Promise<IdempotencyVerdict> {
    return claimKey(this.context, claim, Date.now());
  }

  async storeAnswer(claim: IdempotencyClaim, answer: StoredAnswer): Promise<void> {
    storeAnswer(this.context, claim, answer);
    sweepLater(this.context, Date.now());
    await this.context.due.arm();
  }

  async releaseIdempotency(claim: IdempotencyClaim): Promise<void> {
    releaseClaim(this.context, claim);
  }

  // Questions

  async order(id: Uint8Array): Promise<Result<OrderAnswer>> {
    const row = this.context.orders.find(id);
    return row ? ok(answerOf(this.context, row)) : fail('unknown_order');
  }

  async waitOrder(id: Uint8Array, until: 'checked' | 'final', timeoutMs: number): Promise<Result<OrderAnswer>> {
    await waitForOrder(this.context, id, until, timeoutMs);
    return this.order(id);
  }

  orderResult(id: Uint8Array): Promise<Result<Uint8Array>> {
    return checkedResult(this.context, id);
  }

  async readsInput(id: Uint8Array): Promise<boolean> {
    return this.context.orders.readsInput(id);
  }

  async ordersOf(account: Uint8Array, before: string | null, limit: number): Promise<ReturnType<typeof orderPage>> {
    return orderPage(this.context, account, before, limit);
  }

  async transaction(hash: Uint8Array): Promise<WireTransaction | null> {
    const network = await this.context.network();
    return this.context.mempool.wire(hash, network.hash) ?? null;
  }

  async waitTransaction(hash: Uint8Array, timeoutMs: number): Promise<WireTransaction | null> {
    const network = await this.context.network();
    const done = () => this.context.mempool.wire(hash, network.hash)?.status !== 'pending';
    await this.context.watchers.until(bytesToHex(hash), done, timeoutMs);
    return (await this.transaction(hash)) ?? (await finalTransaction(this.context.ledger, hash)) ?? null;
  }

  async account(key: Uint8Array): Promise<Result<AccountView>> {
    await this.context.accounts.load(key, Date.now());
    const view = this.context.accounts.view(key);
    if (!view) return fail('unknown_account');
    const { balanceZhi, reservedZhi, nextNonce, homeRegion } = view;
    return ok({ balanceZhi, reservedZhi, nextNonce, homeRegion });
  }

  // Peers

  async pull(limit: number): Promise<Uint8Array[]> {
    this.#nudging = false;
    return this.#puller.pull(await this.context.network(), limit, Date.now());
  }

  async takeFinal(notice: FinalNotice): Promise<void> {
    await takeFinal(this.context, notice, Date.now());
    await this.armAndNudge();
  }

  // Sequencer

  health(): Promise<Result<{ readonly height: bigint }>> {
    return ledgerHealth(this.context);
  }

  async wake(region: string): Promise<void> {
    await this.sequencer.wake(region as RegionName, Date.now());
  }

  async rearm(): Promise<void> {
    this.#nudging = false;
    if (this.context.isFounded()) await this.armAndNudge();
  }

  bootstrap(): Promise<Uint8Array> {
    return this.ctx.blockConcurrencyWhile(() => foundNetwork(this.context, Date.now()));
  }

  async faucet(to: Uint8Array, amountZhi: bigint, homeRegion: number): Promise<Result<WireTransaction>> {
    const paid = await payFromFaucet(this.context, await this.context.network(), to, amountZhi, homeRegion, Date.now);
    await this.armAndNudge();
    return paid;
  }

  // Events

  override async fetch(request: Request): Promise<Response> {
    const match = /\/orders\/([0-9a-f]{64})$/.exec(new URL(request.url).pathname);
    const row = match?.[1] ? this.context.orders.find(hexToBytes(match[1])) : undefined;
    if (!row || request.headers.get('upgrade') !== 'websocket') return new Response(null, { status: 404 });
    return this.context.watchers.accept(row);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    socket.close(code === 1005 ? 1000 : code);
  }

  /** Catches everything and arms again: an alarm that throws is retried six times by the platform and then forgotten. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    this.context.due.disarmed();
    try {
      const network = await this.context.network();
      for (const due of this.context.due.take(now, DUE_MAX)) {
        if (due.kind === 'seal') await this.sequencer.seal(network, Date.now());
        else if (due.kind === 'log') this.sequencer.log.advance(network, now);
        else await handleDue(this.context, network, due, now);
        this.context.due.done(due);
      }
      await this.armAndNudge();
    } catch (error) {
      console.error(JSON.stringify({ event: 'alarm_failed', reason: (error as Error).message }));
      await this.ctx.storage.setAlarm(now + ALARM_RETRY_MS);
    }
  }

  /** Arms the alarm, and tells the sequencer that there is something to seal, once until it asks. */
  protected override readonly armAndNudge = async (): Promise<void> => {
    const { context } = this;
    await context.due.arm();
    if (this.#nudging || !(context.mempool.hasPending() || context.roleEntries.hasUncomposed(Date.now()))) return;
    this.#nudging = true;
    const network = await context.network();
    const own = regionOf(context.region);
    const sequencer = regionOf(network.genesis.sequencerRegion);
    if (sequencer === own) await this.wake(own);
    else
      this.ctx.waitUntil(
        context
          .peer(sequencer)
          .wake(own)
          .catch(() => undefined),
      );
  };
}
