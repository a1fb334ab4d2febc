/** What a request carries through the API. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Lease, OrderAnswer } from '../../durable-objects/region/rpc.ts';
import type { Result } from '../../protocol/errors.ts';
import type { Region } from '../../protocol/regions.ts';
import type { Env } from '../env.ts';

/** What main.ts hands in. The API itself imports no kernel and no Durable Object, so Node can load it and write openapi.json. */
export interface ApiDeps {
  /** Computes a leased order here and has it checked in another invocation: workers/consumers/run.ts. */
  runDirect(env: Env, region: Region, lease: Lease): Promise<Result<OrderAnswer>>;
}

export interface ApiVariables {
  deps: ApiDeps;
  requestId: string;
  /** The body's bytes as they came, on routes that take one. */
  body: Uint8Array;
  idempotencyKey: string;
  /** The account that signed the request. */
  signer: Uint8Array;
}

export type ApiEnv = { Bindings: Env; Variables: ApiVariables };
export type Api = OpenAPIHono<ApiEnv>;
export type ApiContext = Context<ApiEnv>;

/** Path with its query, as the client sent it: what signatures and idempotency keys cover. */
export function pathOf(request: Request): string {
  const { pathname, search } = new URL(request.url);
  return pathname + search;
}
