/** A witness against logs that are honest, and against logs that are not: what it co-signs, refuses, keeps and never undoes. */
import { getEventListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { witnessSigner } from '../../../clients/cli/witness-key.ts';
import { witnessRound } from '../../../clients/cli/witness-round.ts';
import { WitnessStore } from '../../../clients/cli/witness-store.ts';
import { createClient } from '../../../clients/sdk/client.ts';
import { verifySignature } from '../../../protocol/ed25519.ts';
import { headText, parseHeadText } from '../../../protocol/log/checkpoint.ts';
import { parseNote } from '../../../protocol/log/note.ts';
import { openCheckpoint } from '../../../protocol/log/open-checkpoint.ts';
import { SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { headerChain } from '../../support/headers.ts';
import { keyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';
import { ServedLog } from '../../support/served-log.ts';
import { jsonOf, runHai, temporaryFolder } from '../cli/captured-io.ts';
import { CHAIN, FORK, GENESIS, look, network, SPLIT } from './witness-look.ts';

async function cosignedBy(log: ServedLog, store: string): Promise<bigint> {
  const signer = witnessSigner(store, undefined);
  const policy = {
    genesisHash: network.hash,
    logKey: network.genesis.logKey,
    witnesses: [signer.witness],
    required: 1,
  };
  const text = readFileSync(join(store, 'checkpoint.txt'), 'utf8');
  const opened = await openCheckpoint(text, { ...policy, spareLines: 'refuse' }, verifySignature);
  if (!opened.ok) throw new Error(opened.code);
  expect(log.candidate()).toBe(text);
  return opened.value.head.size;
}

const evidenceOf = (store: string) =>
  readdirSync(join(store, 'evidence')).map((name) => JSON.parse(readFileSync(join(store, 'evidence', name), 'utf8')));

/** Nothing was signed beyond what had been, and the next honest look goes on from there. */
async function expectRefused(log: ServedLog, store: string, code: string, size: number): Promise<void> {
  const before = log.lines.length;
  const { exit, json } = await look(log, store);
  expect(json.error).toMatchObject({ code, kind: 'untrusted' });
  expect(exit).toBe(5);
  expect(log.lines.length).toBe(before);
  const { cosigned } = new WitnessStore(store).read();
  expect(cosigned?.frontier.size).toBe(BigInt(size));
  const evidence = evidenceOf(store).find((one) => one.code === code);
  expect(evidence).toMatchObject({ cosigned: cosigned?.checkpoint, shown: log.candidate() });
}

describe('an honest log', () => {
  test('is co-signed as it grows, over bundles that were partial and became full', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 3);
    for (const size of [3, 4, 255, 256, 257, 530]) {
      log.size = size;
      expect(await look(log, store)).toMatchObject({ exit: 0, json: { action: 'cosigned', size: String(size) } });
      expect(await cosignedBy(log, store)).toBe(BigInt(size));
    }
    expect(await look(log, store)).toMatchObject({ exit: 0, json: { action: 'unchanged' } });
    expect(log.lines).toHaveLength(6);
    expect(readdirSync(join(store, 'cosigned')).length).toBeLessThanOrEqual(2);
  });

  test('that lost the line gets it again; one that takes no such witness is told so, and the checkpoint is kept', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 10);
    log.refuses = 'unknown_witness';
    expect(await look(log, store)).toMatchObject({ exit: 4, json: { error: { code: 'unknown_witness' } } });
    log.refuses = undefined;
    expect(await look(log, store)).toMatchObject({ exit: 0, json: { action: 'cosigned', size: '10' } });
    log.lines.length = 0;
    expect(await look(log, store)).toMatchObject({ exit: 0, json: { action: 'cosigned', size: '10' } });
    expect(await cosignedBy(log, store)).toBe(10n);
  });

  test('whose tile is away is not co-signed, and is once it is back', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 300);
    log.missing.add('tile/entries/001.p/44');
    expect(await look(log, store)).toMatchObject({ exit: 4, json: { error: { code: 'not_found' } } });
    expect(log.lines).toHaveLength(0);
    log.missing.clear();
    expect(await look(log, store)).toMatchObject({ exit: 0, json: { size: '300' } });
  });
});

