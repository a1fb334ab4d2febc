/**
 * Adds one route of the API: what it takes, and the guards in front of its handler, from the description that openapi.json is
 * made of too, so that the one cannot say anything else than what the other does.
 *
 * Order of refusals, as in the table of codes: shape (1xx), signature (2xx), then the handler's own.
 */
import { createRoute, type z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { type Failure, fail } from '../../protocol/errors.ts';
import { signerOf } from './auth.ts';
import { JSON_BYTES_MAX, mediaTypeOf, readBounded } from './body.ts';
import type { Api, ApiContext, ApiEnv } from './context.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { Body, Operation, Taken } from './operation.ts';
import { routeOf } from './operation-docs.ts';
import { problemResponse } from './problem.ts';

type Answered = Response | Failure;

// zod's own names for "nothing is taken here".
type Nothing = z.ZodUndefined;

export function addOperation<
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
>(
  api: Api,
  operation: Operation<P, Q, B>,
  handle: (c: ApiContext, taken: Taken<P, Q, B>) => Promise<Answered> | Answered,
): void {
  const run = async (c: ApiContext): Promise<Response> => {
    const refused = await guard(c, operation);
    const answered = refused ?? (await handle(c, takenBy(c)));
    return answered instanceof Response ? answered : problemResponse(answered, c.get('requestId'));
  };
  // The typed answers of OpenAPIHono describe c.json() alone; ours are Responses, and `satisfies` types them where they are made.
  api.openapi({ ...createRoute(routeOf(operation)), middleware: bodyReader(operation.body) }, run as never);
}

function takenBy<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(c: ApiContext): Taken<P, Q, B> {
  const valid = (target: string): unknown => c.req.valid(target as never);
  return { params: valid('param'), query: valid('query'), body: valid('json') } as Taken<P, Q, B>;
}

/** The guards that need the shape to be right. */
async function guard(
  c: ApiContext,
  operation: { readonly idempotent?: true; readonly signed?: true },
): Promise<Failure | undefined> {
  if (operation.idempotent) {
    const key = parseIdempotencyKey(c.req.header('idempotency-key'));
    if (!key.ok) return key;
    c.set('idempotencyKey', key.value);
  }
  if (operation.signed) {
    const signer = await signerOf(c);
    if (!signer.ok) return signer;
    c.set('signer', signer.value);
  }
  return undefined;
}

/** Reads the body before anything looks at it, within its bound. The media type is asked first: what is not taken is not read. */
function bodyReader(body: Body<z.ZodType> | undefined): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (body === undefined) return next();
    const refused = mediaTypeFault(c, body);
    if (refused) return problemResponse(refused, c.get('requestId'));
    const read = await readBounded(c.req.raw, boundOf(body));
    if (!read.ok) return problemResponse(read, c.get('requestId'));
    c.set('body', read.value);
    if (body === 'empty' || 'bytes' in body) return next();
    const text = utf8Text(read.value);
    if (text === undefined) return problemResponse(fail('malformed_json', 'not UTF-8'), c.get('requestId'));
    // Hono's JSON validator reads its text from here, so the stream is read once. Hono types the promise as what it brings.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
    return next();
  };
}

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const boundOf = (body: Body<z.ZodType>) => {
  if (body === 'empty') return { bytesMax: 0, lengthRequired: false };
  return 'json' in body
    ? { bytesMax: JSON_BYTES_MAX, lengthRequired: false }
    : { bytesMax: body.bytes, lengthRequired: true };
};

function mediaTypeFault(c: ApiContext, body: Body<z.ZodType>): Failure | undefined {
  if (body === 'empty') return undefined;
  const taken = 'json' in body ? 'application/json' : 'application/octet-stream';
  const given = mediaTypeOf(c.req.header('content-type') ?? null);
  return given === taken ? undefined : fail('unsupported_media_type', `${taken} is taken here`);
}
