/** The folder of a witness: one step after the other, whoever else writes there and whenever the machine stops; and its key. */
import { spawn } from 'node:child_process';
import {
  closeSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { witnessSigner } from '../../../clients/cli/witness-key.ts';
import { witnessRound } from '../../../clients/cli/witness-round.ts';
import { WitnessStore } from '../../../clients/cli/witness-store.ts';
import { createClient } from '../../../clients/sdk/client.ts';
import { headText } from '../../../protocol/log/checkpoint.ts';
import { parseNoteKey, signatureLine } from '../../../protocol/log/note.ts';
import { headerChain } from '../../support/headers.ts';
import { keyPair } from '../../support/keys.ts';
import { cosign } from '../../support/log.ts';
import { testNetwork } from '../../support/network.ts';
import { ServedLog } from '../../support/served-log.ts';
import { jsonOf, runHai, temporaryFolder } from '../cli/captured-io.ts';
import { CHAIN, FORK, GENESIS, look, network, SPLIT } from './witness-look.ts';

describe('the store', () => {
  function runOn(folder: string, log: ServedLog) {
    const client = createClient({ url: 'http://log.test', genesis: GENESIS, fetch: log.fetch });
    return { client, store: new WitnessStore(folder), signer: witnessSigner(folder, undefined), nowS: () => 9n };
  }

  test('a stop after the step and before the signature: the step stands, and no fork of it is ever signed', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 400);
    const run = runOn(folder, log);
    const died = { ...run.signer, sign: () => Promise.reject(new Error('the machine stopped')) };
    await expect(witnessRound({ ...run, signer: died })).rejects.toThrow('the machine stopped');
    expect(log.lines).toHaveLength(0);
    log.headers = SPLIT;
    expect(await look(log, folder)).toMatchObject({ exit: 5, json: { error: { code: 'log_forked' } } });
    log.headers = CHAIN;
    expect(await look(log, folder)).toMatchObject({ exit: 0, json: { action: 'cosigned', size: '400' } });
  });

  test('of two that follow one step, one alone signs; the other refuses', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 100);
    const forked = new ServedLog(network, SPLIT, 400);
    await look(log, folder);
    log.size = 400;
    const outcomes = await Promise.allSettled([witnessRound(runOn(folder, log)), witnessRound(runOn(folder, forked))]);
    // The fork is no continuation for the witness: its proof holds up to 100 leaves, and its headers do not extend the chain.
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const both = new WitnessStore(folder);
    const before = both.read();
    const cosigned = before.cosigned as NonNullable<typeof before.cosigned>;
    both.persist(before, cosigned);
    expect(() => new WitnessStore(folder).persist(before, cosigned)).toThrow('another process');
    expect(both.read().number).toBe(before.number + 1);
    expect(() => both.mustStillBe(before)).toThrow('another process');
  });

  test('a name that is free because its step is long past is no step', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 5);
    await look(log, folder);
    const store = new WitnessStore(folder);
    const stale = store.read();
    for (let i = 0; i < 4; i++) store.persist(store.read(), stale.cosigned as never);
    expect(() => store.persist(stale, stale.cosigned as never)).toThrow('another process');
    expect(store.read().number).toBe(stale.number + 4);
  });

  test('that is damaged, or of another log, signs nothing', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 5);
    await look(log, folder);
    const [step] = readdirSync(join(folder, 'cosigned'));
    const path = join(folder, 'cosigned', step as string);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, -1));
    log.size = 6;
    const damaged = await look(log, folder);
    expect(damaged).toMatchObject({ exit: 1, json: { error: { kind: 'refused' } } });
    expect(damaged.json.error?.message).toContain('damaged');
    writeFileSync(path, bytes);
    const other = testNetwork('elsewhere');
    const args = [
      'witness',
      '--url',
      'http://x',
      '--genesis',
      bytesToHex(other.hash),
      '--store',
      folder,
      '--once',
      '--json',
    ];
    const ran = await runHai(args, { fetch: new ServedLog(other, headerChain(other, 6)).fetch });
    expect(jsonOf(ran)).toMatchObject({ exit: 1, error: { code: 'foreign_network' } });
    expect(await look(log, folder)).toMatchObject({ exit: 0 });
  });

  test('is whole after a stop in the middle of writing a step', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 5);
    await look(log, folder);
    writeFileSync(join(folder, 'cosigned', '999.2.tmp'), 'half');
    log.size = 6;
    expect(await look(log, folder)).toMatchObject({ exit: 0, json: { size: '6' } });
    // A link of that name by hand is a step that nobody can read: refused, not passed over.
    linkSync(join(folder, 'cosigned', '999.2.tmp'), join(folder, 'cosigned', '000000000009'));
    expect(await look(log, folder)).toMatchObject({ exit: 1 });
  });

  test('that another process tidied while it was read is read again', async () => {
    const folder = temporaryFolder();
    await look(new ServedLog(network, CHAIN, 5), folder);
    const store = new WitnessStore(folder);
    const { cosigned } = store.read();
    for (let i = 0; i < 3; i++) store.persist(store.read(), cosigned as never);
    // The name of the newest step leads nowhere, as that of a step does which is gone by the time that it is read.
    symlinkSync(join(folder, 'gone'), join(folder, 'cosigned', '000000000009'));
    expect(() => store.read()).toThrow('other processes sign');
    rmSync(join(folder, 'cosigned', '000000000009'));
    expect(store.read().number).toBe(4);
  });

  test('what it hands on is whole at any time', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 5);
    await look(log, folder);
    const path = join(folder, 'checkpoint.txt');
    const before = readFileSync(path, 'utf8');
    const reader = openSync(path, 'r');
    log.size = 6;
    await look(log, folder);
    // Whoever has it open goes on reading the old one: it was replaced, not written over.
    expect(readFileSync(reader, 'utf8')).toBe(before);
    closeSync(reader);
    expect(readFileSync(path, 'utf8')).not.toBe(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('evidence', () => {
  const filesOf = (folder: string) => readdirSync(join(folder, 'evidence'));

  test('of a fork is kept, however many older checkpoints were shown before it', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 400);
    await look(log, folder);
    for (let size = 200; size < 320; size++) {
      log.size = size;
      expect(await look(log, folder)).toMatchObject({ exit: 5, json: { error: { code: 'log_rolled_back' } } });
    }
    expect(filesOf(folder)).toEqual(['log_rolled_back.json']);
    log.headers = SPLIT;
    log.size = 400;
    const { json } = await look(log, folder);
    expect(json.error?.message).toContain('kept in');
    expect(filesOf(folder).filter((name) => name.startsWith('log_forked-'))).toHaveLength(1);
  });

  test('that anybody can make up does not fill the disk, and leaves room for what only the log can', async () => {
    const folder = temporaryFolder();
    await look(new ServedLog(network, CHAIN, 5), folder);
    const store = new WitnessStore(folder);
    const before = store.read();
    for (const code of ['checkpoint_malformed', 'checkpoint_invalid', 'header_invalid'] as const) {
      const kept = Array.from({ length: 30 }, (_, i) => store.keepEvidence(code, undefined, `note ${i}`, before));
      expect(kept.filter(Boolean)).toHaveLength(20);
      // What is there already is told again.
      expect(store.keepEvidence(code, undefined, 'note 0', before)).toBe(kept[0]);
    }
    for (let i = 0; i < 30; i++) expect(store.keepEvidence('log_forked', undefined, `note ${i}`, before)).toBeDefined();
    expect(filesOf(folder)).toHaveLength(90);
  });

  test('is one of a pair of checkpoints, whoever has co-signed them', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 5);
    await look(log, folder);
    const store = new WitnessStore(folder);
    const shown = new ServedLog(network, FORK, 5);
    const stranger = (i: number) =>
      signatureLine(cosign(headText(shown.head()), BigInt(i), 'example.com/s', keyPair('stranger')));
    const paths = [0, 1, 2].map((i) =>
      store.keepEvidence('log_forked', undefined, shown.candidate() + stranger(i), store.read()),
    );
    expect(new Set(paths).size).toBe(1);
  });
});

