/** Step 2, match: the rule picks the provider, the provider signs the quote, and the order gets its lease. */

import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { encode } from '../../protocol/codec.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { providersLeft, type Quote } from '../../protocol/order/matching.ts';
import type { OrderRecord } from '../../protocol/order/record.ts';
import { Overlay } from '../../protocol/state/overlay.ts';
import { type OrderMatch, orderMatchEntry, orderMatchRule } from '../../protocol/tx/order-match.ts';
import type { EntryOutcome, Rule } from '../../protocol/tx/rule.ts';
import type { Network, RegionContext } from './context.ts';
import { pendingSince } from './intake.ts';
import type { OrderRow } from './orders.ts';
import { providerOf } from './provider.ts';
import { refund } from './refund.ts';

export interface Matched {
  readonly row: OrderRow;
  /** For the caller that goes on at once; never stored. */
  readonly contentKey: Uint8Array;
}

/** Applies an entry by the very rule that the chain applies, to this object's copy of the record. */
export function applyEntry<E extends { order: Uint8Array }>(
  context: RegionContext,
  network: Network,
  rule: Rule<E>,
  entry: E,
  sender: Uint8Array,
  now: number,
): { outcome: EntryOutcome; record: OrderRecord | undefined } {
  const state = new Overlay(context.stateView());
  const outcome = rule.apply(entry, {
    context: context.ruleContext(network, now),
    state,
    sender,
    nonce: 0n,
    txHash: entry.order,
  });
  return { outcome, record: state.order(entry.order) };
}

/**
 * Matches an open order. When its provider does not answer or can't open its grant, the order stays open and the lease's
 * due entry tries again. Without a provider left it is refunded.
 */
export async function matchOrder(
  context: RegionContext,
  network: Network,
  id: Uint8Array,
  now: number,
): Promise<Result<Matched>> {
  const before = context.orders.find(id);
  if (!before) return fail('unknown_order');
  if (before.record.state !== 'open') return fail('illegal_transition');
  const best = providersLeft(network.genesis.providers, before.record)[0];
  if (!best) {
    refund(context, id, 'giveUp', 'no_provider', now);
    return fail('no_provider');
  }
  const acceptance = {
    order: id,
    attempt: before.record.attempt,
    provider: best.provider.key,
    quoteCycles: best.cycles,
    priceZhi: best.priceZhi,
    quoteMs: best.durationMs,
  };
  const sealed = context.orders.sealed(id);
  const provider = providerOf(context, best.provider.region);
  const accepted = await provider
    .acceptOrder(acceptance, sealed, before.demander)
    .catch((error: Error) => fail('overloaded', `the provider does not answer: ${error.message}`));
  if (!accepted.ok && accepted.code !== 'sealed_malformed') return accepted;
  // The checker must read what the provider reads, or an honest provider would look like a liar.
  const checkerKey = await context.keyring.openContentKey('checker', sealed, network.hash, before.demander);
  if (!accepted.ok || !checkerKey || !equalBytes(checkerKey, accepted.value.contentKey)) {
    refund(context, id, 'decline', 'sealed_malformed', now);
    return fail('sealed_malformed');
  }
  context.checkerKeys.keep(id, checkerKey);
  if (before.path === 'queue') context.leaseKeys.keep(id, accepted.value.contentKey);
  const entry: OrderMatch = { ...acceptance, acceptance: accepted.value.acceptance };
  const row = context.transaction(() => recordMatch(context, network, entry, best, accepted.value.lie, now));
  if (!row) return fail('illegal_transition');
  context.watchers.orderChanged(row);
  return ok({ row, contentKey: accepted.value.contentKey });
}

/** Undefined when the order went another way while the provider signed. */
function recordMatch(
  context: RegionContext,
  network: Network,
  entry: OrderMatch,
  best: Quote,
  lie: boolean,
  now: number,
): OrderRow | undefined {
  const row = context.orders.find(entry.order);
  if (!row) return undefined;
  const { outcome, record } = applyEntry(
    context,
    network,
    orderMatchRule,
    entry,
    context.keyring.publicKey('searcher'),
    now,
  );
  if (!outcome.ok || !record) return undefined;
  row.record = record;
  row.lie = lie;
  row.token += 1;
  row.chunksDone = 0;
  row.story.quote = {
    cycles: best.cycles.toString(),
    priceZhi: best.priceZhi.toString(),
    durationMs: best.durationMs.toString(),
  };
  row.story.attempts.push({
    attempt: entry.attempt,
    provider: addressOf(entry.provider),
    verdict: 'pending',
    method: null,
    checkedParts: null,
  });
  row.story.steps.match = now.toString();
  row.leasedUntil = now + context.leaseMs;
  context.orders.save(row);
  context.roleEntries.add('match', entry.order, encode(orderMatchEntry, entry));
  context.due.set('lease', bytesToHex(entry.order), row.leasedUntil);
  pendingSince(context, now);
  return row;
}

/** Number of the region whose object holds a hosted provider's keys. */
export function providerRegionOf(network: Network, key: Uint8Array): number {
  const found = network.genesis.providers.find((provider) => equalBytes(provider.key, key));
  if (!found) throw new Error('a matched provider that is not in the resource table');
  return found.region;
}
