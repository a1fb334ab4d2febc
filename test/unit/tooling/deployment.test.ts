import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deploy, genesisRefusal, processesRefusal } from '../../../tools/deploy.ts';
import { createMissing, withDatabaseId } from '../../../tools/setup.ts';
import {
  type Resources,
  type RunWrangler,
  resourcesIn,
  UNSET_DATABASE_ID,
  variableIn,
} from '../../../tools/wrangler.ts';

const resources: Resources = {
  database: 'hai-ledger',
  databaseId: UNSET_DATABASE_ID,
  buckets: ['hai-blobs'],
  queues: ['hai-predict', 'hai-train'],
};

/** An account that holds the named resources, and answers as wrangler does. `broken` is a command that fails. */
function account(held: readonly string[], broken?: string) {
  const holds = new Set(held);
  const shown: string[] = [];
  const run: RunWrangler = (output, ...args) => {
    const line = args.join(' ');
    if (output === 'shown') shown.push(line);
    if (broken !== undefined && line.startsWith(broken)) return { code: 1, stdout: '' };
    const name = args.at(-1) ?? '';
    if (args.includes('create')) holds.add(name);
    if (line === 'd1 list --json') {
      const databases = [...holds].map((held) => ({ name: held, uuid: `id-of-${held}` }));
      return { code: 0, stdout: JSON.stringify(databases) };
    }
    return { code: args.includes('info') && !holds.has(name) ? 1 : 0, stdout: '' };
  };
  return { run, shown };
}

describe('npm run setup', () => {
  it('creates all of it in an empty account', () => {
    const { run, shown } = account([]);
    expect(createMissing(resources, run)).toBe('id-of-hai-ledger');
    expect(shown).toEqual([
      'd1 create hai-ledger',
      'r2 bucket create hai-blobs',
      'queues create hai-predict',
      'queues create hai-train',
    ]);
  });

  it('creates only what is missing', () => {
    const { run, shown } = account(['hai-ledger', 'hai-blobs', 'hai-train']);
    createMissing(resources, run);
    expect(shown).toEqual(['queues create hai-predict']);
  });

  it.each(['d1 list', 'd1 create', 'r2 bucket create', 'queues create'])('stops when %s fails', (broken) => {
    expect(() => createMissing(resources, account([], broken).run)).toThrow('failed');
  });

  it('writes the id into the only place for it', () => {
    const text = '# kept\ndatabase_id = "old"\nname = "x"\n';
    expect(withDatabaseId(text, 'new')).toBe('# kept\ndatabase_id = "new"\nname = "x"\n');
    expect(() => withDatabaseId('name = "x"', 'new')).toThrow('found 0');
    expect(() => withDatabaseId(text + text, 'new')).toThrow('found 2');
  });

  it('reads the names from wrangler.toml', () => {
    const { databaseId: _, ...names } = resourcesIn();
    expect(names).toEqual({
      database: 'hai-ledger',
      buckets: ['hai-blobs'],
      queues: ['hai-dead', 'hai-predict', 'hai-train'],
    });
  });
});

describe('npm run deploy', () => {
  it('migrates, then deploys', () => {
    const { run, shown } = account([]);
    expect(deploy(false, 'an-id', run)).toBeUndefined();
    expect(shown).toEqual(['d1 migrations apply DB --remote', 'deploy']);
  });

  it('deploys nothing without a database', () => {
    const { run, shown } = account([]);
    expect(deploy(false, UNSET_DATABASE_ID, run)).toContain('npm run setup');
    expect(shown).toEqual([]);
  });

  it('deploys nothing after a failed migration', () => {
    const { run, shown } = account([], 'd1 migrations');
    expect(deploy(false, 'an-id', run)).toContain('not deployed');
    expect(shown).not.toContain('deploy');
  });

  it('reaches no account in a dry run, and says when it fails', () => {
    const { run, shown } = account([]);
    expect(deploy(true, UNSET_DATABASE_ID, run)).toBeUndefined();
    expect(shown).toEqual(['deploy --dry-run']);
    expect(deploy(true, UNSET_DATABASE_ID, account([], 'deploy').run)).toContain('failed');
  });
});

describe('the genesis file', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../protocol/genesis.json'), 'utf8');

  it('lets a deployment go on when a network can be founded from it', () => {
    expect(genesisRefusal(text)).toBeUndefined();
  });

  it('stops it with the field that is wrong', () => {
    expect(genesisRefusal(text.replace('"90%"', '"91%"'))).toContain(
      'protocol/genesis.json: allocations shares sum to',
    );
    expect(genesisRefusal('{}')).toContain('version is missing');
  });
});

it('a deployment whose processes are no addresses is stopped, too', () => {
  expect(processesRefusal(variableIn('PROVIDER_PROCESSES'))).toBeUndefined();
  expect(processesRefusal('hai1typo')).toBe('wrangler.toml: PROVIDER_PROCESSES: not an address: hai1typo');
});
