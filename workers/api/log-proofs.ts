/** Proofs of the log as JSON, for whoever would not read tiles: made of the tiles, hence of nothing that a reader has to trust. */
import { z } from '@hono/zod-openapi';
import { base64 } from '@scure/base';
import { openLedger } from '../../ledger/d1.ts';
import { type Failure, fail, ok, type Result } from '../../protocol/errors.ts';
import type { Hash } from '../../protocol/hash.ts';
import { consistencyNodes, inclusionNodes, type LogNode, proofOfNodes } from '../../protocol/log/make-proof.ts';
import { nodesInTiles, tilesOf } from '../../protocol/log/tile.ts';
import type { WireConsistencyProof, WireInclusionProof } from '../../protocol/wire.ts';
import { addOperation } from './add-operation.ts';
import { IMMUTABLE } from './blocks.ts';
import type { Api, ApiContext } from './context.ts';
import { u64 } from './fields.ts';
import { readTile } from './log-tiles.ts';
import { consistencyProofSchema, inclusionProofSchema } from './schemas.ts';

export function addLogProofs(api: Api): void {
  addOperation(
    api,
    {
      id: 'proveLogInclusion',
      method: 'get',
      path: '/v1/log/proof/inclusion',
      tag: 'Chain',
      summary: 'That the header of height `index` + 1 is a leaf of the log of `size` leaves (RFC 9162)',
      query: z.strictObject({ index: u64, size: u64 }),
      answers: { 200: { description: 'The path, leaf side first', schema: inclusionProofSchema } },
      refuses: ['not_found'],
    },
    (c, { query }) => inclusion(c, query.index, query.size),
  );
  addOperation(
    api,
    {
      id: 'proveLogConsistency',
      method: 'get',
      path: '/v1/log/proof/consistency',
      tag: 'Chain',
      summary: 'That the log of `from` leaves is the beginning of the log of `to` leaves (RFC 9162)',
      query: z.strictObject({ from: u64, to: u64 }),
      answers: { 200: { description: 'The proof', schema: consistencyProofSchema } },
      refuses: ['not_found'],
    },
    (c, { query }) => consistency(c, query.from, query.to),
  );
}

async function inclusion(c: ApiContext, index: bigint, size: bigint): Promise<Response | Failure> {
  if (index >= size || !(await isLogged(c, size))) return fail('not_found', `no leaf ${index} in a log of ${size}`);
  const path = await madeOf(c, inclusionNodes(index, size), size);
  if (!path.ok) return path;
  const proof: WireInclusionProof = { index: `${index}`, size: `${size}`, path: path.value.map(base64.encode) };
  return Response.json(proof, { headers: { 'cache-control': IMMUTABLE } });
}

async function consistency(c: ApiContext, from: bigint, to: bigint): Promise<Response | Failure> {
  if (from > to || !(await isLogged(c, to))) return fail('not_found', `no log of ${from} and then of ${to} leaves`);
  const path = await madeOf(c, consistencyNodes(from, to), to);
  if (!path.ok) return path;
  const proof: WireConsistencyProof = { from: `${from}`, to: `${to}`, path: path.value.map(base64.encode) };
  return Response.json(proof, { headers: { 'cache-control': IMMUTABLE } });
}

/** What is larger than the chain costs no look into R2. */
async function isLogged(c: ApiContext, size: bigint): Promise<boolean> {
  const tip = await openLedger(c.env.DB).tip();
  return tip !== undefined && size <= tip.height;
}

async function madeOf(c: ApiContext, nodes: readonly LogNode[][], size: bigint): Promise<Result<Hash[]>> {
  const tiles = new Map<string, Uint8Array>();
  for (const tile of tilesOf(nodes.flat(), size)) {
    const hashes = await readTile(c.env, tile);
    if (!hashes) return fail('not_found', `the log has not reached ${size} leaves`);
    tiles.set(`${tile.level}/${tile.index}`, hashes);
  }
  return ok(
    proofOfNodes(
      nodes,
      nodesInTiles((level, index) => tiles.get(`${level}/${index}`)),
    ),
  );
}
