import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { UntrustedError } from '../../../clients/sdk/errors.ts';
import { openResult } from '../../../clients/sdk/open-result.ts';
import { resultRoot, resultSalt } from '../../../protocol/order/results.ts';
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