describe('a log that lies', () => {
  test('rollback: a smaller tree than before', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 400);
    await look(log, store);
    log.size = 399;
    await expectRefused(log, store, 'log_rolled_back', 400);
    log.size = 401;
    expect(await look(log, store)).toMatchObject({ exit: 0, json: { size: '401' } });
  });

  test('split view: another tree of the same size', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 400);
    await look(log, store);
    log.headers = SPLIT;
    await expectRefused(log, store, 'log_forked', 400);
  });

  test.each([401, 512, 530])('split view: a larger tree of %i that is no continuation', async (size) => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 400);
    await look(log, store);
    log.headers = SPLIT;
    log.size = size;
    await expectRefused(log, store, 'log_forked', 400);
    log.headers = CHAIN;
    expect(await look(log, store)).toMatchObject({ exit: 0, json: { size: String(size) } });
  });

  test('split view: a continuation with headers that do not extend the chain', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 300);
    await look(log, store);
    // Of the same leaves up to 300, so its consistency proof holds.
    log.headers = SPLIT;
    log.size = 301;
    await expectRefused(log, store, 'header_invalid', 300);
  });

  test('a root that is of other leaves than it serves', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 300);
    log.note = log.signed({ ...log.head(), root: new Uint8Array(32) });
    const { exit, json } = await look(log, store);
    expect({ exit, code: json.error?.code }).toEqual({ exit: 5, code: 'log_forked' });
    expect(evidenceOf(store)).toMatchObject([{ cosigned: null }]);
  });

  test('a header that every seat signed over another supply', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 40);
    await look(log, store);
    const richer = { ...(CHAIN[40] as (typeof CHAIN)[number]), supplyZhi: (SUPPLY_ZHI + 1n) as Zhi };
    log.headers = [...CHAIN.slice(0, 40), richer];
    log.size = 41;
    await expectRefused(log, store, 'header_invalid', 40);
  });

  test('a chain that too few seats signed', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 40);
    await look(log, store);
    log.size = 41;
    log.votes = 8;
    await expectRefused(log, store, 'certificate_invalid', 40);
  });

  test('a checkpoint that the log did not sign, or of another network', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 40);
    await look(log, store);
    log.note = log.signed(log.head()).replace(/\n40\n/, '\n41\n');
    await expectRefused(log, store, 'checkpoint_invalid', 40);
    const other = testNetwork('other');
    log.note = new ServedLog(other, headerChain(other, 41)).candidate();
    await expectRefused(log, store, 'foreign_network', 40);
    log.note = 'a page\n';
    await expectRefused(log, store, 'checkpoint_malformed', 40);
  });
});

describe('a smaller tree', () => {
  test('that is no beginning of what was co-signed is another log, and convicts it', async () => {
    const store = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 400);
    await look(log, store);
    log.note = log.signed(new ServedLog(network, FORK, 350).head());
    await expectRefused(log, store, 'log_forked', 400);
    log.note = log.signed(log.head(350));
    await expectRefused(log, store, 'log_rolled_back', 400);
    // Whose log no longer has so many leaves shows nothing either way.
    log.note = log.signed(new ServedLog(network, FORK, 350).head());
    log.missing.add('tile/0/001.p/144');
    await expectRefused(log, store, 'log_rolled_back', 400);
    expect(readdirSync(join(store, 'evidence')).filter((name) => name.startsWith('log_forked'))).toHaveLength(1);
  });
});

