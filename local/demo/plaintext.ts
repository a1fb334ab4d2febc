/**
 * Searches everything that the network stored for rows in the clear: every value of every D1 table (blocks included) and every
 * R2 object. A row is looked for as the f32 bytes of its upload, as the int8 or integer bytes of its pixels, and as CSV text.
 */
import type { Miniflare } from 'miniflare';
import type { EncodedTable } from '../../ml/dataset/rows.ts';

/** Rows whose bytes are looked for: enough that a leak of the table can't miss all of them. */
const ROWS_SOUGHT = 64;

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

export interface PlaintextSearch {
  readonly found: boolean;
  readonly valuesSearched: number;
  readonly needles: number;
}

export async function searchPlaintext(miniflare: Miniflare, table: EncodedTable): Promise<PlaintextSearch> {
  const needles = needlesOf(table);
  const stored = [...(await storedInD1(miniflare)), ...(await storedInR2(miniflare))];
  const found = stored.some((value) => needles.some((needle) => value.includes(needle)));
  return { found, valuesSearched: stored.length, needles: needles.length };
}
