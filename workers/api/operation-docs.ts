/** A route's part of openapi.json. */
import type { RouteConfig, z } from '@hono/zod-openapi';
import { type ErrorCode, errorRow } from '../../protocol/errors.ts';
import { AUTH_HEADERS } from '../../protocol/request-auth.ts';
import type { Body, Operation } from './operation.ts';
import { WAIT_SECONDS_MAX } from './prefer.ts';
import { PROBLEM_TYPE } from './problem.ts';
import { problemSchema } from './schemas.ts';

type AnyOperation = Operation<z.ZodType, z.ZodType, z.ZodType>;

export function routeOf(operation: AnyOperation) {
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

function answersOf({ answers }: AnyOperation) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, mediaType }]) => {
      const type = mediaType ?? (schema ? 'application/json' : undefined);
      const content = type ? { content: { [type]: { schema: schema ?? { type: 'string' } } } } : {};
      return [status, { description, ...content }];
    }),
  );
}

/** Every code that the route may answer with, by HTTP status. */
function refusalsOf(operation: AnyOperation) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...impliedCodes(operation), ...operation.refuses])) {
    const { http } = errorRow(code);
    byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(', '),
        content: { [PROBLEM_TYPE]: { schema: problemSchema } },
      },
    ]),
  );
}

function impliedCodes({ params, query, body, idempotent, signed }: AnyOperation): ErrorCode[] {
  const fields = params !== undefined || query !== undefined || (typeof body === 'object' && 'json' in body);
  return [
    ...(fields ? (['invalid_field', 'unknown_field'] as const) : []),
    ...(body === undefined ? [] : (['body_too_large'] as const)),
    ...(typeof body === 'object' ? (['unsupported_media_type'] as const) : []),
    ...(typeof body === 'object' && 'json' in body ? (['malformed_json'] as const) : []),
    ...(typeof body === 'object' && 'bytes' in body ? (['length_required'] as const) : []),
    ...(idempotent ? (['idempotency_key_required', 'idempotency_key_reused', 'idempotency_in_flight'] as const) : []),
    ...(signed ? (['bad_signature', 'auth_required', 'auth_expired', 'unknown_account'] as const) : []),
    'internal',
  ];
}

/** Names of the headers of a signed request, for the description of the API. */
export const SECURITY_SCHEMES = {
  account: { type: 'apiKey', in: 'header', name: AUTH_HEADERS.account, description: 'Address of the signing account' },
  expires: {
    type: 'apiKey',
    in: 'header',
    name: AUTH_HEADERS.expires,
    description: 'Unix ms, at most 5 minutes ahead',
  },
  signature: { type: 'apiKey', in: 'header', name: AUTH_HEADERS.signature, description: 'ed25519, base64' },
} as const;
