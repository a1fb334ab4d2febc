/** /v1/quotes: what a work would cost, by the published table and the matching rule. Changes nothing; clients recompute it. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { PRICE_TABLE_VERSION } from '../../protocol/cycles.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { type Quote, rankProviders } from '../../protocol/order/matching.ts';
import { workOfWire } from '../../protocol/order/wire-work.ts';
import {
  isPredicting,
  type ModelWork,
  modelKindOf,
  type PredictingWork,
  type Work,
  workCycles,
} from '../../protocol/order/work.ts';
import { type Region, regionNumber, regionOf } from '../../protocol/regions.ts';
import { rolesOf } from '../../protocol/tx/roles.ts';
import { type HpuCycles, hpuCycles, SUPPLY_ZHI } from '../../protocol/units.ts';
import type { WireOrder, WireQuote } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { account, hash32, u64 } from './fields.ts';
import { isChecked, regionNamedBy } from './order-answer.ts';
import { homeRegionOf, regionOfRequest } from './places.ts';
import { quoteSchema } from './schemas.ts';

/** Counts travel as u32 or u16; their true ranges are workCycles' to refuse, with the field's name. */
const count = z.int().min(0).max(0xffff_ffff);

const workField = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('train'),
      rows: count,
      features: count,
      hidden: count,
      classes: count,
      epochs: count,
      batch: count,
      seed: u64,
    }),
    z.strictObject({ kind: z.literal('predict'), rows: count, model: hash32 }),
    z.strictObject({
      kind: z.literal('search'),
      rows: count,
      columns: count,
      classes: count,
      images: z.boolean(),
      trials: count,
      folds: count,
      budget: u64.transform((cycles) => hpuCycles(cycles)),
      rowCycles: count,
      seed: u64,
    }),
    z.strictObject({ kind: z.literal('predictTable'), rows: count, model: hash32 }),
  ])
  .openapi('WorkRequest');

interface Question {
  readonly account: Uint8Array;
  readonly nonce: bigint;
  readonly work: Work;
}

export function addQuotes(api: Api): void {
  addOperation(
    api,
    {
      id: 'createQuote',
      method: 'post',
      path: '/v1/quotes',
      tag: 'Orders',
      summary: 'Quote a work. Nothing is stored, and no key is needed: shapes and counts are all that it depends on',
      body: { json: z.strictObject({ account, nonce: u64, work: workField }).openapi('QuoteRequest') },
      answers: { 200: { description: 'The quotes of all providers', schema: quoteSchema } },
      refuses: ['work_too_large', 'work_invalid', 'no_provider', 'unknown_model'],
    },
    async (c, { body }) => {
      const quoted = await quote(c, body);
      return quoted.ok ? Response.json(quoted.value) : quoted;
    },
  );
}

async function quote(c: ApiContext, { account: demander, nonce, work }: Question): Promise<Result<WireQuote>> {
  const { genesis } = await networkOf(c.env);
  // An account that does not exist yet is quoted as if it were opened from here.
  const home = (await homeRegionOf(c.env, demander)) ?? regionOfRequest(c.req.raw, genesis);
  const model = isPredicting(work) ? await modelOf(c, work, demander) : ok(undefined);
  if (!model.ok) return model;
  const cycles = workCycles(work, model.value);
  if (!cycles.ok) return cycles;
  const roles = rolesOf(genesis, regionNumber(home));
  if (!roles) return fail('no_provider', `${home} has no checker`);
  const quotes = rankProviders(genesis.providers, {
    demander,
    nonce,
    region: regionNumber(home),
    cycles: cycles.value,
    priceLimitZhi: SUPPLY_ZHI,
    excluded: [],
  });
  return ok(wireQuote(home, cycles.value, quotes, roles.checkerSealKey));
}

/** The checked work of the same demander behind a model; anybody else's model is unknown here. */
async function modelOf(c: ApiContext, work: PredictingWork, demander: Uint8Array): Promise<Result<ModelWork>> {
  const name = regionNamedBy(work.model);
  const region = name && regionStub(c.env, name);
  const found = await region?.order(work.model);
  if (!region || !found?.ok) return fail('unknown_model', undefined, 'work.model');
  const { order }: { order: WireOrder } = found.value;
  const made = workOfWire(order.work);
  if (made.kind !== modelKindOf(work) || order.demander !== addressOf(demander) || !isChecked(order)) {
    return fail('unknown_model', undefined, 'work.model');
  }
  const isEmpty = made.kind === 'search' && (await region.lacksModel(work.model));
  return isEmpty ? fail('unknown_model', 'the search found no model', 'work.model') : ok(made);
}

function wireQuote(home: Region, cycles: HpuCycles, quotes: readonly Quote[], checkerSealKey: Uint8Array): WireQuote {
  return {
    priceTableVersion: PRICE_TABLE_VERSION,
    cycles: cycles.toString(),
    homeRegion: home,
    quotes: quotes.map(({ provider, priceZhi, durationMs }) => ({
      provider: addressOf(provider.key),
      region: regionOf(provider.region),
      priceZhi: priceZhi.toString(),
      durationMs: durationMs.toString(),
      sealKey: bytesToHex(provider.sealKey),
    })),
    checkerSealKey: bytesToHex(checkerSealKey),
  };
}