describe('the key', () => {
  test('is made once, with its name, for its owner alone', async () => {
    const folder = temporaryFolder();
    const args = ['witness', '--store', folder, '--print-key', '--json'];
    const { key } = jsonOf(await runHai([...args, '--name', 'example.com/w'])) as { key: string };
    expect(parseNoteKey(key)).toMatchObject({ name: 'example.com/w', type: 4 });
    expect(jsonOf(await runHai(args))).toEqual({ key });
    expect(statSync(join(folder, 'key.json')).mode & 0o777).toBe(0o600);
    expect(await runHai([...args, '--name', 'example.com/x'])).toMatchObject({ exit: 1 });
    expect(await runHai(['witness', '--store', temporaryFolder(), '--name', 'a b', '--print-key'])).toMatchObject({
      exit: 1,
    });
    writeFileSync(join(folder, 'key.json'), '{"name":"example.com/w","seed":"00"}');
    const broken = await runHai(args);
    expect(broken.exit).toBe(1);
    expect(broken.stdout).not.toContain('"00"');
  });

  test('is given a name where nobody gives one, and never shown', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 5);
    const ran = await runHai(
      ['witness', '--url', 'http://log.test', '--genesis', GENESIS, '--store', folder, '--once'],
      { fetch: log.fetch },
    );
    expect(ran.exit).toBe(0);
    const { name, seed } = JSON.parse(readFileSync(join(folder, 'key.json'), 'utf8')) as { name: string; seed: string };
    expect(name).toMatch(/^hai-witness\/[0-9a-f]{8}$/);
    expect(ran.stdout).toContain(name);
    expect(ran.stdout + ran.stderr).not.toContain(seed);
  });

  test('needs a pinned genesis', async () => {
    expect(await runHai(['witness', '--store', temporaryFolder(), '--once', '--json'])).toMatchObject({ exit: 2 });
    expect(await runHai(['witness', '--once', '--json'])).toMatchObject({ exit: 2 });
  });
});

