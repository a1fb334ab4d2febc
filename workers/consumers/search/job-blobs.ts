/** Results and checkpoints of jobs, in R2 under the order's content key. */
import { jobKey } from '../../../durable-objects/region/search/job-key.ts';
import type { SearchTask } from '../../../durable-objects/region/search-rpc.ts';
import type { ContentLabel } from '../../../protocol/order/sealed.ts';
import { openContent, sealContent } from '../../../sealing/content.ts';
import { sha256Of } from '../../api/digest.ts';
import type { Env } from '../../env.ts';

type Bucket = Pick<Env, 'BLOBS'>;
type Owner = Pick<SearchTask, 'order' | 'contentKey'>;

/** The ciphertext's hash. */
export async function putJobBlob(
  env: Bucket,
  { order, contentKey }: Owner,
  label: ContentLabel,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  return putSealedJobBlob(env, order, await sealContent(contentKey, label, plaintext));
}

export async function putSealedJobBlob(env: Bucket, order: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
  const id = await sha256Of(sealed);
  await env.BLOBS.put(jobKey(order, id), sealed);
  return id;
}

/** Undefined for what is not there, or does not open. */
export async function getJobBlob(
  env: Bucket,
  { order, contentKey }: Owner,
  label: ContentLabel,
  id: Uint8Array,
): Promise<Uint8Array | undefined> {
  const stored = await env.BLOBS.get(jobKey(order, id));
  return stored ? openContent(contentKey, label, new Uint8Array(await stored.arrayBuffer())) : undefined;
}

export const deleteJobBlobs = (env: Bucket, order: Uint8Array, ids: readonly Uint8Array[]): Promise<void> =>
  ids.length > 0 ? env.BLOBS.delete(ids.map((id) => jobKey(order, id))) : Promise.resolve();
