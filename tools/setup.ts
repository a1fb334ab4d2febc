/**
 * `npm run setup`: creates in the logged-in Cloudflare account what wrangler.toml binds and the account lacks (D1 database, R2
 * buckets, queues), and writes the database's id into wrangler.toml. Running it again changes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMain } from './report.ts';
import { CONFIG_FILE, type Resources, type RunWrangler, resourcesIn, runWrangler } from './wrangler.ts';

/** Creates what is missing and returns the D1 database's id. Throws on the first command that fails. */
export function createMissing(resources: Resources, run: RunWrangler): string {
  const must = (...args: string[]) => {
    if (run('shown', ...args).code !== 0) throw new Error(`wrangler ${args.join(' ')} failed`);
  };
  if (findDatabase(resources.database, run) === undefined) must('d1', 'create', resources.database);
  for (const bucket of resources.buckets) {
    if (run('read', 'r2', 'bucket', 'info', bucket).code !== 0) must('r2', 'bucket', 'create', bucket);
  }
  for (const queue of resources.queues) {
    if (run('read', 'queues', 'info', queue).code !== 0) must('queues', 'create', queue);
  }
  const id = findDatabase(resources.database, run);
  if (id === undefined) throw new Error(`D1 does not list ${resources.database} after creating it`);
  return id;
}

function findDatabase(name: string, run: RunWrangler): string | undefined {
  const { code, stdout } = run('read', 'd1', 'list', '--json');
  if (code !== 0) throw new Error('wrangler d1 list failed: is this machine logged in (npx wrangler login)?');
  const databases = JSON.parse(stdout) as readonly { readonly name: string; readonly uuid: string }[];
  return databases.find((database) => database.name === name)?.uuid;
}

/** Replaces the text's only `database_id`; the rest, comments included, stays as it is. */
export function withDatabaseId(configText: string, id: string): string {
  const line = /^database_id = "[^"]*"$/gm;
  const found = configText.match(line)?.length ?? 0;
  if (found !== 1) throw new Error(`expected one database_id in wrangler.toml, found ${found}`);
  return configText.replace(line, `database_id = "${id}"`);
}

if (isMain(import.meta)) {
  const id = createMissing(resourcesIn(), runWrangler);
  writeFileSync(CONFIG_FILE, withDatabaseId(readFileSync(CONFIG_FILE, 'utf8'), id));
  console.log(`ready: database ${id} is in wrangler.toml; next: npm run deploy`);
}
