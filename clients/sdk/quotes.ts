/**
 * Quotes, recomputed: cycles from the published price table, providers by the matching rule over the genesis that this client
 * verified. The network's own quote is compared with that and never relied on.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { ATTEMPTS_MAX, type Quote, rankProviders } from '../../protocol/order/matching.ts';
import { wireWorkOf, workOfWire } from '../../protocol/order/wire-work.ts';
import { isPredicting, type ModelWork, type TrainWork, type Work, workCycles } from '../../protocol/order/work.ts';
import { regionOf } from '../../protocol/regions.ts';
import { rolesOf } from '../../protocol/tx/roles.ts';
import { type HpuCycles, SUPPLY_ZHI, type Zhi } from '../../protocol/units.ts';
import type { WireOrder, WireQuote } from '../../protocol/wire.ts';
import type { Context } from './context.ts';
import { HaiError, UntrustedError } from './errors.ts';

export interface OrderQuote {
  readonly cycles: HpuCycles;
  /** Number of the home region, which takes the order in. */
  readonly homeRegion: number;
  /** Every provider, best first. */
  readonly quotes: readonly Quote[];
  readonly checkerSealKey: Uint8Array;
}

/** The work behind a model, as the network has it: a false one leads to a quote that the chain refuses. */
export async function modelWorkOf(context: Context, order: string): Promise<ModelWork> {
  const path = `/v1/orders/${order}`;
  const { order: found } = await context.transport.json<{ order: WireOrder }>({ method: 'GET', path });
  const work = workOfWire(found.work);
  if (isPredicting(work)) throw new HaiError('unknown_model', { detail: `${order} makes no model` });
  return work;
}

export async function trainWorkOf(context: Context, order: string): Promise<TrainWork> {
  const work = await modelWorkOf(context, order);
  if (work.kind !== 'train') throw new HaiError('unknown_model', { detail: `${order} is no training order` });
  return work;
}

/** `model` is the work behind the model of a prediction. */
export async function computeQuote(
  context: Context,
  nonce: bigint,
  work: Work,
  model: ModelWork | undefined,
): Promise<OrderQuote> {
  const { genesis } = await context.network();
  const homeRegion = await context.homeRegion();
  const cycles = workCycles(work, model);
  if (!cycles.ok) throw HaiError.of(cycles);
  const roles = rolesOf(genesis, homeRegion);
  if (!roles) throw new HaiError('no_provider', { detail: `${regionOf(homeRegion)} has no checker` });
  const quotes = rankProviders(genesis.providers, {
    demander: context.demander(),
    nonce,
    region: homeRegion,
    cycles: cycles.value,
    priceLimitZhi: SUPPLY_ZHI,
    excluded: [],
  });
  return { cycles: cycles.value, homeRegion, quotes, checkerSealKey: roles.checkerSealKey };
}

export async function askQuote(context: Context, nonce: bigint, work: Work): Promise<WireQuote> {
  const body = { account: addressOf(context.demander()), nonce: nonce.toString(), work: wireWorkOf(work) };
  return context.transport.json<WireQuote>({ method: 'POST', path: '/v1/quotes', body, readsOnly: true });
}

const wireRow = (quote: Quote): string =>
  [
    addressOf(quote.provider.key),
    regionOf(quote.provider.region),
    quote.priceZhi,
    quote.durationMs,
    bytesToHex(quote.provider.sealKey),
  ].join(' ');

/** Throws UntrustedError where the network's quote differs from the recomputed one. It may list fewer providers. */
export function compareQuotes(told: WireQuote, own: OrderQuote): void {
  const differ = (what: string): never => {
    throw new UntrustedError(`the network's quote has another ${what} than the rule gives`);
  };
  if (told.cycles !== own.cycles.toString()) differ('number of cycles');
  if (told.homeRegion !== regionOf(own.homeRegion)) differ('home region');
  if (told.checkerSealKey !== bytesToHex(own.checkerSealKey)) differ("checker's key");
  if (told.quotes.length < Math.min(ATTEMPTS_MAX, own.quotes.length)) differ('number of providers');
  told.quotes.forEach(({ provider, region, priceZhi, durationMs, sealKey }, i) => {
    const expected = own.quotes[i];
    const row = [provider, region, priceZhi, durationMs, sealKey].join(' ');
    if (!expected || row !== wireRow(expected)) differ(`provider in place ${i + 1}`);
  });
}

/** Keys to seal to: the providers within the limit that may come to serve the order, and the checker. */
export function recipientsOf(quote: OrderQuote, priceLimitZhi: Zhi): Uint8Array[] {
  const within = quote.quotes.filter(({ priceZhi }) => priceZhi <= priceLimitZhi).slice(0, ATTEMPTS_MAX);
  if (within.length === 0) {
    const best = quote.quotes[0];
    throw new HaiError('price_limit_below_quote', {
      detail: best ? `the lowest quote is ${best.priceZhi} zhi` : 'no provider',
      param: 'priceLimitZhi',
    });
  }
  return [...within.map(({ provider }) => provider.sealKey), quote.checkerSealKey];
}