describe('processes', () => {
  /** Reads the step, says so, waits for a line, and then makes the next step. */
  const SCRIPT = `
    const { WitnessStore } = await import(process.argv[1]);
    const store = new WitnessStore(process.argv[2]);
    const before = store.read();
    process.stdout.write('read\\n');
    process.stdin.once('data', () => {
      try {
        store.persist(before, before.cosigned);
        process.stdout.write('made\\n');
      } catch (error) {
        process.stdout.write(error.message.includes('another process') ? 'refused\\n' : String(error));
      }
      process.exit();
    });`;

  test('of six that follow one step, one alone makes the next', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    await look(new ServedLog(network, CHAIN, 5), folder);
    const module = new URL('../../../clients/cli/witness-store.ts', import.meta.url).href;
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', SCRIPT, module, folder]),
    );
    const lines = children.map((child) => createInterface(child.stdout)[Symbol.asyncIterator]());
    const next = () => Promise.all(lines.map(async (line) => (await line.next()).value as string));
    expect(new Set(await next())).toEqual(new Set(['read']));
    for (const child of children) child.stdin.write('go\n');
    const said = await next();
    expect(said.filter((word) => word === 'made')).toHaveLength(1);
    expect(said.filter((word) => word === 'refused')).toHaveLength(5);
    expect(new WitnessStore(folder).read().number).toBe(2);
  });

  /** As each is in a container of its own: for every folder that is named, tries to make its first step, and says whether it did. */
  const ALIKE = `
    Object.defineProperty(process, 'pid', { value: 1 });
    const { WitnessStore } = await import(process.argv[1]);
    const { createInterface } = await import('node:readline');
    process.stdout.write('ready\\n');
    const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value;
    for (;;) {
      const store = new WitnessStore(await next());
      const before = store.read();
      process.stdout.write('read\\n');
      const atMs = Number(await next());
      const step = { checkpoint: process.argv[2].repeat(1500), frontier: { size: 0n, peaks: [] }, header: undefined };
      while (Date.now() < atMs);
      try {
        store.persist(before, step);
        process.stdout.write('made\\n');
      } catch (error) {
        process.stdout.write(error.message.includes('another process') ? 'refused\\n' : String(error) + '\\n');
      }
    }`;

  test('with the same id and different heads: what is in the store is what its one winner signs', {
    timeout: 60_000,
  }, async () => {
    const module = new URL('../../../clients/cli/witness-store.ts', import.meta.url).href;
    const heads = ['a', 'bc'];
    const children = heads.map((head) =>
      spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', ALIKE, module, head]),
    );
    const lines = children.map((child) => createInterface(child.stdout)[Symbol.asyncIterator]());
    const next = () => Promise.all(lines.map(async (line) => (await line.next()).value as string));
    await next();
    for (let i = 0; i < 60; i++) {
      const folder = temporaryFolder();
      const store = new WitnessStore(folder);
      for (const child of children) child.stdin.write(`${folder}\n`);
      await next();
      const atMs = Date.now() + 2;
      for (const child of children) child.stdin.write(`${atMs}\n`);
      const said = await next();
      expect(said.toSorted()).toEqual(['made', 'refused']);
      expect(store.read().cosigned?.checkpoint).toBe(heads[said.indexOf('made')]?.repeat(1500));
    }
    for (const child of children) child.kill();
  });
});
