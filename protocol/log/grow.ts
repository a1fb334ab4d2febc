/**
 * How the log's keeper grows the tree: it holds the rightmost tile of each level, as far as that is filled, and gives away each tile
 * that becomes full. What it holds is at most eight tiles, whatever the tree's size.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { bytesMax, type Codec, CodecError, decode, encode, struct, u64, vec } from '../codec.ts';
import { DIGEST_BYTES } from '../digests.ts';
import type { Hash } from '../hash.ts';
import { SIZE_BITS } from './frontier.ts';
import { rootOfNodes, treeNodes } from './make-proof.ts';
import { nodesInTiles, rootOfTile, TILE_LEVELS, TILE_WIDTH, type Tile, tileWidth } from './tile.ts';

const LEVELS_MAX = Math.ceil(SIZE_BITS / TILE_LEVELS);
const TILE_BYTES = TILE_WIDTH * DIGEST_BYTES;

export interface LogEdge {
  /** Leaves. */
  readonly size: bigint;
  /** By level: the hashes of its rightmost tile, which is never full. As many levels as the tree has nodes in. */
  readonly tiles: readonly Uint8Array[];
}

export const EMPTY_EDGE: LogEdge = { size: 0n, tiles: [] };

export interface FullTile {
  readonly level: number;
  readonly index: bigint;
  readonly hashes: Uint8Array;
}

/** `leaves`: leaf hashes, one behind the other. `full`: the tiles that they fill. */
export function grown(edge: LogEdge, leaves: Uint8Array): { readonly edge: LogEdge; readonly full: FullTile[] } {
  const count = leaves.length / DIGEST_BYTES;
  const full: FullTile[] = [];
  const tiles: Uint8Array[] = [];
  let added = leaves;
  for (let level = 0; added.length > 0 || edge.tiles[level]; level++) {
    const above: Hash[] = [];
    const row = concatBytes(edge.tiles[level] ?? new Uint8Array(0), added);
    let index = edge.size >> BigInt(TILE_LEVELS * (level + 1));
    let at = 0;
    for (; at + TILE_BYTES <= row.length; at += TILE_BYTES) {
      const hashes = row.slice(at, at + TILE_BYTES);
      full.push({ level, index: index++, hashes });
      above.push(rootOfTile(hashes));
    }
    tiles.push(row.slice(at));
    added = concatBytes(...above);
  }
  return { edge: { size: edge.size + BigInt(count), tiles }, full };
}

/** Where the rightmost tile of a level is, and how wide; undefined where it is empty. */
export function rightmostTile({ size }: LogEdge, level: Tile['level']): Tile | undefined {
  const above = BigInt(TILE_LEVELS * ((level === 'entries' ? 0 : level) + 1));
  const index = size >> above;
  const width = tileWidth(level, index, size);
  return width === 0 ? undefined : { level, index, width };
}

export function rootOfEdge({ size, tiles }: LogEdge): Hash {
  return rootOfNodes(
    treeNodes(size),
    nodesInTiles((level) => tiles[level]),
  );
}

const shape = struct({ size: u64, tiles: vec(bytesMax(TILE_BYTES - DIGEST_BYTES), LEVELS_MAX) });

/** Refuses tiles that are not as wide as the size wants. */
const edgeCodec: Codec<LogEdge> = {
  write: (writer, { size, tiles }) => shape.write(writer, { size, tiles: [...tiles] }),
  read(reader) {
    const edge = shape.read(reader);
    const fits = edge.tiles.every(
      (hashes, level) => hashes.length === (rightmostTile(edge, level)?.width ?? 0) * DIGEST_BYTES,
    );
    const levels = edge.size >> BigInt(TILE_LEVELS * edge.tiles.length);
    if (!fits || levels !== 0n) throw new CodecError('no edge of such a tree');
    return edge;
  },
};

export const encodeEdge = (edge: LogEdge): Uint8Array => encode(edgeCodec, edge);
export const decodeEdge = (bytes: Uint8Array): LogEdge => decode(edgeCodec, bytes);
