/** Data sets: encrypted here under a key of their own, stored by the hash of the ciphertext. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { newContentKey, openContent, sealContent } from '../../sealing/content.ts';
import type { Context } from './context.ts';
import { UntrustedError } from './errors.ts';
import { signedRequest } from './signed-request.ts';
import { newIdempotencyKey } from './transport.ts';

export interface UploadedDataset {
  /** SHA-256 of the ciphertext. */
  readonly id: string;
  /** Opens it: a secret. */
  readonly key: Uint8Array;
}

export async function uploadDataset(context: Context, plaintext: Uint8Array): Promise<UploadedDataset> {
  const key = newContentKey();
  return { id: await uploadUnder(context, key, plaintext), key };
}

/** The id of the ciphertext. */
async function uploadUnder(context: Context, key: Uint8Array, plaintext: Uint8Array): Promise<string> {
  const body = await sealContent(key, 'dataset', plaintext);
  const id = bytesToHex(sha256(body));
  const request = { method: 'POST', path: '/v1/datasets', body, idempotencyKey: newIdempotencyKey() } as const;
  const stored = await context.transport.json<{ id: string }>(await signedRequest(context, request));
  if (stored.id !== id) throw new UntrustedError(`the data set was stored as ${stored.id}, its hash is ${id}`);
  return id;
}

/** Tiles on their way at a time. */
const PARALLEL_UPLOADS = 4;

/**
 * Uploads `count` parts under one key; `part(i)` gives their plaintexts as they are wanted. The ids are in the parts' order. When
 * one fails, no further one is begun, those that were stored are removed as far as the network answers, and the failure is thrown.
 */
export async function uploadParts(
  context: Context,
  count: number,
  part: (index: number) => Uint8Array,
): Promise<{ ids: string[]; key: Uint8Array }> {
  const key = newContentKey();
  const ids = new Array<string>(count);
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count && !failed; index = next++) {
      try {
        ids[index] = await uploadUnder(context, key, part(index));
      } catch (fault) {
        failed = true;
        throw fault;
      }
    }
  };
  const workers = Array.from({ length: Math.min(PARALLEL_UPLOADS, count) }, worker);
  try {
    await Promise.all(workers);
  } catch (fault) {
    await Promise.allSettled(workers); // whatever was on its way
    await Promise.allSettled(ids.filter((id) => id !== undefined).map((id) => removeDataset(context, id)));
    throw fault;
  }
  return { ids, key };
}

async function removeDataset(context: Context, id: string): Promise<void> {
  const request = { method: 'DELETE', path: `/v1/datasets/${id}`, idempotencyKey: newIdempotencyKey() } as const;
  await context.transport.bytes(await signedRequest(context, request));
}

export function datasetCalls(context: Context) {
  const { transport } = context;
  return {
    upload: (plaintext: Uint8Array) => uploadDataset(context, plaintext),
    /** The ciphertext; throws UntrustedError when it has another hash than its id. */
    async download(id: string): Promise<Uint8Array> {
      const bytes = await transport.bytes({ method: 'GET', path: `/v1/datasets/${id}` });
      if (bytesToHex(sha256(bytes)) !== id) throw new UntrustedError(`the bytes of data set ${id} have another hash`);
      return bytes;
    },
    /** Undefined when the key is not its key. */
    open: (ciphertext: Uint8Array, key: Uint8Array) => openContent(key, 'dataset', ciphertext),
    remove: (id: string) => removeDataset(context, id),
  };
}
