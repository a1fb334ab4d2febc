/** Where R2 keeps a computed tile's ciphertexts: below their order, by the SHA-256 of their bytes, so that none replaces another. */
import { bytesToHex } from '@noble/hashes/utils.js';

export const tilesOfOrder = (order: Uint8Array): string => `tiles/${bytesToHex(order)}/`;
export const tileKey = (order: Uint8Array, id: Uint8Array): string => `${tilesOfOrder(order)}${bytesToHex(id)}`;