describe('a witness', () => {
  const runOn = (log: ServedLog, nowS: () => bigint) => {
    const folder = temporaryFolder();
    const client = createClient({ url: 'http://log.test', genesis: GENESIS, fetch: log.fetch });
    return { client, store: new WitnessStore(folder), signer: witnessSigner(folder, undefined), nowS };
  };

  test('says again after a while that a tree is still the largest, by no new step', async () => {
    const log = new ServedLog(network, CHAIN, 10);
    let nowS = 1_000n;
    const run = runOn(log, () => nowS);
    const actions: string[] = [];
    for (const at of [1_000n, 1_299n, 1_300n]) {
      nowS = at;
      actions.push((await witnessRound(run)).action);
      // The log keeps the last line of each.
      if (log.lines.length > 1) log.lines.shift();
    }
    expect(actions).toEqual(['cosigned', 'unchanged', 'cosigned']);
    expect(run.store.read().number).toBe(1);
  });

  test('reads no headers for a head that too few seats have signed', async () => {
    const log = new ServedLog(network, CHAIN, 400);
    log.votes = 8;
    const paths: string[] = [];
    const fetch: typeof log.fetch = (input, init) => {
      paths.push(String(input));
      return log.fetch(input, init);
    };
    const run = runOn(log, () => 9n);
    const client = createClient({ url: 'http://log.test', genesis: GENESIS, fetch });
    await expect(witnessRound({ ...run, client })).rejects.toMatchObject({ code: 'certificate_invalid' });
    expect(paths.filter((path) => path.includes('/tile/'))).toEqual([]);
  });
});

describe('watching', () => {
  test('leaves nothing behind on the signal that stops it', async () => {
    const log = new ServedLog(network, CHAIN, 20);
    const stop = new AbortController();
    let looks = 0;
    const counts: number[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (String(input).endsWith('/candidate')) {
        counts.push(getEventListeners(stop.signal, 'abort').length);
        if (++looks === 3) stop.abort();
      }
      return log.fetch(input, init);
    };
    const args = ['witness', '--url', 'http://log.test', '--genesis', GENESIS, '--store', temporaryFolder()];
    expect(await runHai([...args, '--every', '1'], { fetch, signal: stop.signal })).toMatchObject({ exit: 130 });
    expect(counts[2]).toBe(counts[0]);
  });

  test('goes on over what may pass, and ends with 5 at what may not, or with 130 when it is stopped', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 20);
    const args = [
      'witness',
      '--url',
      'http://log.test',
      '--genesis',
      GENESIS,
      '--store',
      folder,
      '--every',
      '1',
      '--json',
    ];
    const stop = new AbortController();
    const steps = [() => (log.size = 19), () => (log.size = 21), () => (log.headers = FORK)];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (String(input).endsWith('/candidate') && log.lines.length > 0) steps.shift()?.();
      return log.fetch(input, init);
    };
    const ran = await runHai(args, { fetch, signal: stop.signal });
    expect(jsonOf(ran)).toMatchObject({ exit: 5, error: { code: 'log_forked' } });
    expect(ran.stderr).toContain('smaller');
    expect(log.lines.map(({ size }) => size)).toEqual(['20', '21']);
    stop.abort();
    expect(await runHai(args, { fetch: log.fetch, signal: stop.signal })).toMatchObject({ exit: 130 });
  });

  test('what it hands on opens for whoever trusts it, and for nobody who trusts another', async () => {
    const folder = temporaryFolder();
    const log = new ServedLog(network, CHAIN, 20);
    await look(log, folder);
    const text = readFileSync(join(folder, 'checkpoint.txt'), 'utf8');
    expect(parseHeadText(parseNote(text)?.text ?? '')).toEqual(log.head());
    expect(text.startsWith(headText(log.head()))).toBe(true);
    const stranger = { name: 'example.com/s', publicKey: keyPair('stranger').key };
    const policy = { genesisHash: network.hash, logKey: network.genesis.logKey, witnesses: [stranger], required: 1 };
    expect(await openCheckpoint(text, { ...policy, spareLines: 'ignore' }, verifySignature)).toMatchObject({
      ok: false,
      code: 'too_few_witnesses',
    });
  });
});
