/**
 * Tiles in C2SP's tlog-tiles form: the nodes of every eighth level of the tree, 256 in a row, and beside them the entries in bundles of
 * as many. A tile's bytes never change; one that is still growing is served as far as a tree reaches, under a path that says how far.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import type { Hash } from '../hash.ts';
import { nodeHash } from '../merkle.ts';
import type { LogNode } from './make-proof.ts';

const HASH_BYTES = 32;
/** Tree levels that one tile spans. */
export const TILE_LEVELS = 8;
export const TILE_WIDTH = 256;
/** A level above would be of a tree of 2^64 leaves. */
const LEVEL_MAX = 7;
/** Length prefixes of entries are u16. */
const ENTRY_BYTES_MAX = 0xffff;

export interface Tile {
  /** 0 holds leaf hashes; `entries` the leaves themselves. */
  readonly level: number | 'entries';
  readonly index: bigint;
  /** 1 to 256; below 256 the tile is partial. */
  readonly width: number;
}

/** 1234067 is x001/x234/067: folders of at most a thousand. */
function indexPath(index: bigint): string {
  const digits = index.toString();
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) as string[];
  return groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/');
}

/** Path below the log's prefix. */
export function tilePath({ level, index, width }: Tile): string {
  const suffix = width === TILE_WIDTH ? '' : `.p/${width}`;
  return `tile/${level}/${indexPath(index)}${suffix}`;
}

const PATH = /^tile\/(entries|[0-7])\/((?:x\d{3}\/){0,6}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** Undefined for any path that `tilePath` would not write. */
export function parseTilePath(path: string): Tile | undefined {
  const [, level, digits, width] = PATH.exec(path) ?? [];
  if (level === undefined || digits === undefined) return undefined;
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: BigInt(digits.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  return tile.width <= TILE_WIDTH && tilePath(tile) === path ? tile : undefined;
}

const levelOf = (tile: Tile['level']): number => (tile === 'entries' ? 0 : tile);

/** How wide tile `index` of a level is in a tree of `size` leaves; 0 where there is none. */
export function tileWidth(level: Tile['level'], index: bigint, size: bigint): number {
  const hashes = size >> BigInt(TILE_LEVELS * levelOf(level));
  const left = hashes - index * BigInt(TILE_WIDTH);
  if (left <= 0n) return 0;
  return left >= BigInt(TILE_WIDTH) ? TILE_WIDTH : Number(left);
}

/** Where a node is: it is the root over the tile's hashes `[from, from + count)`. */
interface NodePlace {
  readonly level: number;
  readonly index: bigint;
  readonly from: number;
  readonly count: number;
}

function placeOf({ level, index }: LogNode): NodePlace {
  const above = level % TILE_LEVELS;
  const first = index << BigInt(above);
  return {
    level: Math.floor(level / TILE_LEVELS),
    index: first / BigInt(TILE_WIDTH),
    from: Number(first % BigInt(TILE_WIDTH)),
    count: 2 ** above,
  };
}

/** The tiles of a tree of `size` leaves that hold these nodes, each once. */
export function tilesOf(nodes: readonly LogNode[], size: bigint): Tile[] {
  const tiles = new Map<string, Tile>();
  for (const { level, index } of nodes.map(placeOf)) {
    if (level > LEVEL_MAX) throw new RangeError('no tile so high');
    const tile = { level, index, width: tileWidth(level, index, size) };
    tiles.set(tilePath(tile), tile);
  }
  return [...tiles.values()];
}

function rootOfRow(hashes: Uint8Array): Hash {
  let row = hashes;
  while (row.length > HASH_BYTES) {
    const parents: Hash[] = [];
    for (let at = 0; at < row.length; at += 2 * HASH_BYTES) {
      const middle = at + HASH_BYTES;
      parents.push(nodeHash(row.subarray(at, middle), row.subarray(middle, middle + HASH_BYTES)));
    }
    row = concatBytes(...parents);
  }
  return row.slice();
}

/** The root over a full tile: a hash of the level above. */
export function rootOfTile(hashes: Uint8Array): Hash {
  if (hashes.length !== TILE_WIDTH * HASH_BYTES) throw new RangeError('only a full tile has a hash above');
  return rootOfRow(hashes);
}

/** A reader of nodes for make-proof.ts, out of the hashes of tiles. Undefined hashes, or too few: it throws a RangeError. */
export function nodesInTiles(
  hashesOf: (level: number, index: bigint) => Uint8Array | undefined,
): (node: LogNode) => Hash {
  return (node) => {
    const { level, index, from, count } = placeOf(node);
    const hashes = hashesOf(level, index);
    const end = (from + count) * HASH_BYTES;
    if (!hashes || hashes.length < end) throw new RangeError(`tile ${level}/${index} does not hold the node`);
    return rootOfRow(hashes.subarray(from * HASH_BYTES, end));
  };
}

/** A bundle: each entry after its length, a big-endian u16. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  const parts = entries.flatMap((entry) => {
    if (entry.length > ENTRY_BYTES_MAX) throw new RangeError(`an entry of ${entry.length} bytes`);
    return [Uint8Array.of(entry.length >>> 8, entry.length & 255), entry];
  });
  return concatBytes(...parts);
}

/** The first `width` entries of a bundle that may hold more, or undefined where it holds fewer or is cut off. */
export function entriesOf(bundle: Uint8Array, width: number): Uint8Array[] | undefined {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width) {
    const from = at + 2;
    if (from > bundle.length) return undefined;
    at = from + (((bundle[from - 2] as number) << 8) | (bundle[from - 1] as number));
    if (at > bundle.length) return undefined;
    entries.push(bundle.slice(from, at));
  }
  return entries;
}

/** The entries of exactly one bundle: `encodeEntries` gives its bytes again. */
export function decodeEntries(bundle: Uint8Array, width: number): Uint8Array[] | undefined {
  const entries = entriesOf(bundle, width);
  const length = entries?.reduce((sum, entry) => sum + 2 + entry.length, 0);
  return length === bundle.length ? entries : undefined;
}
