/** How the result of a large prediction travels: a frame a tile in row order, u32 length (little-endian) and ciphertext. */
import { TILES_MAX } from './sealed.ts';

export const TILE_LENGTH_BYTES = 4;

export function tileLength(bytes: number): Uint8Array {
  const length = new Uint8Array(TILE_LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, bytes, true);
  return length;
}

/** The tiles' ciphertexts, or undefined when the frames do not fill the bytes exactly, or are more than an order has. */
export function readTiles(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tiles: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (tiles.length === TILES_MAX || at + TILE_LENGTH_BYTES > bytes.length) return undefined;
    const from = at + TILE_LENGTH_BYTES;
    at = from + view.getUint32(at, true);
    if (at > bytes.length) return undefined;
    tiles.push(bytes.subarray(from, at));
  }
  return tiles;
}
