/** OrderOpen: the demander's signed order. Puts the price limit into escrow. The order's id is the transaction's. */

import { SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct, u8, u64As, vec } from '../codec.ts';
import type { ErrorCode, Failure, Result } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import { equalBytes, type Hash, ZERO_HASH } from '../hash.ts';
import { hasCheckedResult } from '../order/lifecycle.ts';
import { type Quote, rankProviders } from '../order/matching.ts';
import { confirmPolicyCodec, INPUTS_MAX, type OrderRecord } from '../order/record.ts';
import { isPredicting, type ModelWork, modelKindOf, workCodec, workCycles } from '../order/work.ts';
import { REGIONS } from '../regions.ts';
import { fail, ok } from '../result.ts';
import type { StateView } from '../state/overlay.ts';
import { type HpuCycles, SUPPLY_ZHI, type UnixMs, type Zhi } from '../units.ts';
import { balanceOf, post } from './postings.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

/**
 * An order's id: the hash of its OrderOpen with the first byte replaced by its region's number, so that whoever holds an id
 * knows which region to ask. 248 bits of hash remain.
 */
export function orderIdOf(region: number, openHash: Hash): Hash {
  const id = Uint8Array.from(openHash);
  id[0] = region;
  return id;
}

export const regionOfOrder = (order: Hash): number => order[0] as number;

export const orderOpenCodec = struct({
  work: workCodec,
  priceLimitZhi: u64As<Zhi>(),
  confirm: confirmPolicyCodec,
  deadlineMs: u64As<UnixMs>(),
  /** The demander's home region, where the order is taken in and matched. */
  region: u8,
  /** SHA-256 of the sealed envelope that came with the order. */
  sealedHash: bytes32,
  /** SHA-256 of each uploaded ciphertext that the work reads. */
  inputs: vec(bytes32, INPUTS_MAX),
});
export type OrderOpen = Decoded<typeof orderOpenCodec>;
export const encodeOrderOpen = (body: OrderOpen): Uint8Array => encode(orderOpenCodec, body);
export const decodeOrderOpen = (body: Uint8Array): OrderOpen => decode(orderOpenCodec, body);

/** A deadline may lie this far ahead: escrow is not parked for longer, and the due table holds whole milliseconds. */
export const DEADLINE_HORIZON_MS = 30n * 86_400_000n;
/** A demander's silence confirms after at most this: the provider has been checked and waits for its pay. */
export const CONFIRM_WINDOW_MS_MAX = 7n * 86_400_000n;

/** What is wrong with an order's times, seen at `timeMs`. Intake and the chain share it. */
export function termsFault(body: OrderOpen, timeMs: UnixMs): ErrorCode | undefined {
  if (body.deadlineMs <= timeMs) return 'deadline_passed';
  if (body.deadlineMs > timeMs + DEADLINE_HORIZON_MS) return 'deadline_too_far';
  if (body.confirm.kind === 'manual' && body.confirm.windowMs > CONFIRM_WINDOW_MS_MAX) return 'window_too_long';
  return undefined;
}

/** The work behind the model of a prediction: checked work of the same demander, to whom the model is private. */
export function modelOf(
  { work }: OrderOpen,
  demander: Uint8Array,
  state: Pick<StateView, 'order'>,
): ModelWork | undefined {
  if (!isPredicting(work)) return undefined;
  const source = state.order(work.model);
  if (source?.work.kind !== modelKindOf(work) || !equalBytes(source.demander, demander)) return undefined;
  return hasCheckedResult(source.state) ? (source.work as ModelWork) : undefined;
}

/** Everything about an order that does not depend on a balance: the quotes, best first. Intake and the chain share it. */
export function quoteOrder(
  body: OrderOpen,
  sender: { demander: Uint8Array; nonce: bigint },
  genesis: Genesis,
  state: Pick<StateView, 'order'>,
): Result<Quote[]> {
  if (body.priceLimitZhi <= 0n || body.priceLimitZhi > SUPPLY_ZHI)
    return fail('amount_out_of_range', undefined, 'priceLimitZhi');
  if (REGIONS[body.region] === undefined) return fail('invalid_field', undefined, 'region');
  const cycles = workCycles(body.work, modelOf(body, sender.demander, state));
  if (!cycles.ok) return cycles;
  const quotes = rankProviders(genesis.providers, {
    ...sender,
    region: body.region,
    cycles: cycles.value,
    priceLimitZhi: body.priceLimitZhi,
    excluded: [],
  });
  return quotes.length > 0 ? ok(quotes) : fail('price_limit_below_quote', `${cycles.value} cycles`, 'priceLimitZhi');
}

export function openedRecord(
  body: OrderOpen,
  sender: { demander: Uint8Array; nonce: bigint },
  quoteCycles: HpuCycles,
  openedMs: UnixMs,
): OrderRecord {
  return {
    state: 'open',
    ...sender,
    region: body.region,
    work: body.work,
    priceLimitZhi: body.priceLimitZhi,
    confirm: body.confirm,
    openedMs,
    deadlineMs: body.deadlineMs,
    sealedHash: body.sealedHash,
    inputs: body.inputs,
    quoteCycles,
    attempt: 1,
    excluded: [],
    match: undefined,
    claim: undefined,
    checkedMs: 0n as UnixMs,
  };
}

const refusedFor = (failure: Failure): EntryOutcome => refused(failure.code);

/** Opens the order in the name of `demander`, who pays. */
export function openFor(
  body: OrderOpen,
  demander: Uint8Array,
  { context, state, nonce, txHash }: Omit<RuleInput, 'sender'>,
): EntryOutcome {
  if (equalBytes(body.sealedHash, ZERO_HASH)) return refused('sealed_malformed');
  const id = orderIdOf(body.region, txHash);
  if (state.order(id)) return refused('order_exists');
  if (state.account(demander)?.homeRegion !== body.region) return refused('wrong_home_region');
  const terms = termsFault(body, context.timeMs);
  if (terms) return refused(terms);
  const quotes = quoteOrder(body, { demander, nonce }, context.genesis, state);
  if (!quotes.ok) return refusedFor(quotes);
  if (balanceOf(state, demander) < body.priceLimitZhi) return refused('insufficient_balance');
  const postings: Posting[] = [
    { account: demander, deltaZhi: -body.priceLimitZhi },
    { account: SYSTEM_ACCOUNT.escrow, deltaZhi: body.priceLimitZhi },
  ];
  post(state, postings);
  const cycles = (quotes.value[0] as Quote).cycles;
  state.setOrder(id, openedRecord(body, { demander, nonce }, cycles, context.timeMs));
  return applied(postings);
}

export const orderOpenRule: Rule<OrderOpen> = {
  decodeBody: (body) => [decodeOrderOpen(body)],
  innerSignatures: () => [],
  apply: (body, input) => openFor(body, input.sender, input),
};
