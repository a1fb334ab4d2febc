/**
 * Calls the Worker's own `fetch`, from a place of one's choice. Not by `exports.default`: in this pool each such call takes longer
 * than the one before (4 ms, after 300 calls 30).
 */
import { createExecutionContext, env } from 'cloudflare:test';
import { expect } from 'vitest';
import { accountOfSeed } from '../../clients/sdk/account.ts';
import { createClient } from '../../clients/sdk/client.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { ERRORS, errorNumber, errorRow } from '../../protocol/errors.ts';
import type { WireProblem } from '../../protocol/wire.ts';
import { openApiDocument } from '../../workers/api/openapi.ts';
import type { Env } from '../../workers/env.ts';
import worker from '../../workers/main.ts';
import { keyPair } from '../support/keys.ts';

export const ORIGIN = 'http://hai.test';

/** What Cloudflare says of a request, by the region that serves it. */
export const PLACES = {
  weur: { continent: 'EU', country: 'FR' },
  enam: { continent: 'NA', country: 'US', longitude: '-74' },
  apac: { continent: 'AS', country: 'JP' },
  sam: { continent: 'SA', country: 'BR' },
} as const;
export type Place = keyof typeof PLACES;

export interface Call {
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly bytes?: BodyInit;
  readonly key?: string;
  readonly from?: Place;
}

/** As HTTP does: a body whose length is known is sent with its length; a stream is not. */
function withLength(body: unknown): Record<string, string> {
  if (typeof body === 'string') return { 'content-length': String(new TextEncoder().encode(body).length) };
  return body instanceof Uint8Array ? { 'content-length': String(body.length) } : {};
}

export function requestOf(
  method: string,
  path: string,
  { headers = {}, json, bytes, key, from = 'weur' }: Call = {},
): Request {
  const body = json === undefined ? bytes : JSON.stringify(json);
  return new Request(`${ORIGIN}${path}`, {
    method,
    headers: {
      ...withLength(body),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
    cf: PLACES[from] as never,
  } as RequestInit);
}

async function serve(request: Request, bindings = env as unknown as Env): Promise<Response> {
  const { method, url } = request;
  const response = await worker.fetch(request as never, bindings, createExecutionContext());
  await expectDescribed(method, new URL(url).pathname, response);
  return response;
}

type Described = Record<string, { responses: Record<string, { description: string }> }>;
const { paths } = openApiDocument() as { paths: Record<string, Described> };
const matchers = Object.entries(paths).map(([path, operations]) => ({
  pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
  operations,
}));

/** Whatever a test calls, a refusal's code is one that openapi.json lists for the operation. */
async function expectDescribed(method: string, path: string, response: Response): Promise<void> {
  if (response.headers.get('content-type') !== 'application/problem+json') return;
  const operation = matchers.find(({ pattern }) => pattern.test(path))?.operations[method.toLowerCase()];
  if (!operation) return;
  const { code } = (await response.clone().json()) as WireProblem;
  const listed = operation.responses[response.status]?.description ?? '';
  expect(listed, `${method} ${path} answers ${code}`).toContain(`\`${code}\``);
}

export const call = (method: string, path: string, options?: Call): Promise<Response> =>
  serve(requestOf(method, path, options));

/** As an isolate answers that nobody has asked anything before. */
export const callAnew = (method: string, path: string, options?: Call): Promise<Response> =>
  serve(requestOf(method, path, options), { ...(env as unknown as Env) });

/** The answer is this refusal, as a whole and correct problem document. */
export async function expectProblem(response: Response, code: ErrorCode, param?: string): Promise<WireProblem> {
  const problem = (await response.json()) as WireProblem;
  const { http, retryable } = errorRow(code);
  expect({ code: problem.code, param: problem.param, detail: problem.detail }).toMatchObject({
    code,
    ...(param === undefined ? {} : { param }),
  });
  expect(response.status).toBe(http);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(problem).toMatchObject({
    status: http,
    retryable,
    number: errorNumber(code),
    title: ERRORS[errorNumber(code)].title,
  });
  expect(problem.request_id).toBe(response.headers.get('x-request-id'));
  return problem;
}

/** A client of the SDK with an account of this name, whose requests come from `from`, and whose orders a payer may pay. */
export function clientOf(name: string, from: Place = 'weur', payer?: string) {
  const { seed } = keyPair(name);
  const fetcher = (input: RequestInfo | URL, init: RequestInit = {}) => {
    const headers = { ...(init.headers as Record<string, string>), ...withLength(init.body) };
    return serve(new Request(input as string, { ...init, headers, cf: PLACES[from] as never } as RequestInit));
  };
  return createClient({
    url: ORIGIN,
    fetch: fetcher as typeof fetch,
    account: accountOfSeed(seed),
    ...(payer === undefined ? {} : { payer }),
  });
}
