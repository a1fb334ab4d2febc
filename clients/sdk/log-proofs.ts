/** Checkpoints of the log of headers, and proofs made from its tiles: `client.with(logProofCalls)`. Nothing here is verified yet. */
import { hex } from '@scure/base';
import type { Hash } from '../../protocol/hash.ts';
import { type WitnessKey, witnessNoteKey } from '../../protocol/log/cosignature.ts';
import { consistencyNodes, inclusionNodes, type LogNode, proofOfNodes } from '../../protocol/log/make-proof.ts';
import { noteKeyId } from '../../protocol/log/note.ts';
import { encodeConsistencyProof, encodeInclusionProof } from '../../protocol/log/proof-file.ts';
import { nodesInTiles, TILE_WIDTH, tilePath, tilesOf } from '../../protocol/log/tile.ts';
import type { Context } from './context.ts';
import { UntrustedError } from './errors.ts';

const HASH_TILE_BYTES_MAX = TILE_WIDTH * 32;

export function logProofCalls({ transport }: Pick<Context, 'transport'>) {
  /** The hashes of a proof, from the tiles of a tree of `size` leaves that hold its nodes. */
  async function pathOf(lists: readonly LogNode[][], size: bigint): Promise<Hash[]> {
    const tiles = tilesOf(lists.flat(), size);
    const held = new Map<string, Uint8Array>();
    await Promise.all(
      tiles.map(async (tile) => {
        const path = `/v1/log/${tilePath(tile)}`;
        const bytes = await transport.bytes({ method: 'GET', path, answerBytesMax: HASH_TILE_BYTES_MAX });
        held.set(`${tile.level}/${tile.index}`, bytes);
      }),
    );
    try {
      return proofOfNodes(
        lists,
        nodesInTiles((level, index) => held.get(`${level}/${index}`)),
      );
    } catch (cause) {
      throw new UntrustedError('a tile of the log is shorter than its path says', { cause });
    }
  }
  return {
    /** The newest checkpoint with at least so many cosignatures of these witnesses (of any, where none is named), as it is served. */
    checkpoint(cosignatures: number, witnesses: readonly WitnessKey[] = []): Promise<string> {
      const ids = witnesses.map((witness) => `&witness=${hex.encode(noteKeyId(witnessNoteKey(witness)))}`);
      return transport.text({ method: 'GET', path: `/v1/log/checkpoint?cosignatures=${cosignatures}${ids.join('')}` });
    },
    /** Canonical bytes, for the leaf at `index` in the log of `size` leaves. */
    inclusionProof: async (index: bigint, size: bigint): Promise<Uint8Array> =>
      encodeInclusionProof({ index, size, path: await pathOf(inclusionNodes(index, size), size) }),
    /** Canonical bytes, from the log of `oldSize` leaves to the one of `size`. */
    consistencyProof: async (oldSize: bigint, size: bigint): Promise<Uint8Array> =>
      encodeConsistencyProof({ oldSize, size, path: await pathOf(consistencyNodes(oldSize, size), size) }),
  };
}

export type LogProofCalls = ReturnType<typeof logProofCalls>;
