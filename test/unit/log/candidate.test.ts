import { describe, expect, test } from 'vitest';
import {
  CANDIDATE_MS,
  type Candidate,
  candidateOf,
  cosignersAmong,
  EARLIER_MAX,
  KEPT_MAX,
  type KeptCheckpoint,
  keptSizes,
} from '../../../protocol/log/candidate.ts';
import { witnessNoteKey } from '../../../protocol/log/cosignature.ts';
import { decodeEdge, EMPTY_EDGE, encodeEdge, grown, rightmostTile, rootOfEdge } from '../../../protocol/log/grow.ts';
import { formatNoteKey } from '../../../protocol/log/note.ts';
import { parseWitnesses, WITNESSES_MAX } from '../../../protocol/log/witness-list.ts';
import { leafHash, merkleRoot } from '../../../protocol/merkle.ts';
import { keyPair } from '../../support/keys.ts';
import { newSeed, randomOf } from '../../support/random.ts';
import { TEST_WITNESS_KEYS, witnessesVariable } from '../../support/witnesses.ts';

/** `5:a 3:`: sizes with their cosigners, newest first. */
const kept = (text: string): KeptCheckpoint[] =>
  text.split(' ').map((one) => {
    const [size, cosigners] = one.split(':') as [string, string];
    return { size: BigInt(size), cosigners: [...cosigners] };
  });

describe('the candidate', () => {
  test.each([
    ['the first', undefined, '5:', 0, 5],
    ['still asked for', 3, '5: 3:a', 0, 3],
    ['complete', 3, '5: 3:ab', 0, 5],
    ['waited long enough', 3, '5: 3:a', CANDIDATE_MS, 5],
    ['almost', 3, '5: 3:a', CANDIDATE_MS - 1, 3],
    ['the newest already, however long', 5, '5:a 3:a', 10 * CANDIDATE_MS, 5],
    ['no longer kept', 4, '5: 3:a', 0, 5],
  ])('%s', (_, current, sizes, agoMs, next) => {
    const candidate = current === undefined ? undefined : { size: BigInt(current), sinceMs: 1000, earlier: [] };
    const found = candidateOf(candidate, kept(sizes), 2, 1000 + agoMs);
    expect(found.size).toBe(BigInt(next));
    if (candidate?.size === found.size) expect(found).toBe(candidate);
    else expect(found.sinceMs).toBe(1000 + agoMs);
  });

  test('without witnesses it is the newest; without checkpoints there is none', () => {
    expect(candidateOf({ size: 3n, sinceMs: 0, earlier: [] }, kept('5: 3:'), 0, 0).size).toBe(5n);
    expect(() => candidateOf(undefined, [], 2, 0)).toThrow(RangeError);
  });

  test('that was given up is still waited for, as the last three are; after a complete one none is', () => {
    const givenUp = (current: Candidate, sizes: string) => candidateOf(current, kept(sizes), 2, 1e9);
    const second = givenUp({ size: 3n, sinceMs: 0, earlier: [] }, '5: 3:a');
    expect(second).toMatchObject({ size: 5n, earlier: [3n] });
    const fifth = givenUp({ size: 5n, sinceMs: 0, earlier: [4n, 3n, 2n] }, '6: 5: 4:a 3:a 2:a');
    expect(fifth).toMatchObject({ size: 6n, earlier: [5n, 4n, 3n] });
    expect(fifth.earlier).toHaveLength(EARLIER_MAX);
    expect(givenUp({ size: 5n, sinceMs: 0, earlier: [4n] }, '6: 5:ab 4:a')).toMatchObject({ size: 6n, earlier: [] });
  });
});

