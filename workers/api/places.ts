/** Which region serves a request, and which an account. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { openLedger } from '../../ledger/d1.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import { type Region, regionOf, regionOfPlace } from '../../protocol/regions.ts';
import { BoundedCache } from '../../sealing/bounded-cache.ts';
import type { Env } from '../env.ts';
import { servedBy } from './nearest-region.ts';

/** From Cloudflare's own `request.cf`, which a client can't set. */
export function regionOfRequest(request: Request, genesis: Pick<Genesis, 'regions'>): Region {
  const { continent, country, longitude } = (request.cf ?? {}) as Partial<Record<string, string>>;
  const place = {
    ...(continent === undefined ? {} : { continent }),
    ...(country === undefined ? {} : { country }),
    ...(longitude === undefined ? {} : { longitude }),
  };
  return servedBy(genesis, regionOfPlace(place));
}

/** 10,000 accounts an isolate: some 2 MB. */
const HOMES_MAX = 10_000;
/** An account's home never changes, so what was read once holds. */
const homes = new BoundedCache<Region>(HOMES_MAX);

/** Undefined for an account that no final block has created. */
export async function homeRegionOf(env: Pick<Env, 'DB'>, account: Uint8Array): Promise<Region | undefined> {
  const key = bytesToHex(account);
  const known = homes.get(key);
  if (known) return known;
  const found = await openLedger(env.DB).account(account);
  if (!found) return undefined;
  const home = regionOf(found.homeRegion);
  homes.set(key, home);
  return home;
}
