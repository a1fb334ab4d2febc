/**
 * Searches everything that the network stored for rows in the clear: every value of every D1 table (blocks included), every R2
 * object, and every file on disk as it is, which adds the Durable Objects' SQLite with its write-ahead logs. A row is looked for
 * as the f32 bytes of its upload, as the int8 or integer bytes of its pixels, and as CSV text.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Miniflare } from 'miniflare';
import type { EncodedTable } from '../../ml/dataset/rows.ts';

/** Rows of a table whose bytes are looked for: enough that a leak of the table can't miss all of them. */
const ROWS_SOUGHT = 24;

function needlesOf({ x, rows, features }: EncodedTable): Buffer[] {
  const step = Math.max(1, Math.floor(rows / ROWS_SOUGHT));
  const needles: Buffer[] = [];
  for (let row = 0; row < rows; row += step) {
    const cells = x.slice(row * features, (row + 1) * features);
    needles.push(Buffer.from(cells.buffer), Buffer.from(Array.from(cells)), Buffer.from(Array.from(cells).join(',')));
  }
  return needles;
}

async function storedInD1(miniflare: Miniflare): Promise<Buffer[]> {
  const db = await miniflare.getD1Database('DB');
  const tables = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'")
    .all<{ name: string }>();
  const stored: Buffer[] = [];
  for (const { name } of tables.results) {
    const rows = await db.prepare(`SELECT * FROM "${name}"`).raw<unknown[]>();
    for (const row of rows) for (const value of row) stored.push(bytesOf(value));
  }
  return stored;
}

function bytesOf(value: unknown): Buffer {
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (Array.isArray(value)) return Buffer.from(value as number[]);
  return Buffer.from(String(value));
}

async function storedInR2(miniflare: Miniflare): Promise<Buffer[]> {
  const bucket = await miniflare.getR2Bucket('BLOBS');
  const stored: Buffer[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list(cursor === undefined ? {} : { cursor });
    for (const { key } of page.objects) {
      const object = await bucket.get(key);
      if (object) stored.push(Buffer.from(await object.arrayBuffer()));
    }
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return stored;
}

async function filesUnder(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(readIfThere));
}

/** SQLite removes a log when it closes its database. */
async function readIfThere(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

export interface PlaintextSearch {
  readonly found: boolean;
  readonly values: number;
  readonly files: number;
}

/** `known` are bytes that an object of the network keeps: throws when they are in no file, as then the search sees nothing. */
export async function searchPlaintext(
  miniflare: Miniflare,
  storage: string,
  tables: readonly EncodedTable[],
  known: Buffer,
): Promise<PlaintextSearch> {
  const needles = tables.flatMap(needlesOf);
  const values = [...(await storedInD1(miniflare)), ...(await storedInR2(miniflare))];
  const files = await filesUnder(storage);
  if (!files.some((file) => file.includes(known))) throw new Error(`${storage} does not hold what the network stored`);
  const found = [...values, ...files].some((stored) => needles.some((needle) => stored.includes(needle)));
  return { found, values: values.length, files: files.length };
}
