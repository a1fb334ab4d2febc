import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { unstable_readConfig } from 'wrangler';

const root = resolve(import.meta.dirname, '..');
export const CONFIG_FILE = resolve(root, 'wrangler.toml');

/** The id in the committed wrangler.toml: no database of anybody's. */
export const UNSET_DATABASE_ID = '00000000-0000-0000-0000-000000000000';

export type Ended = { readonly code: number; readonly stdout: string };

/** Runs one wrangler command to its end, on the terminal ('shown') or with its standard output returned ('read'). */
export type RunWrangler = (output: 'shown' | 'read', ...args: string[]) => Ended;

export const runWrangler: RunWrangler = (output, ...args) => {
  const program = resolve(root, 'node_modules/wrangler/bin/wrangler.js');
  const { status, stdout } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    stdio: output === 'shown' ? 'inherit' : ['inherit', 'pipe', 'ignore'],
    encoding: 'utf8',
  });
  return { code: status ?? 1, stdout: stdout ?? '' };
};

export type Resources = {
  readonly database: string;
  readonly databaseId: string;
  readonly buckets: readonly string[];
  readonly queues: readonly string[];
};

/** The part of wrangler's configuration that is read here: its own type comes from a package that it does not bring along. */
type Config = {
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly d1_databases: readonly { readonly database_name?: string; readonly database_id?: string }[];
  readonly r2_buckets: readonly { readonly bucket_name?: string }[];
  readonly queues: {
    readonly producers?: readonly { readonly queue: string }[];
    readonly consumers?: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
  };
};

/** Empty where there is none. */
export function variableIn(name: string, configFile: string = CONFIG_FILE): string {
  const config: Config = unstable_readConfig({ config: configFile });
  return String(config.vars?.[name] ?? '');
}

/** What wrangler.toml binds: the one list of what a deployment needs. */
export function resourcesIn(configFile: string = CONFIG_FILE): Resources {
  const config: Config = unstable_readConfig({ config: configFile });
  const [database] = config.d1_databases;
  if (database?.database_name === undefined) throw new Error(`${configFile} binds no D1 database with a name`);
  const queues = [
    ...(config.queues.producers ?? []).map((producer) => producer.queue),
    ...(config.queues.consumers ?? []).flatMap(({ queue, dead_letter_queue: dead }) =>
      dead === undefined ? [queue] : [queue, dead],
    ),
  ];
  return {
    database: database.database_name,
    databaseId: database.database_id ?? UNSET_DATABASE_ID,
    buckets: config.r2_buckets.flatMap((bucket) => bucket.bucket_name ?? []),
    queues: [...new Set(queues)].sort(),
  };
}