describe('what is kept', () => {
  test.each([
    ['nobody has signed', '9: 8: 7:', 9, [], [9]],
    ['the candidate', '9: 8: 7:', 7, [], [9, 7]],
    ['earlier candidates', '9: 8: 7: 6:', 8, [6], [9, 8, 6]],
    ['more cosigners', '9: 8:a 7:a 6:ab 5:', 9, [], [9, 8, 6]],
    ['the same cosigners', '9:ab 8:a 7:ab', 9, [], [9]],
    ['another one, though fewer', '9:ab 8:c 7:b', 9, [], [9, 8]],
    ['the last of a slow one, behind two quick ones', '9:ab 8:ab 7:abc 6:abc', 9, [], [9, 7]],
    ['pairs that nobody else covers', '9:ab 8:bc 7:ca 6:abc 5:a', 9, [], [9, 8, 7, 6]],
  ])('%s', (_, sizes, candidate, earlier, left) => {
    const asked = { size: BigInt(candidate), sinceMs: 0, earlier: earlier.map(BigInt) };
    expect(keptSizes(kept(sizes), asked)).toEqual(left.map(BigInt));
  });

  /** Each checkpoint has another set of cosigners; all of them together would be kept. */
  test('is bounded, and whoever asks for one witness is given its last one all the same', () => {
    const all = 'abcdefghijklmnop';
    const pairs = [...all].flatMap((a, i) => [...all.slice(i + 1)].map((b) => a + b));
    const many = pairs.map((pair, i) => ({ size: BigInt(1000 - i), cosigners: [...pair] }));
    const sizes = keptSizes(many, { size: 1000n, sinceMs: 0, earlier: [] });
    expect(sizes).toHaveLength(KEPT_MAX);
    const first = (one: string) => many.find(({ cosigners }) => cosigners.includes(one))?.size;
    for (const one of all) expect(sizes).toContain(first(one));
  });

  test('answers every reader as if all were kept: k of any of four witnesses', () => {
    const seed = newSeed();
    const random = randomOf(seed);
    const subsets = Array.from({ length: 16 }, (_, bits) => [...'abcd'].filter((_, i) => (bits >> i) & 1));
    const newest = (list: readonly KeptCheckpoint[], of: readonly string[], k: number) =>
      list.find((one) => cosignersAmong(one, of) >= k)?.size;
    for (let run = 0; run < 200; run++) {
      const all = Array.from({ length: 12 }, (_, i) => ({
        size: BigInt(12 - i),
        cosigners: subsets[Math.floor(random() * 16)] as string[],
      }));
      const sizes = keptSizes(all, { size: 12n, sinceMs: 0, earlier: [] });
      const left = all.filter(({ size }) => sizes.includes(size));
      for (const of of subsets)
        for (let k = 0; k <= of.length; k++) expect(newest(left, of, k), `seed ${seed}`).toBe(newest(all, of, k));
    }
  });
});

describe('a list of witnesses', () => {
  const [first, second] = witnessesVariable().split('\n') as [string, string];

  test('is read as it is written', () => {
    expect(parseWitnesses(witnessesVariable())).toEqual({ ok: true, value: TEST_WITNESS_KEYS });
    expect(parseWitnesses(`  ${first}   ${second}\n`)).toMatchObject({ ok: true });
    expect(parseWitnesses('')).toEqual({ ok: true, value: [] });
  });

  const many = Array.from({ length: WITNESSES_MAX + 1 }, (_, i) =>
    formatNoteKey(witnessNoteKey({ name: `w${i}`, publicKey: keyPair(`many/${i}`).key })),
  );
  test.each([
    ['something else', 'x'],
    ['a key of another type', formatNoteKey({ name: 'log', type: 1, publicKey: keyPair('log').key })],
    ['the same twice', `${first} ${first}`],
    [
      'a key under two names',
      `${first} ${formatNoteKey({ name: 'w', type: 4, publicKey: keyPair('witness.test/1').key })}`,
    ],
    [
      'a name with two keys',
      `${first} ${formatNoteKey({ name: 'witness.test/1', type: 4, publicKey: keyPair('x').key })}`,
    ],
    ['too many', many.join(' ')],
  ])('with %s is refused', (_, text) => expect(parseWitnesses(text)).toMatchObject({ code: 'invalid_field' }));

  test('as many as there may be', () => expect(parseWitnesses(many.slice(1).join(' '))).toMatchObject({ ok: true }));
});

describe('the edge of a tree', () => {
  const leaves = Array.from({ length: 1200 }, (_, i) => Uint8Array.of(i & 255, i >> 8));
  const hashes = (from: number, to: number) =>
    Uint8Array.from(leaves.slice(from, to).flatMap((leaf) => [...leafHash(leaf)]));

  test('grows by any pieces to the same tree, and gives away each tile once', () => {
    for (const piece of [1, 100, 256, 300, 1200]) {
      let edge = EMPTY_EDGE;
      const given: string[] = [];
      for (let from = 0; from < leaves.length; from += piece) {
        const to = Math.min(from + piece, leaves.length);
        const next = grown(edge, hashes(from, to));
        edge = next.edge;
        given.push(...next.full.map(({ level, index }) => `${level}/${index}`));
        if (from % 300 === 0) expect(rootOfEdge(edge)).toEqual(merkleRoot(leaves.slice(0, to)));
      }
      expect(given).toEqual(['0/0', '0/1', '0/2', '0/3']);
      expect(rootOfEdge(edge)).toEqual(merkleRoot(leaves));
      expect(decodeEdge(encodeEdge(edge))).toEqual(edge);
      expect(rightmostTile(edge, 1)).toEqual({ level: 1, index: 0n, width: 4 });
      expect(rightmostTile(edge, 'entries')).toEqual({ level: 'entries', index: 4n, width: 176 });
    }
  });

  test('of another size than its tiles is refused', () => {
    const { edge } = grown(EMPTY_EDGE, hashes(0, 300));
    for (const size of [299n, 301n, 44n, 300n + 65_536n]) {
      expect(() => decodeEdge(encodeEdge({ ...edge, size }))).toThrow('no edge');
    }
  });
});
