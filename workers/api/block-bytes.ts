/** The bytes of a final block beside its header: with body and witness, anyone executes the block again. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { witnessKey } from '../../durable-objects/region/archive-key.ts';
import { archivedLedger } from '../../durable-objects/region/archived-ledger.ts';
import { openLedger } from '../../ledger/d1.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { addOperation } from './add-operation.ts';
import { blockPlace, headAt, IMMUTABLE, REVALIDATE } from './blocks.ts';
import type { Api, ApiContext } from './context.ts';

const BYTES = { 200: { description: 'Canonical bytes', mediaType: 'application/octet-stream' } };

export function addBlockBytes(api: Api): void {
  addOperation(
    api,
    {
      id: 'getBlockBody',
      method: 'get',
      path: '/v1/blocks/{place}/body',
      tag: 'Chain',
      summary: 'The transactions of a final block and their outcomes',
      params: z.strictObject({ place: blockPlace }),
      answers: BYTES,
      refuses: ['not_found'],
    },
    (c, { params }) => blockBody(c, params.place),
  );
  addOperation(
    api,
    {
      id: 'getBlockWitness',
      method: 'get',
      path: '/v1/blocks/{place}/witness',
      tag: 'Chain',
      summary:
        'The part of the state before a block that its execution touches: with it, anyone executes the block again',
      params: z.strictObject({ place: blockPlace }),
      answers: BYTES,
      refuses: ['not_found'],
    },
    (c, { params }) => blockWitness(c, params.place),
  );
}

/** A block's bytes never change, but which block is the latest does. */
function bytesOfBlock(body: BodyInit, size: number, hash: Uint8Array, place: string): Response {
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(size),
    etag: `"${bytesToHex(hash)}"`,
    'cache-control': place === 'latest' ? REVALIDATE : IMMUTABLE,
  };
  return new Response(body, { headers });
}

async function blockBody(c: ApiContext, place: string): Promise<Response | Failure> {
  const ledger = archivedLedger(c.env);
  const head = await headAt(ledger, place);
  const block = head && (await ledger.block(head.height));
  if (!block) return fail('not_found', `no final block ${place}`);
  return bytesOfBlock(block.body as Uint8Array<ArrayBuffer>, block.body.length, block.hash, place);
}

async function blockWitness(c: ApiContext, place: string): Promise<Response | Failure> {
  const head = await headAt(openLedger(c.env.DB), place);
  if (!head) return fail('not_found', `no final block ${place}`);
  const found = await c.env.BLOBS.get(witnessKey(head.hash));
  if (!found) return fail('not_found', `the witness of block ${place} was not archived`);
  return bytesOfBlock(found.body, found.size, head.hash, place);
}
