/** What a region offers for a block: the oldest, and no more than a block holds. */
import { runInDurableObject } from 'cloudflare:test';
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { swapLeaves } from '../../durable-objects/region/held-leaves.ts';
import { Mempool } from '../../durable-objects/region/mempool.ts';
import type { Region } from '../../durable-objects/region/region.ts';
import { BLOCK_SWAP_CLAIMS_MAX, withoutSpareClaimBytes } from '../../protocol/block/swap-claims.ts';
import { type Hash, taggedHash } from '../../protocol/hash.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import { regionStub } from '../../workers/env.ts';
import { forgetNetwork, networkOf } from '../../workers/network.ts';
import { keyPair } from '../support/keys.ts';
import { signedTransaction, testNetwork } from '../support/network.ts';
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

it('several are added in their order, in the place of those that were refused unsealed; of what is pending none is added twice', () =>
  runInDurableObject(regionStub(workerEnv, 'sam') as never, (_instance, { storage: { sql } }) => {
    sql.exec('DELETE FROM mempool');
    const mempool = new Mempool(sql);
    const [sender, payer] = [taggedHash('sender'), taggedHash('payer')];
    const all = Array.from({ length: 20 }, (_entry, i) => {
      const bytes = new Uint8Array(BYTES).fill(i);
      return { hash: taggedHash('tx', bytes), bytes, sender, nonce: BigInt(i), reservedZhi: 10n ** 18n - BigInt(i) };
    });
    mempool.addAll([], 0);
    mempool.addAll(all.slice(0, 3), 0);
    mempool.refuse(all[1]?.hash as Hash, 'nonce_used');
    mempool.addAll([...all.slice(3, 19), { ...(all[1] as (typeof all)[0]), payer }, all[19] as (typeof all)[0]], 5);
    const order = [all[0], all[2], ...all.slice(3, 19), all[1], all[19]];
    expect(mempool.pending(100, 1e6)).toEqual(order.map((one) => one?.bytes));
    const rows = sql.exec('SELECT nonce, reserved, payer, received FROM mempool ORDER BY seq').toArray();
    expect(rows.map(({ nonce, reserved }) => [nonce, reserved])).toEqual(
      order.map((one) => [String(one?.nonce), String(one?.reservedZhi)]),
    );
    expect(rows.map((row) => row.payer !== null)).toEqual(order.map((one) => one === all[1]));
    expect(rows.map((row) => row.received)).toEqual(order.map((one) => (one === all[0] || one === all[2] ? 0 : 5)));
    expect(() => mempool.addAll([all[5] as (typeof all)[0]], 6)).toThrow('UNIQUE');
    expect(mempool.pending(100, 1e6)).toHaveLength(order.length);
  }));

