/** Tiles of the log, out of R2. */
import { fullTileKey, growingTileKey } from '../../durable-objects/region/log-key.ts';
import { DIGEST_BYTES } from '../../protocol/digests.ts';
import { encodeEntries, entriesOf, TILE_WIDTH, type Tile } from '../../protocol/log/tile.ts';
import type { Env } from '../env.ts';

/** A tile's bytes are those of any later, wider one as far as they go. */
function firstOf({ level, width }: Tile, bytes: Uint8Array): Uint8Array | undefined {
  if (level !== 'entries')
    return bytes.length < width * DIGEST_BYTES ? undefined : bytes.subarray(0, width * DIGEST_BYTES);
  const entries = entriesOf(bytes, width);
  return entries && encodeEntries(entries);
}

async function bytesAt({ BLOBS }: Pick<Env, 'BLOBS'>, key: string): Promise<Uint8Array | undefined> {
  const found = await BLOBS.get(key);
  return found ? new Uint8Array(await found.arrayBuffer()) : undefined;
}

/** Undefined where the log does not reach so far, or has not been archived so far. */
export async function readTile(env: Pick<Env, 'BLOBS'>, tile: Tile): Promise<Uint8Array | undefined> {
  const growing = tile.width === TILE_WIDTH ? undefined : await bytesAt(env, growingTileKey(tile));
  const wide = growing && firstOf(tile, growing);
  if (wide) return wide;
  // It may have become full since the checkpoint that it is asked for.
  const full = await bytesAt(env, fullTileKey(tile));
  return full && firstOf(tile, full);
}
