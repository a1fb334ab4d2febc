/** Transactions that open no order: transfers, confirmations, claims and all others. Durable here before they are acknowledged. */

import { bytesToHex } from '@noble/hashes/utils.js';
import { isSystemAccount } from '../../protocol/address.ts';
import { type Failure, fail, ok, type Result } from '../../protocol/errors.ts';
import { approvedBy } from '../../protocol/governance/steps.ts';
import { equalBytes, type Hash } from '../../protocol/hash.ts';
import { cancelled, nextState } from '../../protocol/order/lifecycle.ts';
import { isPredicting } from '../../protocol/order/work.ts';
import { proposalPlace, readProposal } from '../../protocol/record/proposal.ts';
import { REGIONS } from '../../protocol/regions.ts';
import type { RecordPlace, RecordView } from '../../protocol/state/record.ts';
import { claimable, decodeBatchClaims } from '../../protocol/tx/batch-claim.ts';
import {
  type ParsedTransaction,
  parseTransaction,
  type Transaction,
  transactionHash,
} from '../../protocol/tx/envelope.ts';
import { openingOf } from '../../protocol/tx/opening.ts';
import { decodeOrderConfirm } from '../../protocol/tx/order-confirm.ts';
import { decodeOrderRefund } from '../../protocol/tx/order-refund.ts';
import { outlayOf } from '../../protocol/tx/outlay.ts';
import { decodeParam } from '../../protocol/tx/param.ts';
import type { BlockContext } from '../../protocol/tx/rule.ts';
import { claimableSet, decodeSwapIn, swapInPlaces } from '../../protocol/tx/swap-in.ts';
import { decodeSwapOut, swapOutFault } from '../../protocol/tx/swap-out.ts';
import { decodeTransfer } from '../../protocol/tx/transfer.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import { SUPPLY_ZHI } from '../../protocol/units.ts';
import type { WireTransaction } from '../../protocol/wire.ts';
import { addSettlement } from './check.ts';
import type { Network, RegionContext } from './context.ts';
import { swapLeaves } from './held-leaves.ts';
import { claimInside } from './idempotency.ts';
import { admission, pendingSince, sweepLater } from './intake.ts';
import { type PendingTransaction, SWAP_CLAIMS_PENDING_MAX } from './mempool.ts';
import type { OrderRow } from './orders.ts';
import type { IdempotencyClaim } from './rpc.ts';

/** What a transaction will do here once it is admitted. `reservedZhi` includes the fee. */
export interface Intent {
  readonly reservedZhi: bigint;
  readonly row?: OrderRow;
  /** `hash`: the transaction's. */
  take?(hash: Hash): void;
}

function transferIntent(tx: Transaction): Result<Intent> {
  const { to, amountZhi, homeRegion } = decodeTransfer(tx.body);
  if (REGIONS[homeRegion] === undefined) return fail('invalid_field', 'no such region', 'homeRegion');
  if (amountZhi <= 0n || amountZhi > SUPPLY_ZHI) return fail('amount_out_of_range', undefined, 'amountZhi');
  if (isSystemAccount(to)) return fail('system_account', undefined, 'to');
  return ok({ reservedZhi: tx.feeZhi + amountZhi });
}

/**
 * The order whose state a transaction relies on, beside one that it opens. A first attempt can be cancelled whether or not the chain
 * knows that it began; a later one can't before the chain knows how the one before ended.
 */
export function orderBuiltOn(context: RegionContext, tx: Transaction): Uint8Array | undefined {
  if (txTypeName(tx.type) === 'orderConfirm') return decodeOrderConfirm(tx.body).order;
  if (txTypeName(tx.type) === 'orderRefund') {
    const { order } = decodeOrderRefund(tx.body);
    return (context.orders.find(order)?.record.attempt ?? 1) > 1 ? order : undefined;
  }
  const work = openingOf(tx)?.order.work;
  return work && isPredicting(work) ? work.model : undefined;
}

/** Records that have to be loaded (`context.records`) before the transaction is admitted. */
export function recordsAsked({ type, body }: Transaction): RecordPlace[] {
  const name = txTypeName(type);
  if (name === 'batchClaim') return decodeBatchClaims(body).map(({ batch }) => ({ kind: 'batch', key: batch }));
  if (name === 'swapIn') return swapInPlaces(decodeSwapIn(body));
  const param = name === 'param' ? decodeParam(body) : undefined;
  return param?.kind === 'approve' ? [proposalPlace(param.proposal)] : [];
}

