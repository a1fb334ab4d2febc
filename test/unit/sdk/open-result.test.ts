import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { UntrustedError } from '../../../clients/sdk/errors.ts';
import { openResult } from '../../../clients/sdk/open-result.ts';
import { resultRoot, resultSalt } from '../../../protocol/order/results.ts';
import { tileLength } from '../../../protocol/order/tiled-result.ts';
import { newContentKey, sealContent } from '../../../sealing/content.ts';

const key = newContentKey();
const plaintext = utf8ToBytes('abcdef');
const rows = (bytes: Uint8Array) => [bytes.slice(0, 3), bytes.slice(3)];
const orderOf = (leaves: Uint8Array[], contentKey = key) => ({
  id: 'o',
  results: leaves.length,
  resultRoot: bytesToHex(resultRoot(resultSalt(contentKey), leaves)),
});

describe('opening a result', () => {
  it('gives what the root commits to, whole or by rows', async () => {
    const sealed = await sealContent(key, 'result', plaintext);
    expect(await openResult(orderOf([plaintext]), key, sealed)).toEqual(plaintext);
    expect(await openResult(orderOf(rows(plaintext)), key, sealed, rows)).toEqual(plaintext);
  });

  it('refuses everything else', async () => {
    const sealed = await sealContent(key, 'result', plaintext);
    const other = await sealContent(key, 'result', utf8ToBytes('abcdeg'));
    const trace = await sealContent(key, 'trace', plaintext);
    const refused = [
      () => openResult(orderOf([plaintext]), newContentKey(), sealed),
      () => openResult(orderOf([plaintext]), key, other),
      () => openResult(orderOf([plaintext]), key, trace),
      () => openResult(orderOf([plaintext]), key, sealed.subarray(1)),
      () => openResult(orderOf(rows(plaintext)), key, sealed),
      () => openResult(orderOf([plaintext], newContentKey()), key, sealed),
      () => openResult({ ...orderOf([plaintext]), resultRoot: null }, key, sealed),
      () => openResult({ ...orderOf([plaintext]), results: 2 }, key, sealed),
    ];
    for (const attempt of refused) await expect(attempt()).rejects.toBeInstanceOf(UntrustedError);
  });
});

describe('opening a result in tiles', () => {
  const join = (tiles: readonly Uint8Array[]) => concatBytes(...tiles);
  const leaves = rows(plaintext);
  const order = { ...orderOf(leaves), tiles: 2 };
  const framed = (tiles: readonly Uint8Array[]) =>
    concatBytes(...tiles.flatMap((tile) => [tileLength(tile.length), tile]));
  const sealedTiles = () => Promise.all(leaves.map((leaf) => sealContent(key, 'result', leaf)));

  it('gives the joined plaintext that the one root commits to', async () => {
    expect(await openResult(order, key, framed(await sealedTiles()), rows, join)).toEqual(plaintext);
    const whole = { ...orderOf(leaves), tiles: null };
    expect(await openResult(whole, key, await sealContent(key, 'result', plaintext), rows, join)).toEqual(plaintext);
  });

  it('refuses tiles that are missing, exchanged, false, under another key or not framed', async () => {
    const [one, two] = (await sealedTiles()) as [Uint8Array, Uint8Array];
    const foreign = await sealContent(newContentKey(), 'result', leaves[1] as Uint8Array);
    const trace = await sealContent(key, 'trace', leaves[1] as Uint8Array);
    const other = await sealContent(key, 'result', utf8ToBytes('deg'));
    for (const tiles of [[one], [two, one], [one, two, two], [one, foreign], [one, trace], [one, other], [one, one]]) {
      await expect(openResult(order, key, framed(tiles), rows, join)).rejects.toBeInstanceOf(UntrustedError);
    }
    await expect(openResult(order, key, one, rows, join)).rejects.toBeInstanceOf(UntrustedError);
    await expect(openResult(order, key, framed([one, two]).subarray(0, -1), rows, join)).rejects.toBeInstanceOf(
      UntrustedError,
    );
  });

  it('needs to be told how they are joined', async () => {
    await expect(openResult(order, key, framed(await sealedTiles()), rows)).rejects.toBeInstanceOf(RangeError);
  });
});
