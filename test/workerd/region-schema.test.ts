/** Tables of a region's object: new ones, and those of an object that was there before a column was. */
import { runInDurableObject } from 'cloudflare:test';
import { hexToBytes } from '@noble/hashes/utils.js';
import { expect, it } from 'vitest';
import { Accounts } from '../../durable-objects/region/accounts.ts';
import { KEY_KEPT_MS } from '../../durable-objects/region/kept.ts';
import { Mempool } from '../../durable-objects/region/mempool.ts';
import { createTables } from '../../durable-objects/region/schema.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import type { Zhi } from '../../protocol/units.ts';
import { regionStub } from '../../workers/env.ts';
import { keyPair } from '../support/keys.ts';
import { workerEnv } from './region-demander.ts';

const OLD = `
DROP TABLE mempool;
CREATE TABLE mempool(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL, sender BLOB NOT NULL,
  nonce TEXT NOT NULL, reserved TEXT NOT NULL, status TEXT NOT NULL, code TEXT, entries TEXT, height TEXT, idx INTEGER, received INTEGER NOT NULL
) STRICT;
`;
const payer = keyPair('schema/payer').key;
const bearer = keyPair('schema/bearer').key;
const hash = (n: number) => taggedHash('test', Uint8Array.of(n));
const account = (balanceZhi: bigint, nonce: bigint) =>
  encodeAccount({ balanceZhi: balanceZhi as Zhi, nonce, homeRegion: 1 });

function expenses(sql: SqlStorage): void {
  for (let wakes = 0; wakes < 2; wakes++) createTables(sql);
  const mempool = new Mempool(sql);
  const accounts = new Accounts(sql, () => {
    throw new Error('asks the ledger');
  });
  accounts.takeFinal(payer, account(1000n, 4n), 1n);
  accounts.takeFinal(bearer, account(0n, 0n), 1n);
  const bytes = Uint8Array.of(1);
  mempool.add({ hash: hash(1), bytes, sender: payer, nonce: 4n, reservedZhi: 10n }, 0);
  mempool.add({ hash: hash(2), bytes, sender: bearer, nonce: 0n, reservedZhi: 300n, payer }, 0);
  mempool.add({ hash: hash(3), bytes, sender: bearer, nonce: 1n, reservedZhi: 7n }, 0);
  const seen = (view: ReturnType<Accounts['view']>) => [view?.reservedZhi, view?.nextNonce, view?.pending];
  expect([payer, bearer].map((key) => seen(accounts.view(key)))).toEqual([
    [310n, 5n, 1],
    [7n, 2n, 2],
  ]);
  for (const [id, view] of accounts.views([payer, bearer]))
    expect(seen(view)).toEqual(seen(accounts.view(hexToBytes(id))));
  expect(mempool.sponsoredZhi(bearer, payer, 0n)).toBe(300n);
  expect(mempool.sponsoredZhi(bearer, payer, 1n)).toBe(0n);
  mempool.takeFinal([{ hash: hash(2), entries: [0], index: 0 }], 2n);
  expect(seen(accounts.view(payer))).toEqual([10n, 5n, 1]);
  expect(mempool.sponsoredZhi(bearer, payer, 0n)).toBe(0n);
}

it.each([
  ['new', 'oc', ''],
  ['made before', 'me', OLD],
] as const)('an object that is %s counts at whose expense a transaction is', async (_, region, script) => {
  await runInDurableObject(regionStub(workerEnv, region) as never, (_instance, { storage }) => {
    if (script) storage.sql.exec(script);
    expenses(storage.sql);
  });
});

it('a leaf is held for a claim until that is refused or dropped, or its outcome is swept', async () => {
  await runInDurableObject(regionStub(workerEnv, 'afr') as never, (_instance, { storage }) => {
    const mempool = new Mempool(storage.sql);
    const leaf = { batch: hash(9), index: 3 };
    const held = () => mempool.leaves.has(leaf);
    const claim = () => {
      mempool.leaves.hold([leaf], hash(4));
      mempool.add({ hash: hash(4), bytes: hash(4), sender: payer, nonce: 0n, reservedZhi: 0n }, 0);
    };
    const others = () => {
      mempool.takeFinal([{ hash: hash(5), entries: [0], index: 0 }], 2n);
      mempool.refuse(hash(5), 'nonce_used');
      mempool.dropPendingFrom(bearer);
      mempool.sweep(2 * KEY_KEPT_MS, []);
    };
    const sealed = () => {
      mempool.takeFinal([{ hash: hash(4), entries: [0], index: 0 }], 2n);
      mempool.refuse(hash(4), 'nonce_used');
      mempool.sweep(KEY_KEPT_MS, []);
      expect(held()).toBe(true);
      mempool.sweep(KEY_KEPT_MS + 1, []);
    };
    const ends = [() => mempool.refuse(hash(4), 'tx_expired'), () => mempool.dropPendingFrom(payer), sealed];
    for (const end of ends) {
      expect(held()).toBe(false);
      claim();
      others();
      expect(held()).toBe(true);
      expect(mempool.leaves.has({ ...leaf, index: 2 })).toBe(false);
      end();
    }
    expect(held()).toBe(false);
  });
});
