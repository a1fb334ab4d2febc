/** What a region keeps of accounts: those that it was asked for, and never an older leaf than a notice has brought. */
import { runInDurableObject } from 'cloudflare:test';
import { bytesToHex } from '@noble/hashes/utils.js';
import { expect, it } from 'vitest';
import { Accounts } from '../../durable-objects/region/accounts.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { type Account, encodeAccount } from '../../protocol/state/account.ts';
import type { Zhi } from '../../protocol/units.ts';
import { regionStub } from '../../workers/env.ts';
import { keyPair } from '../support/keys.ts';
import { workerEnv } from './region-demander.ts';

const REGION = 1;
const [asked, other] = ['accounts/asked', 'accounts/other'].map((name) => keyPair(name).key) as [
  Uint8Array,
  Uint8Array,
];
const account = (nonce: bigint): Account => ({ balanceZhi: 5n as Zhi, nonce, homeRegion: REGION });
const notice = (key: Uint8Array, nonce: bigint, height: bigint) => ({
  key,
  leaf: encodeAccount(account(nonce)),
  height,
});

/** A ledger at height 1 whose accounts have nonce 1, answering when the test says so. */
function slowLedger() {
  let answer = () => {};
  const asking = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const ledger = {
    tip: async () => ({ height: 1n }),
    account: () => asking.then(() => account(1n)),
    accounts: (keys: Uint8Array[]) => asking.then(() => keys.map((key) => ({ key, value: account(1n) }))),
  };
  return { ledger: () => ledger as unknown as Ledger, answer };
}

const inRegion = (test: (sql: SqlStorage) => Promise<void>) =>
  runInDurableObject(regionStub(workerEnv, 'afr') as never, (_instance, { storage }) => {
    storage.sql.exec('DELETE FROM account');
    return test(storage.sql);
  });

it('takes notices of accounts that it has, and keeps nothing of others', () =>
  inRegion(async (sql) => {
    const { ledger, answer } = slowLedger();
    answer();
    const accounts = new Accounts(sql, ledger);
    expect(await accounts.load(asked, 0)).toEqual(account(1n));
    accounts.takeNotices([notice(asked, 2n, 2n), notice(other, 7n, 2n)]);
    expect([accounts.find(asked), accounts.find(other)]).toEqual([account(2n), undefined]);
    accounts.takeNotices([notice(asked, 1n, 1n)]);
    expect(accounts.find(asked)).toEqual(account(2n));
    // Asked for by now: from the ledger.
    expect(await accounts.load(other, 0)).toEqual(account(1n));
  }));

it.each([
  ['one', (accounts: Accounts) => accounts.load(asked, 0)],
  ['several', (accounts: Accounts) => accounts.loadAll([asked, other], REGION, 0)],
] as const)('keeps the notice of an account that it is just asking the ledger for, alone or with %s', (_, load) =>
  inRegion(async (sql) => {
    const { ledger, answer } = slowLedger();
    const accounts = new Accounts(sql, ledger);
    const loading = load(accounts);
    const again = accounts.load(asked, 0);
    accounts.takeNotices([notice(asked, 2n, 2n)]);
    answer();
    await Promise.all([loading, again]);
    expect(accounts.find(asked)).toEqual(account(2n));
    accounts.takeNotices([notice(asked, 3n, 3n)]);
    expect(accounts.find(asked)).toEqual(account(3n));
  }),
);

it('says the same once it begins anew, and of more accounts than it holds in memory', () =>
  inRegion(async (sql) => {
    const { ledger } = slowLedger();
    const accounts = new Accounts(sql, ledger);
    const keys = Array.from({ length: 5_000 }, (_, i) => {
      const key = new Uint8Array(32);
      new DataView(key.buffer).setUint32(0, i);
      return key;
    });
    const leavesAt = (height: bigint) => keys.map((key, i) => notice(key, BigInt(i) + height, height));
    const expected = (height: bigint) => keys.map((_, i) => account(BigInt(i) + height));
    const found = (of: Accounts) => keys.map((key) => of.find(key));
    accounts.takeAllFinal(leavesAt(1n));
    expect(found(accounts)).toEqual(expected(1n));
    accounts.takeNotices(leavesAt(3n));
    // Of before: neither what is held nor the table goes back.
    accounts.takeNotices(leavesAt(2n));
    accounts.takeAllFinal(leavesAt(2n));
    expect(found(accounts)).toEqual(expected(3n));
    const views = accounts.views(keys);
    expect(keys.map((key) => views.get(bytesToHex(key))?.nextNonce)).toEqual(keys.map((_, i) => BigInt(i) + 3n));
    expect(found(new Accounts(sql, ledger))).toEqual(expected(3n));
  }));