function ownOrder(context: RegionContext, order: Uint8Array, sender: Uint8Array): Result<OrderRow> {
  const row = context.orders.find(order);
  if (!row) return fail('unknown_order');
  return equalBytes(row.demander, sender) ? ok(row) : fail('not_authorised');
}

function confirmIntent(context: RegionContext, tx: Transaction): Result<Intent> {
  const body = decodeOrderConfirm(tx.body);
  const found = ownOrder(context, body.order, tx.sender);
  if (!found.ok) return found;
  const row = found.value;
  const next = nextState(row.record.state, 'confirm');
  if (!next) return fail('illegal_transition', row.record.state);
  if (!row.record.claim || !equalBytes(row.record.claim.resultRoot, body.resultRoot)) return fail('result_mismatch');
  const take = () => {
    row.record = { ...row.record, state: next };
    context.orders.save(row);
    context.due.clear('settle', bytesToHex(row.id));
    addSettlement(context, row);
  };
  return ok({ reservedZhi: tx.feeZhi, row, take });
}

function refundIntent(context: RegionContext, tx: Transaction): Result<Intent> {
  const body = decodeOrderRefund(tx.body);
  const found = ownOrder(context, body.order, tx.sender);
  if (!found.ok) return found;
  if (body.reason !== 'cancel') return fail('not_authorised');
  const row = found.value;
  const { state, work, attempt } = row.record;
  const next = cancelled(state, work.kind);
  if (!next)
    return fail('not_cancellable', work.kind === 'search' && state === 'matched' ? 'it can be stopped' : state);
  // Until its block holds what the attempt before came to, the chain has the order where nothing can be cancelled.
  if (attempt > 1 && context.roleEntries.hasUncomposedOf(row.id))
    return fail('overloaded', 'the verdict on the attempt before is on its way to a block');
  const take = () => {
    row.record = { ...row.record, state: next };
    row.token += 1;
    context.orders.save(row);
    context.roleEntries.removeUncomposedOf(row.id);
    context.due.clear('lease', bytesToHex(row.id));
    context.due.clear('deadline', bytesToHex(row.id));
  };
  return ok({ reservedZhi: tx.feeZhi, row, take });
}

/**
 * A claim costs no fee, so one of which the chain would pay nothing is not taken: blocks would carry it for free. So is one that
 * names a leaf twice. A leaf that another claim taken here asks for counts as paid.
 */
function claimIntent(context: RegionContext, rules: BlockContext, tx: Transaction): Result<Intent> {
  const { leaves } = context.mempool;
  const entries = decodeBatchClaims(tx.body);
  if (new Set(entries.map(({ batch, index }) => `${bytesToHex(batch)}/${index}`)).size < entries.length)
    return fail('already_claimed', 'a leaf is named twice');
  const faults = entries.map((entry) => {
    const batch = claimable(entry, context.records);
    if (typeof batch === 'string') return batch;
    return leaves.has(entry) ? 'already_claimed' : undefined;
  });
  const [first] = faults;
  if (first !== undefined && !faults.includes(undefined)) return fail(first);
  const intent = plainIntent(rules, tx);
  if (!intent.ok) return intent;
  const paid = entries.filter((_, i) => faults[i] === undefined);
  return ok({ ...intent.value, take: (hash) => leaves.hold(paid, hash) });
}

/** What the chain would refuse as things stand is not taken. */
function swapOutIntent(rules: BlockContext, tx: Transaction): Result<Intent> {
  const fault = swapOutFault(decodeSwapOut(tx.body), rules.genesis);
  return fault ? fail(fault) : plainIntent(rules, tx);
}

/**
 * Nor is a swap claim of a record that another one taken here asks for: a relayer is spared the fee of a claim that comes too late,
 * and the few claims that a block holds are of different records.
 */
