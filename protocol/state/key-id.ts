/** Keys of the state as keys of a Map. */
import { bytesToHex } from '@noble/hashes/utils.js';

let lastKey: Uint8Array | undefined;
let lastId = '';

/**
 * The key in hex. One read of an account asks five overlays in turn, each with the same array: all but the first have its id at once, and
 * as one string, which a Map compares by where it stands. Nobody writes into a key once it has been asked for.
 */
export function keyId(key: Uint8Array): string {
  if (key !== lastKey) {
    lastId = bytesToHex(key);
    lastKey = key;
  }
  return lastId;
}
