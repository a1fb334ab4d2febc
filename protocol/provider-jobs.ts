/** What a provider and its own processes say to each other about jobs of searches (docs/decisions/0026). */
import { concatBytes } from '@noble/hashes/utils.js';
import { parseAddress } from './address.ts';
import { domain, type Hash } from './hash.ts';

/** A process gives word at least this often, idle or at work: else the network's consumers take its jobs. */
export const PROCESS_SILENT_MS_MAX = 3_000;

/** Times that a job is given to processes without any of them getting on with it: then it is the consumers'. */
export const OFFERS_MAX = 2;

/** Of a job's result, and of a checkpoint, with what sealing adds. */
export const JOB_BLOB_BYTES_MAX = 32 << 20;

/** HPKE's info for what opens a job. The order's id is its aad. */
export const jobSecretInfo = (genesisHash: Hash): Uint8Array => concatBytes(domain('HAI/provider-job/1'), genesisHash);

/** A job under a lease of its own. Byte strings are base64, hashes hex. */
export interface WireProviderJob {
  readonly order: string;
  /** Of the order's lease. */
  readonly token: string;
  readonly index: number;
  /** Which of the job's leases it is; a later one ends it. */
  readonly lease: number;
  /** Id of the table's ciphertext. */
  readonly dataset: string;
  /** As the order declares it. */
  readonly shape: {
    readonly rows: number;
    readonly columns: number;
    readonly classes: number;
    readonly images: boolean;
  };
  /** Results that it reads; `summary` is ciphertext. */
  readonly needs: readonly {
    readonly index: number;
    readonly resultId: string;
    readonly stateHash: string;
    readonly summary: string;
  }[];
  readonly checkpoint: string | null;
  /** Sealed to the process: the order's content key, the table's key, specification and job. */
  readonly encapsulated: string;
  readonly secret: string;
}

/** Public keys of the processes that a deployment lists: addresses with spaces or commas between. What is none throws. */
export function parseProcesses(text: string): Uint8Array[] {
  return text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((address) => {
      const key = parseAddress(address);
      if (!key) throw new RangeError(`PROVIDER_PROCESSES: not an address: ${address}`);
      return key;
    });
}
