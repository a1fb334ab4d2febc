/** Everything that a network wrote, as bytes to search: files on disk, values in D1, objects in R2. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Miniflare } from 'miniflare';

export interface Stored {
  readonly where: string;
  readonly bytes: Buffer;
}

export async function filesUnder(folder: string): Promise<Stored[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (where) => ({ where, bytes: await readFile(where) })));
}

function bytesOf(value: unknown): Buffer {
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Array.isArray(value) ? Buffer.from(value as number[]) : Buffer.from(String(value));
}

export async function valuesInD1(miniflare: Miniflare): Promise<Stored[]> {
  const db = await miniflare.getD1Database('DB');
  const tables = await db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*'")
    .all<{ name: string }>();
  const stored: Stored[] = [];
  for (const { name } of tables.results) {
    const rows = await db.prepare(`SELECT * FROM "${name}"`).raw<unknown[]>();
    for (const value of rows.flat(1)) stored.push({ where: `D1 ${name}`, bytes: bytesOf(value) });
  }
  return stored;
}

export async function objectsInR2(miniflare: Miniflare): Promise<Stored[]> {
  const bucket = await miniflare.getR2Bucket('BLOBS');
  const { objects, truncated } = await bucket.list();
  if (truncated) throw new Error('more objects than one page: this test makes a few');
  return Promise.all(
    objects.map(async ({ key }) => {
      const object = await bucket.get(key);
      return { where: `R2 ${key}`, bytes: Buffer.from((await object?.arrayBuffer()) ?? new ArrayBuffer(0)) };
    }),
  );
}

/** Values of one table in every SQLite file below a folder that has it. The network must be closed. */
export async function valuesInFiles(folder: string, table: string): Promise<{ name: string; value: Buffer }[]> {
  const files = (await filesUnder(folder)).map(({ where }) => where).filter((where) => where.endsWith('.sqlite'));
  return files.flatMap((file) => {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      const found = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table);
      const rows = found ? db.prepare(`SELECT key, value FROM "${table}"`).all() : [];
      return rows.map((row) => ({ name: String(row.key), value: bytesOf(row.value) }));
    } finally {
      db.close();
    }
  });
}

/** `name in place` for each needle that is somewhere. */
export function findings(
  needles: Readonly<Record<string, readonly Uint8Array[]>>,
  stored: readonly Stored[],
): string[] {
  const found = new Set<string>();
  for (const [name, forms] of Object.entries(needles)) {
    for (const { where, bytes } of stored)
      if (forms.some((form) => bytes.includes(Buffer.from(form)))) found.add(`${name} in ${where}`);
  }
  return [...found].sort();
}
