/** /v1/regions and /v1/providers: who serves where, from the genesis, with who was seen lately. Display only: no rule reads it. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Presence, PresenceKind } from '../../durable-objects/presence/presence.ts';
import { addressOf } from '../../protocol/address.ts';
import { type Region, regionOf } from '../../protocol/regions.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { logFault } from './faults.ts';
import { addressText, decimalText, hexText, regionName } from './fields.ts';
import { regionOfRequest } from './places.ts';

const seen = decimalText.nullable().openapi({ description: 'Unix ms at which it was last seen; null when not lately' });

const providerSchema = z
  .object({
    address: addressText,
    region: regionName,
    askZhiPerMcycle: decimalText,
    rateCyclesPerSecond: decimalText,
    sealKey: hexText,
    seenMs: seen,
  })
  .openapi('Provider');

const regionSchema = z
  .object({
    region: regionName,
    searcher: addressText,
    checker: addressText,
    checkerSealKey: hexText,
    seats: z.array(z.int()).openapi({ description: 'Numbers of the seats that it holds' }),
    providers: z.int(),
    isSequencer: z.boolean(),
    searcherSeenMs: seen,
  })
  .openapi('Region');

export type WireProvider = z.infer<typeof providerSchema>;
export type WireRegion = z.infer<typeof regionSchema>;

export function addRegions(api: Api): void {
  addOperation(
    api,
    {
      id: 'listProviders',
      method: 'get',
      path: '/v1/providers',
      tag: 'Chain',
      summary: 'The resource table: whom the matching rule chooses from',
      answers: { 200: { description: 'All providers', schema: z.object({ providers: z.array(providerSchema) }) } },
      refuses: [],
    },
    async (c) => Response.json({ providers: await wireProviders(c) }),
  );
  addOperation(
    api,
    {
      id: 'listRegions',
      method: 'get',
      path: '/v1/regions',
      tag: 'Chain',
      summary: 'The regions with their roles, and the one that serves this request',
      answers: {
        200: { description: 'All regions', schema: z.object({ yours: regionName, regions: z.array(regionSchema) }) },
      },
      refuses: [],
    },
    async (c) => {
      const { genesis } = await networkOf(c.env);
      return Response.json({ yours: regionOfRequest(c.req.raw, genesis), regions: await wireRegions(c) });
    },
  );
}

/** A board that does not answer is an empty board: nothing that matters depends on it. */
async function boards(c: ApiContext, regions: readonly Region[]): Promise<Map<Region, readonly Presence[]>> {
  // Not at the top: itty-durable loads in workerd alone, and Node reads these routes to write openapi.json.
  const { presenceOf } = await import('../../durable-objects/presence/presence.ts');
  const entries = await Promise.all(
    regions.map(async (region): Promise<readonly [Region, readonly Presence[]]> => {
      try {
        return [region, await presenceOf(c.env, region).board()];
      } catch (fault) {
        logFault(c, fault);
        return [region, []];
      }
    }),
  );
  return new Map(entries);
}

function seenMs(board: readonly Presence[] | undefined, kind: PresenceKind, who: string): string | null {
  return board?.find((entry) => entry.kind === kind && entry.who === who)?.seenMs.toString() ?? null;
}

async function wireProviders(c: ApiContext): Promise<WireProvider[]> {
  const { genesis } = await networkOf(c.env);
  const present = await boards(c, [...new Set(genesis.providers.map(({ region }) => regionOf(region)))]);
  return genesis.providers.map(({ key, region, askZhiPerMcycle, rateCyclesPerSecond, sealKey }) => ({
    address: addressOf(key),
    region: regionOf(region),
    askZhiPerMcycle: askZhiPerMcycle.toString(),
    rateCyclesPerSecond: rateCyclesPerSecond.toString(),
    sealKey: bytesToHex(sealKey),
    seenMs: seenMs(present.get(regionOf(region)), 'provider', addressOf(key)),
  }));
}

async function wireRegions(c: ApiContext): Promise<WireRegion[]> {
  const { genesis } = await networkOf(c.env);
  const present = await boards(
    c,
    genesis.regions.map(({ region }) => regionOf(region)),
  );
  return genesis.regions.map(({ region, searcher, checker, checkerSealKey }) => ({
    region: regionOf(region),
    searcher: addressOf(searcher),
    checker: addressOf(checker),
    checkerSealKey: bytesToHex(checkerSealKey),
    seats: genesis.seats.flatMap((seat, number) => (seat.region === region ? [number] : [])),
    providers: genesis.providers.filter((provider) => provider.region === region).length,
    isSequencer: region === genesis.sequencerRegion,
    searcherSeenMs: seenMs(present.get(regionOf(region)), 'searcher', addressOf(searcher)),
  }));
}
