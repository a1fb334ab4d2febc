/** The demo's search finds what is stored in the clear: in a value, in an object, in a file; and says when it sees nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Miniflare } from 'miniflare';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { searchPlaintext } from '../../../local/demo/plaintext.ts';
import { digitsTable } from '../ml/digits.ts';

const table = digitsTable();
const row = table.x.slice(0, table.features);
const KNOWN = Buffer.from('known ciphertext');

let storage: string;
beforeEach(() => {
  storage = mkdtempSync(join(tmpdir(), 'hai-test-'));
  mkdirSync(join(storage, 'do/Region'), { recursive: true });
  writeFileSync(join(storage, 'do/Region/one.sqlite'), Buffer.concat([Buffer.from([0, 1, 2]), KNOWN]));
});
afterEach(() => rmSync(storage, { recursive: true }));

/** The two bindings that are asked, with one value and one object. */
function network(value: unknown, object: Uint8Array): Miniflare {
  const statement = (sql: string) => ({
    all: async () => ({ results: [{ name: 'block' }] }),
    raw: async () => (sql.includes('"block"') ? [[1, value]] : []),
  });
  const bucket = {
    list: async () => ({ objects: [{ key: 'blobs/1' }], truncated: false }),
    get: async () => ({ arrayBuffer: async () => Uint8Array.from(object).buffer }),
  };
  const bindings = { getD1Database: async () => ({ prepare: statement }), getR2Bucket: async () => bucket };
  return bindings as unknown as Miniflare;
}

const search = (value: unknown = 'nothing', object: Uint8Array = new Uint8Array(8)) =>
  searchPlaintext(network(value, object), storage, [table], KNOWN);

it('finds nothing where nothing is', async () => {
  expect(await search()).toEqual({ found: false, values: 3, files: 1 });
});

it('finds a row in a value of D1, in an object, and in a write-ahead log', async () => {
  expect(await search(`x,${[...row].join(',')}`)).toMatchObject({ found: true });
  expect(await search([...row])).toMatchObject({ found: true });
  expect(await search('nothing', new Uint8Array(row.buffer))).toMatchObject({ found: true });
  writeFileSync(join(storage, 'do/Region/one.sqlite-wal'), Buffer.from(row.buffer));
  expect(await search()).toMatchObject({ found: true, files: 2 });
});

it('throws when the folder is not the one that the network writes to', async () => {
  rmSync(join(storage, 'do'), { recursive: true });
  await expect(search()).rejects.toThrow('does not hold');
});
