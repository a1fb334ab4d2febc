/** /v1/endpoints: which model answers under an account's name for it, and which did before. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { openLedger } from '../../ledger/d1.ts';
import { addressOf } from '../../protocol/address.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { ENDPOINT_NAME_MAX, endpointPlace, endpoints, isEndpointName } from '../../protocol/record/endpoint.ts';
import type { WireEndpoint } from '../../protocol/wire.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { account, addressText, hexText } from './fields.ts';

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

export function addEndpoints(api: Api): void {
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
  if (!found) return fail('unknown_endpoint');
  return Response.json({
    owner: addressOf(owner),
    name,
    active: found.active,
    versions: found.versions.map((order, i) => ({ version: found.first + i, order: bytesToHex(order) })),
  } satisfies WireEndpoint);
}
