/** What a witness asks of the log, and gives it. Proofs and checkpoints for readers: log-proofs.ts. */
import { decodeEntries, TILE_WIDTH, type Tile, tilePath } from '../../protocol/log/tile.ts';
import type { Context } from './context.ts';
import { UntrustedError } from './errors.ts';

/** Headers of at most 512 bytes, each after its length. */
const BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + 512);

export function logCalls({ transport }: Pick<Context, 'transport'>) {
  return {
    /** The checkpoint that witnesses are asked to co-sign. */
    candidate: () => transport.text({ method: 'GET', path: '/v1/log/candidate' }),
    /** Throws UntrustedError for bytes that are no bundle of so many entries. */
    async entries(index: bigint, width: number): Promise<Uint8Array[]> {
      const path = tilePath({ level: 'entries', index, width } satisfies Tile);
      const request = { method: 'GET', path: `/v1/log/${path}`, answerBytesMax: BUNDLE_BYTES_MAX } as const;
      const entries = decodeEntries(await transport.bytes(request), width);
      if (!entries) throw new UntrustedError(`${path} is no bundle of ${width} entries`);
      return entries;
    },
    /** `line`: without its new line. Sent again, it is worth the same. */
    addCosignature: (size: bigint, line: string) =>
      transport.text({
        method: 'POST',
        path: '/v1/log/cosignatures',
        body: { size: size.toString(), line },
        readsOnly: true,
      }),
  };
}

export type LogCalls = ReturnType<typeof logCalls>;
