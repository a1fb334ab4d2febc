/** What a process of a hosted provider asks of its network; its key is this client's account. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import type { WireProviderJob } from '../../protocol/provider-jobs.ts';
import type { Region } from '../../protocol/regions.ts';
import type { Context } from './context.ts';
import { UntrustedError } from './errors.ts';
import { signedRequest } from './signed-request.ts';
import { type ApiRequest, queryOf } from './transport.ts';

export interface JobRecord {
  readonly stateHash: Uint8Array;
  readonly cycles: bigint;
  readonly root: Uint8Array;
  readonly resultId: string;
  /** Ciphertext. */
  readonly summary: Uint8Array;
}

type Job = Pick<WireProviderJob, 'order' | 'token' | 'index' | 'lease'>;

const pathOf = ({ order, index }: Job, what: string): string => `/v1/provider/jobs/${order}/${index}/${what}`;

export function providerJobCalls(context: Context) {
  const { transport } = context;
  /** What is recorded is recorded once: such a request is as safe to repeat as one that only reads. */
  const sent = async <T>(request: Pick<ApiRequest, 'path' | 'body'>): Promise<T> =>
    transport.json<T>(await signedRequest(context, { method: 'POST', readsOnly: true, ...request }));

  return {
    /** One try: a lease that nobody heard of would only have to run out. `sealTo`: X25519. */
    async take(sealTo: Uint8Array, regions: readonly Region[]): Promise<WireProviderJob | null> {
      const body = { sealTo: bytesToHex(sealTo), regions };
      const request = { method: 'POST', path: '/v1/provider/jobs/take', body } as const;
      return (await transport.json<{ job: WireProviderJob | null }>(await signedRequest(context, request))).job;
    },
    /** Throws UntrustedError when the bytes have another hash than their id. */
    async blob(order: string, id: string): Promise<Uint8Array> {
      const request = { method: 'GET', path: `/v1/provider/jobs/${order}/blobs/${id}` } as const;
      const bytes = await transport.bytes(await signedRequest(context, request));
      if (bytesToHex(sha256(bytes)) !== id) throw new UntrustedError(`the bytes of ${id} have another hash`);
      return bytes;
    },
    /** False where the job is not wanted any more. */
    async checkpoint(job: Job, sealed: Uint8Array, cycles: bigint, goesOn: boolean): Promise<boolean> {
      const { token, lease } = job;
      const query = queryOf({ token, lease, cycles: cycles.toString(), goesOn: goesOn ? 'yes' : 'no' });
      return (await sent<{ goesOn: boolean }>({ path: pathOf(job, 'checkpoint') + query, body: sealed })).goesOn;
    },
    /** The id of the ciphertext. Throws HaiError lease_lost for a job that is not open any more. */
    async result(job: Job, sealed: Uint8Array): Promise<string> {
      const path = pathOf(job, 'result') + queryOf({ token: job.token });
      return (await sent<{ id: string }>({ path, body: sealed })).id;
    },
    /** This process can't do the job: the network's own consumers are to. False where somebody else has it by now. */
    async failed(job: Job): Promise<boolean> {
      const body = { token: job.token, lease: String(job.lease) };
      return (await sent<{ withheld: boolean }>({ path: pathOf(job, 'failed'), body })).withheld;
    },
    /** Whether this record is the one that counts. Throws HaiError lease_lost or illegal_transition once the order went on without it. */
    async done(job: Job, record: JobRecord): Promise<boolean> {
      const { stateHash, root, resultId } = record;
      const body = {
        token: job.token,
        stateHash: bytesToHex(stateHash),
        cycles: record.cycles.toString(),
        root: bytesToHex(root),
        resultId,
        summary: base64.encode(record.summary),
      };
      return (await sent<{ taken: boolean }>({ path: pathOf(job, 'done'), body })).taken;
    },
  };
}

export type ProviderJobs = ReturnType<typeof providerJobCalls>;
