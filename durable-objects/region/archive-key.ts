/** Where R2 keeps what belongs to a final block, by the block's hash. */
import { bytesToHex } from '@noble/hashes/utils.js';

export const witnessKey = (block: Uint8Array): string => `witnesses/${bytesToHex(block)}`;
/** Transactions and outcomes, once they are no longer in D1. */
export const bodyKey = (block: Uint8Array): string => `bodies/${bytesToHex(block)}`;
