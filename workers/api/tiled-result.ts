/** The result of a large prediction: its tiles' ciphertexts in row order, each behind its length, streamed out of R2 one by one. */
import { tileKey } from '../../durable-objects/region/tile-key.ts';
import type { Failure } from '../../protocol/errors.ts';
import { TILE_LENGTH_BYTES, tileLength } from '../../protocol/order/tiled-result.ts';
import type { Env, RegionStub } from '../env.ts';

/** One tile is in memory at a time: at most 2 MB. */
export async function tiledResponse(
  env: Pick<Env, 'BLOBS'>,
  region: RegionStub,
  order: Uint8Array,
): Promise<Response | Failure> {
  const found = await region.resultTiles(order);
  if (!found.ok) return found;
  const left = [...found.value];
  const length = left.reduce((sum, { bytes }) => sum + TILE_LENGTH_BYTES + bytes, 0);
  const body = new ReadableStream<Uint8Array>({
    async pull(stream) {
      const tile = left.shift();
      if (!tile) return stream.close();
      const stored = await env.BLOBS.get(tileKey(order, tile.id));
      // Headers are out by now: the body breaks off, and the client sees that it is short.
      if (stored?.size !== tile.bytes) throw new Error('a tile of a checked result is not there');
      stream.enqueue(tileLength(tile.bytes));
      stream.enqueue(new Uint8Array(await stored.arrayBuffer()));
    },
  });
  return new Response(body.pipeThrough(new FixedLengthStream(length)), {
    headers: { 'content-type': 'application/octet-stream' },
  });
}
