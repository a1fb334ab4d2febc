/** Where R2 keeps results and checkpoints of a search's jobs: below their order, by the SHA-256 of the ciphertext. */
import { bytesToHex } from '@noble/hashes/utils.js';

export const jobsOfOrder = (order: Uint8Array): string => `jobs/${bytesToHex(order)}/`;
export const jobKey = (order: Uint8Array, id: Uint8Array): string => `${jobsOfOrder(order)}${bytesToHex(id)}`;
