/** What a log's head, which is public, tells of results that are easily guessed. */
import { expect, test } from 'vitest';
import type { Hash } from '../../../protocol/hash.ts';
import { resultSalt } from '../../../protocol/order/results.ts';
import { jobHash, NO_JOB, tablePredictionHash } from '../../../protocol/order/search-log.ts';
import { logHead } from '../../../protocol/order/worklog.ts';
import { hpuCycles } from '../../../protocol/units.ts';

const [own, other] = [1, 2].map((byte) => resultSalt(new Uint8Array(32).fill(byte))) as [Hash, Hash];
const EMPTY = new Uint8Array(0);
const order = new Uint8Array(32).fill(3);
/** A prediction of one row by a clustering of 64. */
const guesses = Array.from({ length: 64 }, (_, cluster) => new Uint8Array(Float32Array.of(cluster).buffer));
const headOf = (salt: Hash, result: Uint8Array) =>
  logHead(order, 1, [{ chunk: 0, stateHash: tablePredictionHash(salt, result), cycles: hpuCycles(8n) }]);

test('whoever has the content key finds the result of a head; whoever has another key finds none', () => {
  const said = headOf(own, guesses[5] as Uint8Array);
  const found = (salt: Hash) =>
    guesses.flatMap((guess, i) => (Buffer.compare(headOf(salt, guess), said) === 0 ? i : []));
  expect(found(own)).toEqual([5]);
  expect(found(other)).toEqual([]);
});

test('links of a job are of its order, even where two jobs gave the same', () => {
  const failed = Uint8Array.of(7);
  expect(jobHash(own, EMPTY, failed)).toEqual(jobHash(own, EMPTY, failed));
  expect(jobHash(own, EMPTY, failed)).not.toEqual(jobHash(other, EMPTY, failed));
  expect(jobHash(own, EMPTY, failed)).not.toEqual(jobHash(own, failed, EMPTY));
  expect(jobHash(own, EMPTY, EMPTY)).not.toEqual(NO_JOB);
});
