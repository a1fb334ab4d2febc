/** What a region offers for a block: the oldest, and no more than a block holds. */
import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { Mempool } from '../../durable-objects/region/mempool.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { regionStub } from '../../workers/env.ts';
import { workerEnv } from './region-demander.ts';

const BYTES = 400;

it.each([
  ['by number', 3, 1e6, 3],
  ['by bytes, the one that passes the bound included', 10, 2 * BYTES + 1, 3],
  ['by bytes, up to the bound itself', 10, 2 * BYTES, 2],
  ['all there is', 10, 1e6, 5],
])('the oldest are offered: %s', (_, limit, bytesMax, expected) =>
  runInDurableObject(regionStub(workerEnv, 'sam') as never, (_instance, { storage: { sql } }) => {
    sql.exec('DELETE FROM mempool');
    const mempool = new Mempool(sql);
    const sender = taggedHash('sender');
    const all = Array.from({ length: 5 }, (_entry, i) => new Uint8Array(BYTES).fill(i));
    for (const [i, bytes] of all.entries()) {
      mempool.add({ hash: taggedHash('tx', bytes), bytes, sender, nonce: BigInt(i), reservedZhi: 0n }, 0);
    }
    expect(mempool.pending(limit, bytesMax)).toEqual(all.slice(0, expected));
  }),
);
