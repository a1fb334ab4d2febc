/** Applies migrations/ to the local D1, as `wrangler d1 migrations apply` does: each file once, in order. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Miniflare } from 'miniflare';
import { ROOT } from './bundle.ts';

/** D1 takes one statement at a time; a statement ends with a semicolon at a line's end, and comments are dropped. */
export function statementsOf(sql: string): string[] {
  const code = sql.replace(/^\s*--.*$/gm, '');
  return code
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

export async function applyMigrations(miniflare: Miniflare): Promise<void> {
  const db = await miniflare.getD1Database('DB');
  await db.prepare('CREATE TABLE IF NOT EXISTS d1_migrations(id INTEGER PRIMARY KEY, name TEXT UNIQUE)').run();
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  const done = new Set(results.map((row) => row.name));
  const folder = join(ROOT, 'migrations');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  for (const name of files.filter((file) => !done.has(file))) {
    const statements = statementsOf(await readFile(join(folder, name), 'utf8'));
    await db.batch([
      ...statements.map((statement) => db.prepare(statement)),
      db.prepare('INSERT INTO d1_migrations(name) VALUES(?)').bind(name),
    ]);
  }
}
