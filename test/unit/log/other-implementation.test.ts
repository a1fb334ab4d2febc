/** The same log by Go's sumdb packages and transparency-dev's formats: roots, proofs, tile paths and a co-signed checkpoint agree. */
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { verifySignature } from '../../../protocol/ed25519.ts';
import type { WitnessKey } from '../../../protocol/log/cosignature.ts';
import { EMPTY_EDGE, grown, type LogEdge, rootOfEdge } from '../../../protocol/log/grow.ts';
import { consistencyNodes, inclusionNodes, proofOfNodes } from '../../../protocol/log/make-proof.ts';
import { parseNoteKey } from '../../../protocol/log/note.ts';
import { openCheckpoint } from '../../../protocol/log/open-checkpoint.ts';
import { nodesInTiles, parseTilePath, tilePath, tilesOf } from '../../../protocol/log/tile.ts';
import { verifyConsistency, verifyInclusion } from '../../../protocol/log/verify-proof.ts';
import { parseWitnesses } from '../../../protocol/log/witness-list.ts';
import { leafHash } from '../../../protocol/merkle.ts';
import vectors from '../../vectors/c2sp-log.json' with { type: 'json' };

const SIZE = 70_000;
const leafOf = (i: number): Uint8Array => leafHash(Uint8Array.of(i & 255, (i >> 8) & 255, i >> 16));

/** Grown as the log's keeper grows it, and its tiles as they were given away. */
const tiles = new Map<string, Uint8Array>();
const roots = new Map<string, Uint8Array>();
let edge: LogEdge = EMPTY_EDGE;
const sizes = vectors.roots.map(({ size }) => Number(size));
for (let from = 0; from < SIZE; ) {
  const to = Math.min(from + 256, sizes.find((size) => size > from) ?? SIZE);
  const next = grown(edge, concatBytes(...Array.from({ length: to - from }, (_, i) => leafOf(from + i))));
  edge = next.edge;
  for (const { level, index, hashes } of next.full) tiles.set(`${level}/${index}`, hashes);
  if (sizes.includes(to)) roots.set(String(to), rootOfEdge(edge));
  from = to;
}
for (const [level, hashes] of edge.tiles.entries())
  tiles.set(`${level}/${edge.size >> BigInt(8 * (level + 1))}`, hashes);
const read = nodesInTiles((level, index) => tiles.get(`${level}/${index}`));
const encoded = (path: readonly Uint8Array[]) => path.map((hash) => base64.encode(hash));
const rootOf = (size: string): Uint8Array => base64.decode(vectors.roots.find((one) => one.size === size)?.root ?? '');

describe('the tree', () => {
  test.each(vectors.roots)('of $size leaves has the same root', ({ size, root }) => {
    expect(base64.encode(roots.get(size) as Uint8Array)).toBe(root);
  });

  test.each(vectors.inclusion)('leaf $index of $size has the same path, which verifies', ({ index, size, path }) => {
    const proof = proofOfNodes(inclusionNodes(BigInt(index), BigInt(size)), read);
    expect(encoded(proof)).toEqual(path);
    expect(verifyInclusion(leafOf(Number(index)), BigInt(index), BigInt(size), proof, rootOf(size))).toBe(true);
  });

  test.each(vectors.consistency)('$from to $to has the same proof, which verifies', ({ from, to, path }) => {
    const proof = proofOfNodes(consistencyNodes(BigInt(from), BigInt(to)), read);
    expect(encoded(proof)).toEqual(path);
    expect(verifyConsistency(BigInt(from), rootOf(from), BigInt(to), rootOf(to), proof)).toBe(true);
  });

  test('its tiles have the same paths', () => {
    for (const path of vectors.tilePaths) {
      const tile = parseTilePath(path);
      expect(tile && tilePath(tile)).toBe(path);
    }
    const needed = tilesOf(consistencyNodes(69_999n, 70_000n).flat(), 70_000n).map(tilePath);
    expect(vectors.tilePaths).toEqual(expect.arrayContaining(needed));
  });
});

describe('its checkpoint', () => {
  const witnesses = parseWitnesses(vectors.witnesses.join('\n'));
  const policy = {
    genesisHash: hexToBytes(vectors.genesis),
    logKey: parseNoteKey(vectors.logKey)?.publicKey as Uint8Array,
    witnesses: (witnesses.ok ? witnesses.value : []) as readonly WitnessKey[],
    required: 2,
    spareLines: 'refuse' as const,
  };

  test('opens with both cosignatures', async () => {
    const opened = await openCheckpoint(vectors.checkpoint, policy, verifySignature);
    expect(opened).toMatchObject({ ok: true, value: { head: { size: 70_000n, root: rootOf('70000') } } });
    expect(opened.ok && opened.value.cosignatures.map(({ name }) => name)).toEqual([
      'witness.test/w1',
      'witness.test/w2',
    ]);
  });

  test('does not for another log, or with another size', async () => {
    const foreign = { ...policy, genesisHash: new Uint8Array(32) };
    expect(await openCheckpoint(vectors.checkpoint, foreign, verifySignature)).toMatchObject({ ok: false });
    const changed = vectors.checkpoint.replace('\n70000\n', '\n70001\n');
    expect(await openCheckpoint(changed, policy, verifySignature)).toMatchObject({ code: 'checkpoint_invalid' });
  });
});
