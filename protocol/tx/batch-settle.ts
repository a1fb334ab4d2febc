/**
 * BatchSettle: settles up to a hundred confirmed orders in one transaction, by the Merkle root over (order, provider, demander,
 * bill). Their bills go from escrow to the batches account, where each waits for its claim (batch-claim.ts); what the demanders
 * had set aside beyond the bills returns at once.
 *
 * The body names the orders, and the rule looks each of them up: a root that stood for unseen orders would have to be trusted.
 * With a total too high, its searcher would empty an escrow that belongs to other orders, whose refunds could then not be paid;
 * with a leaf too many, it would pay for a result that nothing has checked. As it is, root and totals only repeat what the
 * records give, and a searcher that lies about any of them is refused and has moved nothing.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct, u64As, vec } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import { equalBytes } from '../hash.ts';
import { merkleRoot } from '../merkle.ts';
import { nextState } from '../order/lifecycle.ts';
import {
  BATCH_CLAIM_MS,
  BATCH_ORDERS_MAX,
  type BatchLeaf,
  batches,
  encodeBatchLeaf,
  NONE_CLAIMED,
} from '../record/batch.ts';
import type { HpuCycles, UnixMs, Zhi } from '../units.ts';
import { confirmedState } from './order-settle.ts';
import { post } from './postings.ts';
import { isSearcher } from './roles.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({
  orders: vec(bytes32, BATCH_ORDERS_MAX),
  root: bytes32,
  billCycles: u64As<HpuCycles>(),
  billZhi: u64As<Zhi>(),
});
export type BatchSettle = Decoded<typeof bodyCodec>;
export const encodeBatchSettle = (body: BatchSettle): Uint8Array => encode(bodyCodec, body);
export const decodeBatchSettle = (body: Uint8Array): BatchSettle => decode(bodyCodec, body);

interface Settled {
  readonly leaf: BatchLeaf;
  readonly cycles: bigint;
  readonly returnedZhi: bigint;
}

function settleOne(order: Uint8Array, { context, state, sender }: RuleInput): Settled | ErrorCode {
  const record = state.order(order);
  if (!record) return 'unknown_order';
  if (!isSearcher(context.genesis, record.region, sender)) return 'not_authorised';
  const next = nextState(confirmedState(record, context.timeMs), 'settle');
  if (!next || !record.match) return 'illegal_transition';
  const { provider, billCycles, billZhi } = record.match;
  state.setOrder(order, { ...record, state: next });
  const leaf = { order, provider, demander: record.demander, billZhi };
  return { leaf, cycles: billCycles, returnedZhi: record.priceLimitZhi - billZhi };
}

const sumOf = (settled: readonly Settled[], of: (one: Settled) => bigint): bigint =>
  settled.reduce((sum, one) => sum + of(one), 0n);

/** One posting a demander, in the order in which they first come. */
function returnPostings(settled: readonly Settled[]): Posting[] {
  const byDemander = new Map<string, Posting>();
  for (const { leaf, returnedZhi } of settled) {
    const id = bytesToHex(leaf.demander);
    const deltaZhi = (byDemander.get(id)?.deltaZhi ?? 0n) + returnedZhi;
    byDemander.set(id, { account: leaf.demander, deltaZhi });
  }
  return [...byDemander.values()];
}

function apply(body: BatchSettle, input: RuleInput): EntryOutcome {
  const { context, state, sender, txHash } = input;
  if (body.orders.length === 0) return refused('invalid_field');
  const settled: Settled[] = [];
  for (const order of body.orders) {
    const one = settleOne(order, input);
    if (typeof one === 'string') return refused(one);
    settled.push(one);
  }
  const root = merkleRoot(settled.map(({ leaf }) => encodeBatchLeaf(leaf)));
  const billZhi = sumOf(settled, ({ leaf }) => leaf.billZhi);
  const billCycles = sumOf(settled, ({ cycles }) => cycles);
  if (!equalBytes(root, body.root) || billZhi !== body.billZhi || billCycles !== body.billCycles) {
    return refused('batch_mismatch');
  }
  const returnedZhi = sumOf(settled, (one) => one.returnedZhi);
  const postings: Posting[] = [
    { account: SYSTEM_ACCOUNT.escrow, deltaZhi: -billZhi - returnedZhi },
    { account: SYSTEM_ACCOUNT.batches, deltaZhi: billZhi },
    ...returnPostings(settled),
  ];
  post(state, postings);
  if (batches.read(state, txHash)) throw new Error('two transactions of one hash');
  batches.write(state, txHash, {
    searcher: sender,
    root,
    orders: settled.length,
    heldZhi: billZhi as Zhi,
    claimed: NONE_CLAIMED,
    expiryMs: (context.timeMs + BATCH_CLAIM_MS) as UnixMs,
  });
  return applied(postings);
}

export const batchSettleRule: Rule<BatchSettle> = {
  decodeBody: (body) => [decodeBatchSettle(body)],
  innerSignatures: () => [],
  apply,
};