function swapInIntent(context: RegionContext, rules: BlockContext, tx: Transaction): Result<Intent> {
  const { mempool } = context;
  const claim = decodeSwapIn(tx.body);
  const found = claimableSet(claim, context.records, rules.genesis);
  if (typeof found === 'string') return fail(found);
  const asked = swapLeaves(claim);
  if (asked.some((leaf) => mempool.leaves.has(leaf))) return fail('already_claimed', 'another claim of it is pending');
  if (mempool.hasSwapClaims(SWAP_CLAIMS_PENDING_MAX)) return fail('overloaded', 'as many swap claims wait as may');
  const intent = plainIntent(rules, tx);
  return intent.ok ? ok({ ...intent.value, take: (hash) => mempool.leaves.hold(asked, hash) }) : intent;
}

/** Anyone can send a seat's signature again: an approval that adds no seat is not taken, and no block has to check it. */
function paramFault({ timeMs }: BlockContext, tx: Transaction, records: RecordView): Failure | undefined {
  const body = decodeParam(tx.body);
  if (body.kind !== 'approve') return undefined;
  const seats = body.approvals.map(({ seat }) => seat);
  const approved = approvedBy(seats, readProposal(records, body.proposal), timeMs);
  return typeof approved === 'string' ? fail(approved) : undefined;
}

/** Types that touch nothing of this object: what they do is decided on the chain. */
function plainIntent({ parameters }: BlockContext, tx: Transaction): Result<Intent> {
  const outlayZhi = outlayOf(tx, parameters);
  if (outlayZhi === undefined) return fail('not_authorised', 'only the network sends this type');
  return ok({ reservedZhi: tx.feeZhi + outlayZhi });
}

function intentOf(context: RegionContext, rules: BlockContext, tx: Transaction): Result<Intent> {
  const name = txTypeName(tx.type);
  if (name === 'transfer') return transferIntent(tx);
  if (name === 'orderConfirm') return confirmIntent(context, tx);
  if (name === 'orderRefund') return refundIntent(context, tx);
  if (name === 'batchClaim') return claimIntent(context, rules, tx);
  if (name === 'swapIn') return swapInIntent(context, rules, tx);
  if (name === 'swapOut') return swapOutIntent(rules, tx);
  return (name === 'param' ? paramFault(rules, tx, context.records) : undefined) ?? plainIntent(rules, tx);
}

/** Cheap refusals first, by the same precedence as the chain: admission, then the body, then the balance. Writes nothing. */
export function admitted(
  context: RegionContext,
  rules: BlockContext,
  tx: Transaction,
  view = context.accounts.view(tx.sender),
): Result<Intent> {
  const { fault, spendableZhi } = admission(context, rules, tx, view);
  if (fault) return fail(fault);
  const intent = intentOf(context, rules, tx);
  if (!intent.ok) return intent;
  return spendableZhi < intent.value.reservedZhi ? fail('insufficient_balance') : intent;
}

export function pendingOf({ tx, hash, bytes }: ParsedTransaction, { reservedZhi }: Intent): PendingTransaction {
  return { hash, bytes, sender: tx.sender, nonce: tx.nonce, reservedZhi };
}

/** Undefined for a repeat of one that was applied: it is in the ledger. */
export function takeTransaction(
  context: RegionContext,
  network: Network,
  bytes: Uint8Array,
  claim: IdempotencyClaim | undefined,
  now: number,
): Result<WireTransaction | undefined> {
  const parsed = parseTransaction(bytes, network.hash);
  if (!parsed.ok) return parsed;
  const tx = parsed.value;
  const hash = transactionHash(bytes);
  const taken = context.transaction((): Result<OrderRow | undefined> => {
    const key = claim && claimInside(context, claim, now);
    if (key && !key.ok) return key;
    if (key?.value.kind === 'refers') return ok(undefined);
    const intent = admitted(context, context.ruleContext(network, now), tx);
    if (!intent.ok) return intent;
    intent.value.take?.(hash);
    context.mempool.add(pendingOf({ tx, hash, bytes }, intent.value), now);
    if (key?.value.kind === 'fresh') key.value.refer(hash);
    sweepLater(context, now);
    pendingSince(context, now);
    return ok(intent.value.row);
  });
  if (!taken.ok) return taken;
  if (taken.value) context.watchers.orderChanged(taken.value);
  return ok(context.mempool.wire(hash, network.hash));
}
