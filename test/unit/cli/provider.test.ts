/** `hai provider`: its key file, its wrong uses, and what travels to a process. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeProcessKey, readProcessKey } from '../../../clients/cli/provider-key.ts';
import { decodeJobOfSearch, encodeJobOfSearch } from '../../../ml/search/task-bytes.ts';
import { parseAddress } from '../../../protocol/address.ts';
import { parseProcesses } from '../../../protocol/provider-jobs.ts';
import { newSealKeyPair } from '../../../sealing/envelope.ts';
import { openJobSecret, sealJobSecret } from '../../../sealing/job-secret.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const folder = temporaryFolder();
const genesis = new Uint8Array(32).fill(1) as Parameters<typeof sealJobSecret>[2];

describe('the key of a process', () => {
  const path = join(folder, 'key.json');
  it('is made once, kept from others, and shown', async () => {
    const { key } = jsonOf(await runHai(['provider', 'key', path, '--json']));
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(jsonOf(await runHai(['provider', 'key', path, '--show', '--json']))).toEqual({ key });
    expect(readProcessKey(path).account.address).toBe(key);
    expect((await runHai(['provider', 'key', path])).exit).toBe(1);
  });

  it('is no other file', async () => {
    const other = join(folder, 'other.json');
    writeFileSync(other, JSON.stringify({ kind: 'wallet', seed: '00'.repeat(32) }));
    expect(() => readProcessKey(other)).toThrow('no key of a provider');
    const ran = await runHai(['provider', '--key', other, '--genesis', '00'.repeat(32), '--json']);
    expect(ran.exit).toBe(1);
  });
});

it.each([[['--genesis', '00'.repeat(32)]], [['--key', join(folder, 'key.json')]], [['--regions', 'moon']]])(
  '%j alone is wrong use',
  async (args) => {
    expect((await runHai(['provider', ...args])).exit).toBe(2);
  },
);

it('a key that is none is wrong use of hai up', async () => {
  const ran = await runHai(['up', '--processes', 'hai1typo', '--json']);
  expect([ran.exit, jsonOf(ran)]).toMatchObject([2, { error: { kind: 'usage' } }]);
});

it('a deployment lists addresses, and nothing else', () => {
  const [a, b] = [makeProcessKey(join(folder, 'a.json')), makeProcessKey(join(folder, 'b.json'))];
  expect(parseProcesses(` ${a.address}, ${b.address}\n`)).toEqual([a, b].map(({ address }) => parseAddress(address)));
  expect(parseProcesses('')).toEqual([]);
  expect(() => parseProcesses(`${a.address} hai1x`)).toThrow('not an address');
});

it('a job is opened by the key that it was sealed to, for its order and network', async () => {
  const spec = {
    task: 'classes',
    metric: 'accuracy',
    families: ['mlp'],
    trials: 4,
    budget: 2n ** 63n,
    folds: 3,
  } as const;
  const job = { index: 0, round: 0, kind: 'trial', needs: [], cap: 7n } as const;
  const said = { spec: { ...spec, seed: 5n, rowCycles: 9 }, job };
  const bytes = encodeJobOfSearch(said);
  expect(decodeJobOfSearch(bytes)).toEqual(said);
  expect(() => decodeJobOfSearch(bytes.subarray(1))).toThrow('not a job');

  const [pair, order] = [newSealKeyPair(), new Uint8Array(32).fill(2)];
  const secret = { contentKey: order, datasetKey: genesis, job: bytes };
  const sealed = await sealJobSecret(pair.publicKey, secret, genesis, order);
  expect(await openJobSecret(pair, sealed, genesis, order)).toEqual(secret);
  expect(await openJobSecret(newSealKeyPair(), sealed, genesis, order)).toBeUndefined();
  expect(await openJobSecret(pair, sealed, genesis, genesis)).toBeUndefined();
  expect(await openJobSecret(pair, sealed, order as typeof genesis, order)).toBeUndefined();
});
