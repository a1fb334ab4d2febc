/** /v1/log: the transparency log of headers, in the forms of C2SP's tlog-checkpoint, tlog-tiles and tlog-cosignature. */
import { createRoute, z } from '@hono/zod-openapi';
import type { CheckpointChoice } from '../../durable-objects/region/sequencer/log-answers.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { parseTilePath } from '../../protocol/log/tile.ts';
import { WITNESSES_MAX } from '../../protocol/log/witness-list.ts';
import { regionOf } from '../../protocol/regions.ts';
import type { WireLog } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import { IMMUTABLE } from './blocks.ts';
import type { Api, ApiContext } from './context.ts';
import { u64 } from './fields.ts';
import { readTile } from './log-tiles.ts';
import type { Operation } from './operation.ts';
import { routeOf } from './operation-docs.ts';
import { problemResponse } from './problem.ts';
import { logSchema } from './schemas.ts';

/** A checkpoint is replaced every two seconds. */
const CHECKPOINT_CACHING = 'public, max-age=1';
const NOTE = { 200: { description: 'A signed note', mediaType: 'text/plain' } };
/** A name and a base64 signature. */
const LINE_LENGTH_MAX = 512;

const cosignatureCount = z
  .string()
  .regex(/^(0|[1-9][0-9]?)$/, `not an integer from 0 to ${WITNESSES_MAX}`)
  .transform(Number)
  .refine((count) => count <= WITNESSES_MAX, `not an integer from 0 to ${WITNESSES_MAX}`)
  .optional()
  .transform((count) => count ?? 0)
  .openapi({ type: 'integer', minimum: 0, maximum: WITNESSES_MAX, default: 0 });

const keyId = z.string().regex(/^[0-9a-f]{8}$/, 'not a key id of 8 lower-case hex digits');

/** Given once it is one, and a list from two on. */
const witnessIds = z
  .union([keyId, z.array(keyId).max(WITNESSES_MAX)])
  .optional()
  .transform((ids) => (ids === undefined ? [] : [ids].flat()))
  .openapi({
    type: 'array',
    items: { type: 'string', pattern: '^[0-9a-f]{8}$' },
    maxItems: WITNESSES_MAX,
    description: 'Key id of a witness: of these, so many; of all that the deployment lists, where none is given',
    example: ['6a27cc60'],
  });

export function addLog(api: Api): void {
  addOperation(
    api,
    {
      id: 'getLog',
      method: 'get',
      path: '/v1/log',
      tag: 'Chain',
      summary: 'How many headers the log has taken in, and why it does not go on, if so',
      answers: { 200: { description: 'The log', schema: logSchema } },
      refuses: ['not_found'],
    },
    (c) => standing(c),
  );
  addOperation(
    api,
    {
      id: 'getCheckpoint',
      method: 'get',
      path: '/v1/log/checkpoint',
      tag: 'Chain',
      summary: 'The newest checkpoint of the log that has at least so many cosignatures of these witnesses',
      query: z.strictObject({ cosignatures: cosignatureCount, witness: witnessIds }),
      answers: NOTE,
      refuses: ['not_found'],
    },
    (c, { query }) => checkpoint(c, { cosignatures: query.cosignatures, witnesses: query.witness }),
  );
  addOperation(
    api,
    {
      id: 'getCandidate',
      method: 'get',
      path: '/v1/log/candidate',
      tag: 'Chain',
      summary: 'The checkpoint that witnesses are asked to co-sign',
      answers: NOTE,
      refuses: ['not_found'],
    },
    (c) => checkpoint(c, 'candidate'),
  );
  addOperation(
    api,
    {
      id: 'addCosignature',
      method: 'post',
      path: '/v1/log/cosignatures',
      tag: 'Chain',
      summary: 'A witness’ signature line for the checkpoint of `size` leaves. May be sent again: the last one counts',
      body: { json: z.strictObject({ size: u64, line: z.string().min(1).max(LINE_LENGTH_MAX) }) },
      answers: { 204: { description: 'Taken' } },
      refuses: ['not_found', 'checkpoint_malformed', 'unknown_witness', 'checkpoint_outdated', 'checkpoint_invalid'],
    },
    (c, { body }) => cosignature(c, body.size, body.line),
  );
  addTiles(api);
}

async function keeper(c: ApiContext) {
  const { genesis } = await networkOf(c.env);
  return regionStub(c.env, regionOf(genesis.sequencerRegion));
}

async function standing(c: ApiContext): Promise<Response | Failure> {
  const stands = await (await keeper(c)).logStanding();
  if (!stands.ok) return stands;
  const { size, fault } = stands.value;
  return Response.json({ size: size.toString(), fault: fault ?? null } satisfies WireLog, {
    headers: { 'cache-control': CHECKPOINT_CACHING },
  });
}

async function checkpoint(c: ApiContext, choice: CheckpointChoice): Promise<Response | Failure> {
  const given = await (await keeper(c)).logCheckpoint(choice);
  if (!given.ok) return given.code === 'not_found' ? fail('not_found', 'no such checkpoint yet') : given;
  return new Response(given.value, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': CHECKPOINT_CACHING },
  });
}

async function cosignature(c: ApiContext, size: bigint, line: string): Promise<Response | Failure> {
  const taken = await (await keeper(c)).addCosignature(size, line);
  return taken.ok ? new Response(null, { status: 204 }) : taken;
}

const TILE: Operation<z.ZodType, z.ZodType, z.ZodType> = {
  id: 'getTile',
  method: 'get',
  path: '/v1/log/tile/{level}/{index}',
  tag: 'Chain',
  summary:
    'A tile of 256 hashes, or a bundle of as many headers; `index` in groups of three digits, `.p/W` for the first W',
  params: z.strictObject({
    level: z.string().openapi({ description: '0 to 7, or `entries`', example: '0' }),
    index: z.string().openapi({ description: 'Has slashes of its own', example: 'x001/234.p/17' }),
  }),
  answers: { 200: { description: 'Hashes, or headers after their lengths', mediaType: 'application/octet-stream' } },
  refuses: ['not_found'],
};

/** The path of a tile has any number of parts, which OpenAPI has no word for: described as one, and parsed by its own rule. */
function addTiles(api: Api): void {
  api.openAPIRegistry.registerPath(createRoute(routeOf(TILE)));
  api.get('/v1/log/tile/:level/:index{.+}', async (c) => {
    const answered = await tile(c);
    return answered instanceof Response ? answered : problemResponse(answered, c.get('requestId'));
  });
}

async function tile(c: ApiContext): Promise<Response | Failure> {
  const asked = parseTilePath(c.req.path.slice('/v1/log/'.length));
  const bytes = asked && (await readTile(c.env, asked));
  if (!bytes) return fail('not_found', 'the log has no such tile');
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: { 'content-type': 'application/octet-stream', 'cache-control': IMMUTABLE },
  });
}
