import type { DatabaseSync } from 'node:sqlite';
import { bytesToHex } from '@noble/hashes/utils.js';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { readAccount } from '../../../ledger/accounts.ts';
import { exactIn, HEX_BYTES_MAX } from '../../../ledger/exact.ts';
import { account, block, webhook } from '../../../ledger/schema.ts';
import { builder, insertRows, JSON_CHUNK_BYTES_MAX, statementOf, upsertRows } from '../../../ledger/statement.ts';
import { queryOver } from '../../../ledger/store.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { migratedDatabase, runBatch, sqliteStore } from '../../support/sqlite-store.ts';

const KEY = new Uint8Array(32).fill(7);
const row = (balance: bigint, nonce = 0n) => ({ key: KEY, balance, nonce, homeRegion: 3, updatedHeight: 0n });

let db: DatabaseSync;
beforeEach(() => {
  db = migratedDatabase();
});

describe('integers', () => {
  test.each([0n, 1n, 9_007_199_254_740_991n, 9_007_199_254_740_993n, 999_999_999_999_999_999n, 10n ** 18n])(
    '%s zhi comes back as it went in',
    async (balance) => {
      runBatch(db, insertRows(account, [row(balance)]));
      expect((await readAccount(queryOver(sqliteStore(db)), KEY))?.balanceZhi).toBe(balance);
      expect(db.prepare('SELECT typeof(balance) AS type FROM account').get()).toEqual({ type: 'integer' });
    },
  );

  test('any balance and nonce, by any of the two ways in', async () => {
    const query = queryOver(sqliteStore(db));
    await fc.assert(
      fc.asyncProperty(
        fc.bigInt({ min: 0n, max: 10n ** 18n }),
        fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
        async (balance, nonce) => {
          runBatch(db, upsertRows(account, [row(balance, nonce)], 'key', ['balance', 'nonce']));
          expect(await readAccount(query, KEY)).toEqual({ balanceZhi: balance, nonce, homeRegion: 3 });
          await query.update(account).set({ balance, nonce }).where(eq(account.balance, balance));
          expect(await readAccount(query, KEY)).toEqual({ balanceZhi: balance, nonce, homeRegion: 3 });
        },
      ),
    );
  });

  test('beyond int64 is refused, not clamped', () => {
    expect(() => exactIn(1n << 63n)).toThrow(RangeError);
    expect(() => exactIn(-(1n << 63n) - 1n)).toThrow(RangeError);
    expect(() => insertRows(account, [row(1n << 63n)])).toThrow(RangeError);
    expect(() => exactIn((1n << 63n) - 1n)).not.toThrow();
  });

  test('a bare integer column is never read', async () => {
    runBatch(db, insertRows(account, [row(1n)]));
    const query = queryOver(sqliteStore(db));
    await expect(query.select({ balance: account.balance }).from(account)).rejects.toThrow('without exactOut');
  });
});

describe('STRICT and CHECK refuse', () => {
  const insert = (values: string) => () =>
    db.exec(`INSERT INTO account (key, balance, nonce, home_region, updated_height) VALUES (${values})`);
  const key = `x'${bytesToHex(KEY)}'`;

  test.each([
    ['a REAL balance with a fraction', `${key}, 1.5, 0, 0, 0`, /cannot store REAL value in INTEGER column/],
    ['a balance that overflowed to REAL', `${key}, 9223372036854775807 + 1, 0, 0, 0`, /REAL value in INTEGER/],
    ['text that is no number', `${key}, 'ten', 0, 0, 0`, /cannot store TEXT value in INTEGER column/],
    ['a negative balance', `${key}, -1, 0, 0, 0`, /CHECK constraint failed: balance/],
    ['a balance above the supply', `${key}, 1000000000000000001, 0, 0, 0`, /CHECK constraint failed: balance/],
    ['a negative nonce', `${key}, 0, -1, 0, 0`, /CHECK constraint failed: nonce/],
    ['a tenth region', `${key}, 0, 0, 9, 0`, /CHECK constraint failed: home_region/],
    ['a short key', `x'00', 0, 0, 0, 0`, /CHECK constraint failed: length\(key\)/],
    ['a text key', `'${'a'.repeat(32)}', 0, 0, 0, 0`, /cannot store TEXT value in BLOB column/],
    ['no key', `NULL, 0, 0, 0, 0`, /NOT NULL constraint failed/],
  ])('%s', (_, values, message) => {
    expect(insert(values)).toThrow(message);
  });

  test('the twin of them all is taken', () => {
    expect(insert(`${key}, 1000000000000000000, 0, 8, 0`)).not.toThrow();
  });
});

describe('bytes', () => {
  test('any blob comes back as it went in, directly and through JSON', async () => {
    const query = queryOver(sqliteStore(db));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (blob) => {
        db.exec('DELETE FROM block');
        const cells = { hash: KEY, timeMs: 0n, header: blob, body: blob, certificate: blob };
        runBatch(db, insertRows(block, [{ ...cells, height: 1n }]));
        await query.delete(block);
        await query.insert(block).values({ ...cells, height: 2n });
        const [read] = await query.select({ header: block.header }).from(block);
        expect(read?.header).toEqual(blob);
      }),
    );
  });
});

describe('long bytes', () => {
  test.each([255, 256, HEX_BYTES_MAX, HEX_BYTES_MAX + 1])(
    'of %i are written, changed and looked for as they are',
    async (length) => {
      const query = queryOver(sqliteStore(db));
      const body = Uint8Array.from({ length }, (_, i) => (i * 31) & 255);
      const other = Uint8Array.from(body).fill(9, length - 1);
      await query
        .insert(block)
        .values({ height: 1n, hash: KEY, timeMs: 0n, header: KEY, body: other, certificate: KEY });
      await query.update(block).set({ body }).where(eq(block.body, other));
      const found = await query.select({ body: block.body }).from(block).where(eq(block.body, body));
      expect(found.map((row) => equalBytes(row.body, body))).toEqual([true]);
      expect(await query.select({ body: block.body }).from(block).where(eq(block.body, other))).toEqual([]);
    },
  );

  test('go as text of at most the 2,000,000 characters that D1 takes', () => {
    const params = (length: number) =>
      statementOf(
        builder
          .insert(block)
          .values({ height: 1n, hash: KEY, timeMs: 0n, header: KEY, body: new Uint8Array(length), certificate: KEY }),
      ).params;
    const longest = (length: number) =>
      Math.max(...params(length).map((param) => (typeof param === 'string' ? param.length : 0)));
    expect(longest(HEX_BYTES_MAX)).toBe(2 * HEX_BYTES_MAX);
    expect(2 * HEX_BYTES_MAX).toBeLessThan(2_000_000);
    expect(longest(HEX_BYTES_MAX + 1)).toBeLessThan(100);
  });
});

describe('json_each chunks', () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: String(i).padStart(60, '0'), account: KEY, createdMs: BigInt(i) }));

  test('hold every row once, each under the bound', () => {
    const count = 15_000;
    const statements = insertRows(webhook, rows(count));
    expect(statements.length).toBeGreaterThan(1);
    for (const { params } of statements) expect(String(params[0]).length).toBeLessThanOrEqual(JSON_CHUNK_BYTES_MAX);
    runBatch(db, statements);
    expect(db.prepare('SELECT COUNT(*) AS n FROM webhook').get()).toEqual({ n: count });
  });

  test('no rows, no statement', () => {
    expect(insertRows(webhook, [])).toEqual([]);
  });
});
