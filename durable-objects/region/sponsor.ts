/** An order at a payer's expense (protocol/tx/order-open-for.ts): what of the allowance is left beside what is pending here. */

import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { type Allowance, allowancePlace, liveAllowance } from '../../protocol/record/allowance.ts';
import { type Allow, decodeAllow } from '../../protocol/tx/allow.ts';
import { parseTransaction } from '../../protocol/tx/envelope.ts';
import type { RuleContext } from '../../protocol/tx/rule.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import type { RegionContext } from './context.ts';

/** The key's orders and the payer's Allows move the allowance: a read that one of them overtook is repeated so often. */
const READS_MAX = 3;

/**
 * Payer and allowance as D1 has them. To be awaited last: what is sealed after it is no longer among what is pending. Refused
 * where that would not hold: the record that was read may be older than what is pending. A payer whose home is another region
 * is refused, and not kept.
 */
export async function loadSponsor(
  context: RegionContext,
  payer: Uint8Array,
  key: Uint8Array,
  now: number,
): Promise<Result<undefined>> {
  const foreign = await context.accounts.loadAll([payer], context.region, now);
  if (foreign.length > 0) return fail('wrong_home_region', 'of the payer');
  const noncesOf = () => [payer, key].map((account) => context.accounts.find(account)?.nonce);
  for (let reads = 0; reads < READS_MAX; reads++) {
    const before = noncesOf();
    await context.records.load([allowancePlace(payer, key)]);
    if (noncesOf().every((nonce, i) => nonce === before[i])) return ok(undefined);
  }
  return fail('too_many_pending', 'the allowance changes while it is read');
}

/** Of the payer's pending Allows, those for this key. */
function pendingAllows(context: RegionContext, rules: RuleContext, payer: Uint8Array, key: Uint8Array): Allow[] {
  return context.mempool.pendingOf(payer).flatMap((bytes) => {
    const parsed = parseTransaction(bytes, rules.genesisHash);
    if (!parsed.ok || txTypeName(parsed.value.type) !== 'allow') return [];
    const allow = decodeAllow(parsed.value.body);
    return equalBytes(allow.key, key) ? [allow] : [];
  });
}

const lower = <T extends bigint>(a: T, b: T): T => (b < a ? b : a);

/**
 * Undefined when there is none. A pending Allow counts where it lowers: a key is locked out as soon as that is acknowledged, and
 * gets more once it is final. `leftZhi` may be below zero then.
 */
export function allowanceLeft(
  context: RegionContext,
  rules: RuleContext,
  payer: Uint8Array,
  key: Uint8Array,
): Allowance | undefined {
  const final = liveAllowance(context.records, payer, key, rules.height);
  if (!final) return undefined;
  const announced = pendingAllows(context, rules, payer, key);
  if (announced.some(({ limitZhi }) => limitZhi === 0n)) return undefined;
  const limitZhi = announced.reduce((least, one) => lower(least, one.limitZhi), final.leftZhi);
  const expiryHeight = announced.reduce<BlockHeight>(
    (least, one) => lower(least, one.expiryHeight),
    final.expiryHeight,
  );
  const nonce = context.accounts.find(key)?.nonce ?? 0n;
  return { leftZhi: (limitZhi - context.mempool.sponsoredZhi(key, payer, nonce)) as Zhi, expiryHeight };
}