it('what was applied is forgotten, unless it holds a leaf; what was refused is kept, and either is told once', () =>
  runInDurableObject(regionStub(workerEnv, 'sam') as never, (_instance, { storage: { sql } }) => {
    sql.exec('DELETE FROM mempool');
    const mempool = new Mempool(sql);
    const [applied, partly, refused, claim, waiting] = ['applied', 'partly', 'refused', 'claim', 'waiting'].map(
      (name) => taggedHash(name),
    ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    for (const [i, hash] of [applied, partly, refused, claim, waiting].entries())
      mempool.add({ hash, bytes: hash, sender: taggedHash('sender'), nonce: BigInt(i), reservedZhi: 0n }, 0);
    mempool.leaves.hold([{ batch: taggedHash('batch'), index: 0 }], claim);
    const outcomes = [
      { hash: applied, entries: [0], index: 0 },
      { hash: partly, entries: [0, 404], index: 1 },
      { hash: refused, entries: [303], index: 2 },
      { hash: claim, entries: [0], index: 3 },
    ];
    const told = outcomes.map(({ hash }) => bytesToHex(hash));
    expect([...mempool.takeFinal(outcomes, 7n)].sort()).toEqual(told.sort());
    expect([...mempool.takeFinal(outcomes, 7n)]).toEqual([]);
    expect(mempool.bytes(applied)).toBeUndefined();
    for (const hash of [partly, refused, claim, waiting]) expect(mempool.bytes(hash)).toEqual(hash);
    expect(mempool.pending(10, 1e6)).toEqual([waiting]);
  }));

it('takes one again that was refused unsealed: at once, and when the object has begun anew', () =>
  runInDurableObject(regionStub(workerEnv, 'sam') as never, (_instance, { storage: { sql } }) => {
    sql.exec('DELETE FROM mempool');
    const hash = taggedHash('refused unsealed');
    const again = (mempool: Mempool) =>
      mempool.add({ hash, bytes: hash, sender: taggedHash('sender'), nonce: 0n, reservedZhi: 0n }, 0);
    const mempool = new Mempool(sql);
    again(mempool);
    // Pending: whoever adds it twice did not look.
    expect(() => again(mempool)).toThrow('UNIQUE');
    for (const next of [mempool, new Mempool(sql)]) {
      expect(mempool.refuse(hash, 'nonce_gap')).toBe(true);
      expect(mempool.pending(10, 1e6)).toEqual([]);
      again(next);
      expect(mempool.pending(10, 1e6)).toEqual([hash]);
    }
    mempool.refuse(hash, 'nonce_gap');
    mempool.sweep(1e12, []);
    again(mempool);
    expect(mempool.pending(10, 1e6)).toEqual([hash]);
    sql.exec('DELETE FROM mempool');
  }));

describe('swap claims', () => {
  beforeAll(async () => {
    forgetNetwork();
    await networkOf(workerEnv);
  });

  const relayer = taggedHash('relayer');
  const bytesOf = (type: TxTypeName, nonce: number) =>
    signedTransaction(testNetwork(), { by: keyPair('relayer'), type, nonce: BigInt(nonce), body: new Uint8Array() });
  const add = (mempool: Mempool, bytes: Uint8Array, nonce = 0) => {
    const hash = transactionHash(bytes);
    mempool.add({ hash, bytes, sender: relayer, nonce: BigInt(nonce), reservedZhi: 0n }, 0);
    return hash;
  };
  const inRegion = (run: (region: Region, mempool: Mempool) => unknown) =>
    runInDurableObject(regionStub(workerEnv, 'sam') as never, async (region: Region, { storage: { sql } }) => {
      for (const table of ['mempool', 'held_leaf']) sql.exec(`DELETE FROM ${table}`);
      await run(region, new Mempool(sql));
      sql.exec('DELETE FROM mempool');
    });

  it('that a block has no room for keep nothing out of it that is behind them', () =>
    inRegion(async (region, mempool) => {
      const claims = Array.from({ length: BLOCK_SWAP_CLAIMS_MAX + 50 }, (_, i) => bytesOf('swapIn', i));
      for (const [i, bytes] of claims.entries()) add(mempool, bytes, i);
      const behind = bytesOf('transfer', 999);
      add(mempool, behind);
      const pulled = await region.pull(BLOCK_SWAP_CLAIMS_MAX + 10);
      expect(pulled).toEqual([...claims.slice(0, BLOCK_SWAP_CLAIMS_MAX), behind]);
      expect(mempool.pending(5, 1e6)).toEqual(claims.slice(0, 5));
      expect([0, 1].map((more) => mempool.hasSwapClaims(claims.length + more))).toEqual([true, false]);
    }));

  it('of all regions together take nobody’s place in a block either', () => {
    const lists = ['a', 'b'].map((_, region) =>
      Array.from({ length: BLOCK_SWAP_CLAIMS_MAX }, (_one, i) => bytesOf('swapIn', 1000 * region + i)),
    );
    const others = Array.from({ length: 3 }, (_, i) => bytesOf('transfer', i));
    const taken = withoutSpareClaimBytes([...lists.flat(), ...others]);
    expect(taken).toEqual([...(lists[0] ?? []), ...others]);
    expect(withoutSpareClaimBytes([new Uint8Array()])).toHaveLength(1);
  });

  it('hold their record and their lock until they are refused', () =>
    inRegion((_, mempool) => {
      const lock = { txHash: taggedHash('lock'), logIndex: 7 };
      const asked = swapLeaves({ set: taggedHash('set'), index: 3, lock });
      expect(asked).toHaveLength(2);
      // The same lock, listed by another set; another event of its transaction.
      const elsewhere = swapLeaves({ set: taggedHash('other set'), index: 5, lock });
      const beside = swapLeaves({ set: taggedHash('set'), index: 4, lock: { ...lock, logIndex: 8 } });
      const held = (leaves = asked) => leaves.map((leaf) => mempool.leaves.has(leaf));
      const [first, second, third] = [1, 2, 3].map((nonce) => add(mempool, bytesOf('swapIn', nonce))) as [
        Hash,
        Hash,
        Hash,
      ];
      mempool.leaves.hold(asked, first);
      expect([held(), held(elsewhere), held(beside)]).toEqual([
        [true, true],
        [false, true],
        [false, false],
      ]);
      mempool.refuse(first, 'nonce_used');
      expect(held()).toEqual([false, false]);
      mempool.leaves.hold(asked, second);
      mempool.takeFinal([{ hash: second, entries: [317], index: 0 }], 7n);
      expect(held()).toEqual([false, false]);
      mempool.leaves.hold(asked, third);
      mempool.takeFinal([{ hash: third, entries: [0], index: 0 }], 8n);
      expect(held()).toEqual([true, true]);
      expect(mempool.bytes(third)).toBeDefined();
    }));
});
