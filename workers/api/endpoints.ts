/** /v1/endpoints: the names that an account has for its models, which model answers under each, and which did before. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { openLedger } from '../../ledger/d1.ts';
import { addressOf } from '../../protocol/address.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import {
  ENDPOINT_NAME_MAX,
  type Endpoint,
  endpointPlace,
  endpoints,
  isEndpointName,
} from '../../protocol/record/endpoint.ts';
import type { WireEndpoint, WireEndpoints } from '../../protocol/wire.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { account, addressText, hash32, hexText, pageLimit } from './fields.ts';

const endpointName = z
  .string()
  .refine(isEndpointName, 'not lower-case letters and digits, with hyphens between')
  .openapi({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: ENDPOINT_NAME_MAX, example: 'house-prices' });

const endpointSchema = z
  .object({
    owner: addressText,
    name: z.string(),
    active: z.int().openapi({ description: 'The version that answers' }),
    versions: z
      .array(z.object({ version: z.int(), order: hexText }))
      .openapi({ description: 'Oldest first; the order is what a prediction names as its model' }),
  })
  .openapi('Endpoint') satisfies z.ZodType<WireEndpoint>;

const endpointsSchema = z
  .object({ endpoints: z.array(endpointSchema), next: hexText.nullable() })
  .openapi('Endpoints') satisfies z.ZodType<WireEndpoints>;

export function addEndpoints(api: Api): void {
  addOperation(
    api,
    {
      id: 'listEndpoints',
      method: 'get',
      path: '/v1/endpoints/{owner}',
      tag: 'Data',
      summary:
        'Endpoints of an account with their versions, in no order that means anything, as of the last final block',
      params: z.strictObject({ owner: account }),
      query: z.strictObject({ limit: pageLimit, after: hash32.optional() }),
      answers: {
        200: { description: 'A page; `next` is the `after` of the one that follows', schema: endpointsSchema },
      },
      refuses: [],
    },
    (c, { params, query }) => list(c, params.owner, query.after, query.limit),
  );
  addOperation(
    api,
    {
      id: 'getEndpoint',
      method: 'get',
      path: '/v1/endpoints/{owner}/{name}',
      tag: 'Data',
      summary: 'The versions under a name, and which one answers, as of the last final block',
      params: z.strictObject({ owner: account, name: endpointName }),
      answers: { 200: { description: 'The endpoint', schema: endpointSchema } },
      refuses: ['unknown_endpoint'],
    },
    (c, { params }) => endpoint(c, params.owner, params.name),
  );
}

async function endpoint(c: ApiContext, owner: Uint8Array, name: string): Promise<Response | Failure> {
  const place = endpointPlace(owner, name);
  const value = await openLedger(c.env.DB).record(place);
  const found = endpoints.read({ record: () => value }, place.key);
  return found ? Response.json(wireEndpoint(found)) : fail('unknown_endpoint');
}

/** An account that has none, or that nobody knows, has an empty list. */
async function list(c: ApiContext, owner: Uint8Array, after: Uint8Array | undefined, limit: number): Promise<Response> {
  const rows = await openLedger(c.env.DB).endpointsOf(owner, after, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return Response.json({
    endpoints: page.flatMap(({ key, value }) => {
      const found = endpoints.read({ record: () => value }, key);
      return found ? [wireEndpoint(found)] : [];
    }),
    next: last && rows.length > limit ? bytesToHex(last.key) : null,
  } satisfies WireEndpoints);
}

const wireEndpoint = ({ owner, name, active, first, versions }: Endpoint): WireEndpoint => ({
  owner: addressOf(owner),
  name,
  active,
  versions: versions.map((order, i) => ({ version: first + i, order: bytesToHex(order) })),
});
