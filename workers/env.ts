/** The Worker's bindings, named as in wrangler.toml, and the one way to a region's Durable Object. */
import type { WebhookEndpoint } from '../durable-objects/endpoint/endpoint.ts';
import { objectName, type RegionEnv } from '../durable-objects/region/env.ts';
import type { RegionRpc } from '../durable-objects/region/rpc.ts';
import type { SearchRpc } from '../durable-objects/region/search-rpc.ts';
import type { Region } from '../protocol/regions.ts';
import type { CheckerRpc } from './checker-rpc.ts';

export interface Env extends RegionEnv {
  readonly ENDPOINT: DurableObjectNamespace<WebhookEndpoint>;
  readonly PRESENCE: DurableObjectNamespace;
  /** This script by its `Checker` entrypoint: a check runs in another invocation than the compute. */
  readonly CHECKER: CheckerRpc;
  readonly ASSETS: Fetcher;
}

export type RegionStub = DurableObjectStub & RegionRpc & SearchRpc;

/** One object a (region, generation). Stubs belong to the request that made them: never kept. */
export function regionStub(env: Pick<Env, 'REGION'>, region: Region): RegionStub {
  const id = env.REGION.idFromName(objectName(region));
  return env.REGION.get(id, { locationHint: region }) as unknown as RegionStub;
}

/** The deployment's word alone. Faucet, loopback webhooks and test hooks ask `isDevelopmentNetwork`, which asks the genesis too. */
export const isDevelopment = (env: Pick<Env, 'DEV'>): boolean => env.DEV === '1';
