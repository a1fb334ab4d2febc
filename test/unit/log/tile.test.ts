import { concatBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import {
  consistencyNodes,
  inclusionNodes,
  proofOfNodes,
  rootOfNodes,
  treeNodes,
} from '../../../protocol/log/make-proof.ts';
import {
  decodeEntries,
  encodeEntries,
  entriesOf,
  nodesInTiles,
  parseTilePath,
  rootOfTile,
  TILE_WIDTH,
  type Tile,
  tilePath,
  tilesOf,
  tileWidth,
} from '../../../protocol/log/tile.ts';
import { verifyConsistency, verifyInclusion } from '../../../protocol/log/verify-proof.ts';
import { leafHash, merkleRoot } from '../../../protocol/merkle.ts';

const full = (level: Tile['level'], index: bigint): Tile => ({ level, index, width: TILE_WIDTH });

/** The first two are the specification's own examples. */
const PATHS: [Tile, string][] = [
  [full(0, 1234067n), 'tile/0/x001/x234/067'],
  [{ level: 1, index: 1n, width: 17 }, 'tile/1/001.p/17'],
  [full(0, 0n), 'tile/0/000'],
  [full(7, 999n), 'tile/7/999'],
  [full('entries', 1000n), 'tile/entries/x001/000'],
  [{ level: 'entries', index: 5n, width: 255 }, 'tile/entries/005.p/255'],
];

describe('paths', () => {
  test.each(PATHS)('%o is %s', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  const WRONG = [
    'tile/0/0',
    'tile/0/1000',
    'tile/0/x000/001',
    'tile/0/001/x000',
    'tile/00/000',
    'tile/8/000',
    'tile/-1/000',
    'tile/0/000.p/0',
    'tile/0/000.p/00',
    'tile/0/000.p/256',
    'tile/0/000.p/1000',
    'tile/0/000.p/',
    'tile/0/000.p/1/',
    'tile/0/000/',
    'tile/0/../000',
    'tile/Entries/000',
    '/tile/0/000',
    'tile/0/x001/x234/067x',
    'tile/0/٠٠٠',
  ];
  test.each(WRONG)('%s is none', (path) => expect(parseTilePath(path)).toBeUndefined());
});

describe('widths', () => {
  test("the specification's tree of 70,000", () => {
    expect(tileWidth(0, 272n, 70_000n)).toBe(256);
    expect(tileWidth(0, 273n, 70_000n)).toBe(112);
    expect(tileWidth(0, 274n, 70_000n)).toBe(0);
    expect(tileWidth(1, 0n, 70_000n)).toBe(256);
    expect(tileWidth(1, 1n, 70_000n)).toBe(17);
    expect(tileWidth(2, 0n, 70_000n)).toBe(1);
    expect(tileWidth('entries', 273n, 70_000n)).toBe(112);
  });

  test('a tree of 256 is a full tile and one hash above', () => {
    expect(tileWidth(0, 0n, 256n)).toBe(256);
    expect(tileWidth(1, 0n, 256n)).toBe(1);
    expect(tileWidth(1, 0n, 255n)).toBe(0);
  });
});

const SIZE = 70_000;
const leafOf = (i: number): Uint8Array => Uint8Array.of(i & 255, (i >> 8) & 255, i >> 16);

/** All tiles of a tree of SIZE leaves, by the definition: the hash above a full tile is its root. */
const tiles = new Map<string, Uint8Array>();
let row = Array.from({ length: SIZE }, (_, i) => leafHash(leafOf(i)));
for (let level = 0; row.length > 0; level++) {
  const above: Uint8Array[] = [];
  for (let n = 0; n * TILE_WIDTH < row.length; n++) {
    const hashes = concatBytes(...row.slice(n * TILE_WIDTH, (n + 1) * TILE_WIDTH));
    tiles.set(`${level}/${n}`, hashes);
    if (hashes.length === TILE_WIDTH * 32) above.push(rootOfTile(hashes));
  }
  row = above;
}
const inTiles = nodesInTiles((level, index) => tiles.get(`${level}/${index}`));
const rootAt = (size: number) => rootOfNodes(treeNodes(BigInt(size)), inTiles);

describe('proofs out of tiles', () => {
  test('roots are those of the leaves', () => {
    for (const size of [1, 255, 256, 257, 1000]) {
      expect(rootAt(size)).toEqual(merkleRoot(Array.from({ length: size }, (_, i) => leafOf(i))));
    }
  });

  test.each([0, 1, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999])('inclusion of leaf %i', (index) => {
    const nodes = inclusionNodes(BigInt(index), BigInt(SIZE));
    const proof = proofOfNodes(nodes, inTiles);
    const root = rootAt(SIZE);
    expect(verifyInclusion(leafHash(leafOf(index)), BigInt(index), BigInt(SIZE), proof, root)).toBe(true);
    expect(verifyInclusion(leafHash(leafOf(index + 1)), BigInt(index), BigInt(SIZE), proof, root)).toBe(false);
    for (const tile of tilesOf(nodes.flat(), BigInt(SIZE))) {
      expect(tiles.get(`${tile.level}/${tile.index}`)).toHaveLength(32 * tile.width);
    }
  });

  test.each([1, 255, 256, 257, 65_536, 69_999, 70_000])('consistency from %i', (oldSize) => {
    const nodes = consistencyNodes(BigInt(oldSize), BigInt(SIZE));
    const proof = proofOfNodes(nodes, inTiles);
    const [old, now] = [rootAt(oldSize), rootAt(SIZE)];
    expect(verifyConsistency(BigInt(oldSize), old, BigInt(SIZE), now, proof)).toBe(true);
    expect(verifyConsistency(BigInt(oldSize), now, BigInt(SIZE), old, proof)).toBe(oldSize === SIZE);
    expect(tilesOf(nodes.flat(), BigInt(SIZE)).length).toBeLessThanOrEqual(6);
  });

  test('a tile that is missing or too narrow is a fault, not another root', () => {
    const without = nodesInTiles(() => undefined);
    expect(() => rootOfNodes(treeNodes(3n), without)).toThrow(RangeError);
    const narrow = nodesInTiles(() => (tiles.get('0/0') as Uint8Array).subarray(0, 64));
    expect(rootOfNodes(treeNodes(2n), narrow)).toEqual(rootAt(2));
    expect(() => rootOfNodes(treeNodes(3n), narrow)).toThrow(RangeError);
    expect(() => rootOfTile(new Uint8Array(32))).toThrow(RangeError);
  });
});

describe('bundles of entries', () => {
  const entries = [new Uint8Array(), Uint8Array.of(1), new Uint8Array(300).fill(7)];
  const bundle = encodeEntries(entries);

  test('each stands after its length, big-endian', () => {
    expect([...bundle.subarray(0, 7)]).toEqual([0, 0, 0, 1, 1, 1, 44]);
    expect(decodeEntries(bundle, 3)).toEqual(entries);
  });

  test('a partial one is the beginning of a larger one', () => {
    expect(entriesOf(bundle, 2)).toEqual(entries.slice(0, 2));
    expect(encodeEntries(entries.slice(0, 2))).toEqual(bundle.subarray(0, 5));
  });

  test('one that is cut off, too long or has another count is refused', () => {
    for (let end = 0; end < bundle.length; end++) expect(decodeEntries(bundle.subarray(0, end), 3)).toBeUndefined();
    expect(decodeEntries(concatBytes(bundle, Uint8Array.of(0)), 3)).toBeUndefined();
    expect(decodeEntries(bundle, 2)).toBeUndefined();
    expect(decodeEntries(bundle, 4)).toBeUndefined();
    expect(() => encodeEntries([new Uint8Array(65_536)])).toThrow(RangeError);
  });
});
