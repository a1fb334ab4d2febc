/** What a region keeps of accounts: those that it was asked for, and never an older leaf than a notice has brought. */
import { runInDurableObject } from 'cloudflare:test';
import { bytesToHex } from '@noble/hashes/utils.js';
import { expect, it } from 'vitest';
import { Accounts } from '../../durable-objects/region/accounts.ts';
import type { RegionContext } from '../../durable-objects/region/context.ts';
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

const newer: Record<string, (accounts: Accounts) => void> = {
  notice: (accounts) => accounts.takeNotices([notice(asked, 3n, 3n)]),
  'reading of the ledger': (accounts) => accounts.takeAllFinal([notice(asked, 3n, 3n)]),
};
it.each(Object.entries(newer))('follows a newer %s with what it holds in memory, and no older one', (_, take) =>
  inRegion(async (sql) => {
    const { ledger } = slowLedger();
    const accounts = new Accounts(sql, ledger);
    accounts.takeAllFinal([notice(asked, 1n, 1n)]);
    expect(accounts.find(asked)).toEqual(account(1n));
    take(accounts);
    accounts.takeNotices([notice(asked, 2n, 2n)]);
    accounts.takeAllFinal([notice(asked, 2n, 2n)]);
    expect(accounts.find(asked)).toEqual(account(3n));
    expect(new Accounts(sql, ledger).find(asked)).toEqual(account(3n));
  }),
);

it('holds nothing of a transaction that was undone', () =>
  runInDurableObject(regionStub(workerEnv, 'afr') as never, (instance) => {
    const { context } = instance as unknown as { context: RegionContext };
    const { accounts } = context;
    context.ctx.storage.sql.exec('DELETE FROM account');
    accounts.forget();
    accounts.takeAllFinal([notice(asked, 1n, 1n)]);
    expect(accounts.find(asked)).toEqual(account(1n));
    const undone = () =>
      context.transaction(() => {
        accounts.takeAllFinal([notice(asked, 2n, 2n), notice(other, 2n, 2n)]);
        expect([accounts.find(asked), accounts.find(other)]).toEqual([account(2n), account(2n)]);
        throw new Error('undone');
      });
    expect(undone).toThrow('undone');
    expect([accounts.find(asked), accounts.find(other)]).toEqual([account(1n), undefined]);
  }));

it('knows of as many accounts as the table has, whatever it holds in memory', () =>
  inRegion(async (sql) => {
    const { ledger } = slowLedger();
    const accounts = new Accounts(sql, ledger);
    const keys = Array.from({ length: 5_000 }, (_, i) => {
      const key = new Uint8Array(32);
      new DataView(key.buffer).setUint32(0, i);
      return key;
    });
    accounts.takeAllFinal(keys.map((key, i) => notice(key, BigInt(i), 1n)));
    const views = accounts.views(keys);
    expect(keys.map((key) => views.get(bytesToHex(key))?.nextNonce)).toEqual(keys.map((_, i) => BigInt(i)));
    expect(keys.map((key) => accounts.find(key)?.nonce)).toEqual(keys.map((_, i) => BigInt(i)));
  }));
