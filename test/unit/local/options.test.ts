/** local/options.ts starts in miniflare what wrangler.toml deploys. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { miniflareOptions, WORKER_NAME } from '../../../local/options.ts';

const TOML = resolve(import.meta.dirname, '../../../wrangler.toml');
type Options = Record<string, unknown>;
const local = miniflareOptions({ script: '', wasm: [] }, {}) as unknown as Options;
const deployed = unstable_getMiniflareWorkerOptions(TOML).workerOptions as unknown as Options;

describe('local options and wrangler.toml have the same', () => {
  it.each(['compatibilityDate', 'queueConsumers', 'durableObjects', 'serviceBindings'])('%s', (name) => {
    expect(local[name]).toBeDefined();
    expect(local[name]).toEqual(deployed[name]);
  });

  it('queues and buckets under the same bindings', () => {
    const producers = Object.entries(deployed.queueProducers as Record<string, { queueName: string }>);
    expect(local.queueProducers).toEqual(
      Object.fromEntries(producers.map(([name, { queueName }]) => [name, queueName])),
    );
    const buckets = Object.entries(deployed.r2Buckets as Record<string, { id: string }>);
    expect(local.r2Buckets).toEqual(Object.fromEntries(buckets.map(([name, { id }]) => [name, id])));
  });

  it('database under the same binding', () => {
    const { d1_databases: databases } = unstable_readConfig({ config: TOML }) as {
      d1_databases: { binding: string; database_name: string }[];
    };
    expect(local.d1Databases).toEqual(
      Object.fromEntries(databases.map(({ binding, database_name: name }) => [binding, name])),
    );
  });

  it('variables, of which a development network adds only values of its own', () => {
    const vars = Object.keys(deployed.bindings as Options);
    expect(Object.keys(local.bindings as Options)).toEqual(vars);
    expect(deployed.bindings).toMatchObject({ DEV: '0' });
    expect(local.bindings).toMatchObject({ DEV: '1' });
  });

  it('page, behind the same paths', () => {
    interface Assets {
      directory: string;
      binding: string;
      routerConfig: { has_user_worker: boolean; static_routing: { user_worker: string[] } };
    }
    const [here, there] = [local.assets as Assets, deployed.assets as Assets];
    expect([here.binding, resolve(here.directory)]).toEqual([there.binding, resolve(there.directory)]);
    expect(here.routerConfig.has_user_worker).toBe(there.routerConfig.has_user_worker);
    expect(here.routerConfig.static_routing.user_worker).toEqual(there.routerConfig.static_routing.user_worker);
  });

  it('name and flags', () => {
    const { name, compatibility_flags: flags } = unstable_readConfig({ config: TOML }) as {
      name: string;
      compatibility_flags: string[];
    };
    expect(local.name).toBe(name);
    expect(WORKER_NAME).toBe(name);
    expect((local.compatibilityFlags as string[] | undefined) ?? []).toEqual(flags);
  });
});

it('a new kind of binding in wrangler.toml is seen here', () => {
  const known = [
    'DB',
    'BLOBS',
    'PREDICT_QUEUE',
    'TRAIN_QUEUE',
    'REGION',
    'ENDPOINT',
    'PRESENCE',
    'CHECKER',
    'ASSETS',
    'DEV',
    'APPROVE_PARAMS',
    'WITNESSES',
    'PROVIDER_PROCESSES',
  ];
  const kinds = Object.values(deployed).filter(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  );
  const named = kinds.flatMap((kind) => Object.keys(kind as Options)).filter((name) => /^[A-Z][A-Z_]+$/.test(name));
  const assets = (deployed.assets as { binding: string }).binding;
  expect([...new Set([...named, assets])].sort()).toEqual(known.sort());
});
