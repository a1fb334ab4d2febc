/**
 * /v1/datasets: ciphertext by its hash, in R2. The network never has the key. A signature covers the body's hash, so the body
 * is whole in memory before anything is stored; its length is known beforehand, and bounded.
 */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { regionOf } from '../../protocol/regions.ts';
import { blobKey } from '../blob-key.ts';
import { regionStub } from '../env.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import { asSigner } from './as-signer.ts';
import type { Api, ApiContext } from './context.ts';
import { sha256Of } from './digest.ts';
import { hash32, hexText } from './fields.ts';

/** MLP_LIMITS.cellsMax cells of four bytes are 16 MiB; with labels, names and a tag still below this. */
export const DATASET_BYTES_MAX = 32 << 20;

const idParams = z.strictObject({ id: hash32 });

export function addDatasets(api: Api): void {
  addOperation(
    api,
    {
      id: 'uploadDataset',
      method: 'post',
      path: '/v1/datasets',
      tag: 'Data',
      summary: 'Store a ciphertext; its id is its SHA-256',
      body: { bytes: DATASET_BYTES_MAX },
      idempotent: true,
      signed: true,
      answers: { 201: { description: 'Stored', schema: z.object({ id: hexText, bytes: z.int() }).openapi('Dataset') } },
      refuses: ['invalid_field'],
    },
    (c) => asSigner(c, () => upload(c)),
  );
  addOperation(
    api,
    {
      id: 'getDataset',
      method: 'get',
      path: '/v1/datasets/{id}',
      tag: 'Data',
      summary: 'The ciphertext',
      params: idParams,
      answers: { 200: { description: 'Ciphertext', mediaType: 'application/octet-stream' } },
      refuses: ['unknown_dataset'],
    },
    async (c, { params }) => {
      const found = await c.env.BLOBS.get(blobKey(bytesToHex(params.id)));
      if (!found) return fail('unknown_dataset');
      const headers = { 'content-type': 'application/octet-stream', 'content-length': String(found.size) };
      return new Response(found.body, { headers });
    },
  );
  addOperation(
    api,
    {
      id: 'deleteDataset',
      method: 'delete',
      path: '/v1/datasets/{id}',
      tag: 'Data',
      summary: 'Delete a ciphertext that no running order reads; its owner alone may',
      params: idParams,
      body: 'empty',
      idempotent: true,
      signed: true,
      answers: { 204: { description: 'Deleted' } },
      refuses: ['not_authorised', 'unknown_dataset', 'dataset_in_use'],
    },
    (c, { params }) => asSigner(c, () => remove(c, params.id)),
  );
}

/** The first who stores a ciphertext owns it. Nobody else makes the same one: it is encrypted under a random nonce. */
async function upload(c: ApiContext): Promise<Response | Failure> {
  const body = c.get('body');
  if (body.length === 0) return fail('invalid_field', 'no bytes');
  const id = bytesToHex(await sha256Of(body));
  const key = blobKey(id);
  if (!(await c.env.BLOBS.head(key))) {
    await c.env.BLOBS.put(key, body, { customMetadata: { owner: addressOf(c.get('signer')) } });
  }
  return Response.json({ id, bytes: body.length }, { status: 201, headers: { location: `/v1/datasets/${id}` } });
}

async function remove(c: ApiContext, id: Uint8Array): Promise<Response | Failure> {
  const key = blobKey(bytesToHex(id));
  const found = await c.env.BLOBS.head(key);
  if (!found) return fail('unknown_dataset');
  if (found.customMetadata?.owner !== addressOf(c.get('signer'))) return fail('not_authorised');
  if (await isRead(c, id)) return fail('dataset_in_use');
  await c.env.BLOBS.delete(key);
  return new Response(null, { status: 204 });
}

/** By an order of anyone's: whoever was given the key of a data set may have it read, from any region. */
async function isRead(c: ApiContext, id: Uint8Array): Promise<boolean> {
  const { genesis } = await networkOf(c.env);
  const asked = genesis.regions.map(({ region }) => regionStub(c.env, regionOf(region)).readsInput(id));
  return (await Promise.all(asked)).includes(true);
}
