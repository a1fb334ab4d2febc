/** Step 1, intake: checks a signed transaction against what this region knows, and makes it durable. */

import { bytesToHex } from '@noble/hashes/utils.js';
import { type ErrorCode, fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { ATTEMPTS_MAX, type Quote } from '../../protocol/order/matching.ts';
import { tilePlan } from '../../protocol/order/tiles.ts';
import { admissionFault } from '../../protocol/transition.ts';
import { parseTransaction, type Transaction, transactionHash } from '../../protocol/tx/envelope.ts';
import { type Opening, openingOf } from '../../protocol/tx/opening.ts';
import {
  modelOf,
  type OrderOpen,
  openedRecord,
  orderIdOf,
  quoteOrder,
  termsFault,
} from '../../protocol/tx/order-open.ts';
import { rolesOf } from '../../protocol/tx/roles.ts';
import type { BlockContext } from '../../protocol/tx/rule.ts';
import { grantedKeys } from '../../sealing/envelope.ts';
import { PENDING_MAX, SPONSORED_MAX } from './accounts.ts';
import type { Network, RegionContext } from './context.ts';
import { claimInside } from './idempotency.ts';
import { emptySteps, type OrderRow } from './orders.ts';
import type { OrderIntake } from './rpc.ts';
import { forgetJobs } from './search/job-table.ts';
import { lacksModel } from './search/search-result.ts';
import { forgetStop } from './search/stop-table.ts';
import { allowanceLeft } from './sponsor.ts';
import { forgetTiles } from './tile-table.ts';

/** Work up to this many cycles is computed by a direct call: some 10 ms of the software HPU. Larger work is queued. */
export const DIRECT_CYCLES_MAX = 500_000n;
/**
 * An acknowledged transaction must be sealed before it expires: work is done on its word. Our tip may be five seconds old and
 * a block comes at most each 100 ms, so this leaves at least fifteen seconds of blocks at full rate, and a stalled chain has none.
 */
export const EXPIRY_MARGIN_BLOCKS = 200n;
/** A nudge that got lost is repeated after this. */
export const NUDGE_REPEAT_MS = 1_000;
/** A pending transaction of whose outcome nothing was heard is looked up in D1 after this. */
export const RECONCILE_AFTER_MS = 3_000;

export interface Admission {
  /** Why the transaction can't be taken, whatever its body says. */
  readonly fault: ErrorCode | undefined;
  /** What the account can spend beside its pending transactions. */
  readonly spendableZhi: bigint;
}

/** The pass against state before the body. */
export function admission(
  context: RegionContext,
  rules: BlockContext,
  tx: Transaction,
  view = context.accounts.view(tx.sender),
): Admission {
  const spendableZhi = view ? view.balanceZhi - view.reservedZhi : 0n;
  return { fault: stateFault(context, rules, tx, view, spendableZhi), spendableZhi };
}

/** False for what is refused by its sender, number, fee or expiry: nothing is read from the ledger for it. */
export const mayBeTaken = (context: RegionContext, network: Network, tx: Transaction, now: number): boolean =>
  admission(context, context.ruleContext(network, now), tx).fault === undefined;

function stateFault(
  context: RegionContext,
  rules: BlockContext,
  tx: Transaction,
  view: ReturnType<RegionContext['accounts']['view']>,
  spendableZhi: bigint,
): ErrorCode | undefined {
  if (view && view.homeRegion !== context.region) return 'wrong_home_region';
  const account = view && { balanceZhi: spendableZhi, nonce: view.nextNonce, homeRegion: view.homeRegion };
  const fault = admissionFault(tx, { account: () => account as never }, rules);
  if (fault) return fault;
  if (tx.expiryHeight < rules.height + EXPIRY_MARGIN_BLOCKS) return 'expiry_too_soon';
  return view && view.pending >= PENDING_MAX ? 'too_many_pending' : undefined;
}

/** Every party that may come to need the content key has a grant, so that a dead or false provider can be replaced. */
function grantFault(sealed: Uint8Array, quotes: readonly Quote[], checkerSealKey: Uint8Array): ErrorCode | undefined {
  const granted = grantedKeys(sealed);
  if (!granted) return 'sealed_malformed';
  const needed = [...quotes.slice(0, ATTEMPTS_MAX).map((quote) => quote.provider.sealKey), checkerSealKey];
  return needed.every((key) => granted.some((to) => equalBytes(to, key))) ? undefined : 'grant_missing';
}

interface Admitted {
  readonly tx: Transaction;
  readonly hash: Uint8Array;
  readonly opening: Opening;
  readonly quotes: Quote[];
  /** 1 for what is computed in one piece, and for training, which counts its chunks as it runs. */
  readonly tiles: number;
}

/** A large prediction goes by queue: its tiles are background work. */
function tilesIn(context: RegionContext, body: OrderOpen, demander: Uint8Array): number {
  const model = modelOf(body, demander, context.stateView());
  if (body.work.kind !== 'predict' || model?.kind !== 'train') return 1;
  return tilePlan(model, body.work.rows)?.tiles ?? 1;
}

/**
 * What the payer can spend on the order, or why its allowance does not cover it: by the chain's precedence, and with all that is
 * pending here. Like an expiry, an allowance must outlast the time to the block.
 */
function payerSpendable(
  context: RegionContext,
  rules: BlockContext,
  { sender, feeZhi }: Transaction,
  { demander, order }: Opening,
): Result<bigint> {
  const view = context.accounts.view(demander);
  const spendableZhi = view ? view.balanceZhi - view.reservedZhi : 0n;
  if (spendableZhi < feeZhi) return fail('insufficient_balance', 'of the payer');
  const allowance = allowanceLeft(context, rules, demander, sender);
  if (!allowance) return fail('unknown_allowance');
  if (allowance.leftZhi < feeZhi + order.priceLimitZhi) return fail('allowance_exceeded');
  if (view && view.sponsored >= SPONSORED_MAX) return fail('too_many_pending', "at the payer's expense");
  if (allowance.expiryHeight < rules.height + EXPIRY_MARGIN_BLOCKS) return fail('expiry_too_soon', 'of the allowance');
  return ok(spendableZhi);
}

function admitOrder(context: RegionContext, network: Network, intake: OrderIntake, now: number): Result<Admitted> {
  const parsed = parseTransaction(intake.transaction, network.hash);
  if (!parsed.ok) return parsed;
  const tx = parsed.value;
  const opening = openingOf(tx);
  if (!opening) return fail('invalid_field', 'opens no order', 'transaction');
  const { order: body, demander, sponsored } = opening;
  const rules = context.ruleContext(network, now);
  if (body.region !== context.region) return fail('wrong_home_region');
  const { fault, spendableZhi: ownZhi } = admission(context, rules, tx);
  if (fault) return fail(fault);
  const spendableZhi = sponsored ? payerSpendable(context, rules, tx, opening) : ok(ownZhi);
  if (!spendableZhi.ok) return spendableZhi;
  const terms = termsFault(body, rules.timeMs);
  if (terms) return fail(terms);
  if (body.deadlineMs < rules.timeMs + context.deadlineMarginMs) return fail('deadline_too_soon');
  const quotes = quoteOrder(body, { demander, nonce: tx.nonce }, network.genesis, context.stateView());
  if (!quotes.ok) return quotes;
  if (body.work.kind === 'predictTable' && lacksModel(context, body.work.model))
    return fail('unknown_model', 'the search found no model', 'work.model');
  if (spendableZhi.value < tx.feeZhi + body.priceLimitZhi)
    return fail('insufficient_balance', sponsored ? 'of the payer' : undefined);
  const checker = rolesOf(network.genesis, context.region);
  if (!checker) return fail('no_provider');
  const grant = grantFault(intake.sealed, quotes.value, checker.checkerSealKey);
  if (grant) return fail(grant);
  const tiles = tilesIn(context, body, demander);
  return ok({ tx, hash: transactionHash(intake.transaction), opening, quotes: quotes.value, tiles });
}

export type Taken = { readonly row: OrderRow; readonly replayed: boolean };

/** One durable transaction: order, reservation, idempotency key. The match follows in its own. */
export function takeOrder(context: RegionContext, network: Network, intake: OrderIntake, now: number): Result<Taken> {
  return context.transaction(() => {
    const claim = claimInside(context, intake.idempotency, now);
    if (!claim.ok) return claim;
    if (claim.value.kind === 'refers') {
      const row = context.orders.find(claim.value.to);
      if (!row) throw new Error('an idempotency key refers to an order that is not there');
      return ok({ row, replayed: true });
    }
    const admitted = admitOrder(context, network, intake, now);
    if (!admitted.ok) return admitted;
    const { tx, hash, opening, quotes } = admitted.value;
    const { order: body, demander, sponsored } = opening;
    const id = orderIdOf(body.region, hash);
    const best = quotes[0] as Quote;
    const opened = openRow(id, admitted.value, best, intake.preferQueue, now);
    const before = context.orders.find(id);
    if (before && context.roleEntries.hasOf(id))
      return fail('too_many_pending', 'of the order itself, from before it was refused');
    const row = before ? startAnew(context, before, opened, intake.sealed) : opened;
    if (!before) context.orders.insert(row, intake.sealed);
    context.mempool.add(
      {
        hash,
        bytes: intake.transaction,
        sender: tx.sender,
        nonce: tx.nonce,
        reservedZhi: tx.feeZhi + body.priceLimitZhi,
        payer: sponsored ? demander : undefined,
      },
      now,
    );
    claim.value.refer(id);
    sweepLater(context, now);
    context.due.set('deadline', bytesToHex(id), Number(body.deadlineMs) + NUDGE_REPEAT_MS);
    // Whatever happens to the match that follows, the order is looked at again.
    context.due.set('lease', bytesToHex(id), now + context.leaseMs);
    pendingSince(context, now);
    return ok({ row, replayed: false });
  });
}

/**
 * An order that the chain did not open used no nonce, so the same bytes may be sent again and be admissible now. Whoever still
 * works on what it was finds its token stale, and a stream of its events sees the numbers go on.
 */
function startAnew(context: RegionContext, before: OrderRow, opened: OrderRow, sealed: Uint8Array): OrderRow {
  if (!before.final) throw new Error('an order whose nonce is free is not over');
  const row = { ...opened, token: before.token, updates: before.updates + 1 };
  forgetTiles(context, row.id, undefined);
  forgetJobs(context, row.id, undefined);
  forgetStop(context, row.id);
  context.orders.replace(row, sealed);
  return row;
}

function openRow(
  id: Uint8Array,
  { tx, opening: { order, demander }, tiles }: Admitted,
  best: Quote,
  preferQueue: boolean,
  now: number,
): OrderRow {
  const isLong = tiles > 1 || order.work.kind === 'search';
  return {
    id,
    demander,
    record: openedRecord(order, { demander, nonce: tx.nonce }, best.cycles, BigInt(now) as never),
    path: preferQueue || isLong || best.cycles > DIRECT_CYCLES_MAX ? 'queue' : 'direct',
    story: {
      quote: {
        cycles: best.cycles.toString(),
        priceZhi: best.priceZhi.toString(),
        durationMs: best.durationMs.toString(),
      },
      attempts: [],
      steps: { ...emptySteps(), intake: now.toString() },
      block: null,
      failure: null,
    },
    token: 0,
    leasedUntil: 0,
    chunksDone: 0,
    chunks: tiles,
    lie: false,
    final: false,
    updates: 0,
  };
}

/** What is kept of requests and outcomes is looked through an hour after the last of them. */
const SWEEP_AFTER_MS = 3_600_000;

export function sweepLater(context: RegionContext, now: number): void {
  context.due.setNoLater('sweep', '', now + SWEEP_AFTER_MS);
}

/** Something waits to be sealed: the sequencer is nudged now, again if that gets lost, and D1 is asked in the end. */
export function pendingSince(context: RegionContext, now: number): void {
  context.due.setNoLater('nudge', '', now + NUDGE_REPEAT_MS);
  context.due.setNoLater('reconcile', '', now + RECONCILE_AFTER_MS);
}
