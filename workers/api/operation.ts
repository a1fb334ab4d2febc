/**
 * One route of the API: its documentation, what it takes, and the guards in front of its handler, from one description, so
 * that openapi.json cannot say anything else than what runs.
 *
 * Order of refusals, as in the table of codes: shape (1xx), signature (2xx), then the handler's own.
 */
import { createRoute, type RouteConfig, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { type ErrorCode, errorRow, type Failure, fail } from '../../protocol/errors.ts';
import { AUTH_HEADERS } from '../../protocol/request-auth.ts';
import { signerOf } from './auth.ts';
import { JSON_BYTES_MAX, mediaTypeOf, readBounded } from './body.ts';
import type { Api, ApiContext, ApiEnv } from './context.ts';
import { parseIdempotencyKey } from './idempotency.ts';
import { WAIT_SECONDS_MAX } from './prefer.ts';
import { PROBLEM_TYPE, problemResponse } from './problem.ts';
import { problemSchema } from './schemas.ts';

export type Tag = 'Orders' | 'Accounts' | 'Chain' | 'Data' | 'Proofs' | 'Webhooks' | 'Development' | 'Service';

export interface Answer {
  readonly description: string;
  /** JSON of this shape; absent for other bodies. */
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
}

/** `empty`: no body is taken. `bytes`: any bytes, their number known beforehand. */
export type Body<B extends z.ZodType> = { readonly json: B } | { readonly bytes: number } | 'empty';

export interface Operation<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly id: string;
  readonly method: 'get' | 'post' | 'delete';
  /** With {parameters}. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: Body<B>;
  /** Needs an Idempotency-Key. */
  readonly idempotent?: true;
  /** Needs the headers of protocol/request-auth.ts. */
  readonly signed?: true;
  /** Honours Prefer: wait. */
  readonly prefer?: true;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes of its own, beside those that follow from the fields above. */
  readonly refuses: readonly ErrorCode[];
}

export interface Taken<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
}

type Answered = Response | Failure;

// zod's own names for "nothing is taken here".
type Nothing = z.ZodUndefined;

export function addOperation<P extends z.ZodType = Nothing, Q extends z.ZodType = Nothing, B extends z.ZodType = Nothing>(
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
async function guard(c: ApiContext, operation: { readonly idempotent?: true; readonly signed?: true }): Promise<Failure | undefined> {
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
    // Hono's JSON validator reads its text from here, so the stream is read once.
    c.req.bodyCache.text = Promise.resolve(text);
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

function routeOf(operation: Operation<z.ZodType, z.ZodType, z.ZodType>) {
  const { id, method, path, tag, summary, params, query, body } = operation;
  return {
    operationId: id,
    method,
    path,
    tags: [tag],
    summary,
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...requestBody(body),
    },
    parameters: [
      ...(operation.idempotent ? [IDEMPOTENCY_PARAMETER] : []),
      ...(operation.prefer ? [PREFER_PARAMETER] : []),
    ],
    responses: { ...answersOf(operation), ...refusalsOf(operation) },
    ...(operation.signed ? { security: [{ account: [], expires: [], signature: [] }] } : {}),
  } as unknown as RouteConfig & { path: string };
}

function requestBody(body: Body<z.ZodType> | undefined) {
  if (body === undefined || body === 'empty') return {};
  const content =
    'json' in body
      ? { 'application/json': { schema: body.json } }
      : { 'application/octet-stream': { schema: { type: 'string' as const, format: 'binary' as const } } };
  return { body: { required: true, content } };
}

const IDEMPOTENCY_PARAMETER = {
  in: 'header',
  name: 'Idempotency-Key',
  required: true,
  description: 'Kept for 24 hours: the same request gets the same answer',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
} as const;
const PREFER_PARAMETER = {
  in: 'header',
  name: 'Prefer',
  description: `\`wait=N\` (N <= ${WAIT_SECONDS_MAX} seconds), \`respond-async\``,
  schema: { type: 'string' },
  example: 'wait=10',
} as const;

function answersOf({ answers }: Operation<z.ZodType, z.ZodType, z.ZodType>) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, mediaType }]) => {
      const type = mediaType ?? (schema ? 'application/json' : undefined);
      const content = type ? { content: { [type]: { schema: schema ?? { type: 'string' } } } } : {};
      return [status, { description, ...content }];
    }),
  );
}

/** Every code that the route may answer with, by HTTP status. */
function refusalsOf(operation: Operation<z.ZodType, z.ZodType, z.ZodType>) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...impliedCodes(operation), ...operation.refuses])) {
    const { http } = errorRow(code);
    byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      { description: codes.map((code) => `\`${code}\``).join(', '), content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
    ]),
  );
}

function impliedCodes({ params, query, body, idempotent, signed }: Operation<z.ZodType, z.ZodType, z.ZodType>): ErrorCode[] {
  const fields = params !== undefined || query !== undefined || (typeof body === 'object' && 'json' in body);
  return [
    ...(fields ? (['invalid_field', 'unknown_field'] as const) : []),
    ...(body === undefined ? [] : (['body_too_large'] as const)),
    ...(typeof body === 'object' ? (['unsupported_media_type'] as const) : []),
    ...(typeof body === 'object' && 'json' in body ? (['malformed_json'] as const) : []),
    ...(typeof body === 'object' && 'bytes' in body ? (['length_required'] as const) : []),
    ...(idempotent
      ? (['idempotency_key_required', 'idempotency_key_reused', 'idempotency_in_flight'] as const)
      : []),
    ...(signed ? (['bad_signature', 'auth_required', 'auth_expired', 'unknown_account'] as const) : []),
    'internal',
  ];
}

/** Names of the headers of a signed request, for the description of the API. */
export const SECURITY_SCHEMES = {
  account: { type: 'apiKey', in: 'header', name: AUTH_HEADERS.account, description: 'Address of the signing account' },
  expires: { type: 'apiKey', in: 'header', name: AUTH_HEADERS.expires, description: 'Unix ms, at most 5 minutes ahead' },
  signature: { type: 'apiKey', in: 'header', name: AUTH_HEADERS.signature, description: 'ed25519, base64' },
} as const;
