/** `hai` against a running network: what a newcomer types, and what is refused. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { jsonOf, runHai, temporaryFolder } from '../unit/cli/captured-io.ts';

const DIGITS = gunzipSync(readFileSync(new URL('../../data/digits.csv.gz', import.meta.url))).toString('utf8');
const ENTRY = fileURLToPath(new URL('../../clients/cli/hai.mjs', import.meta.url));

const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
let network: LocalNetwork;
let env: Record<string, string>;

async function hai(...args: string[]) {
  const ran = await runHai([...args, '--json'], { env, fetch });
  return { exit: ran.exit, json: jsonOf(ran), stderr: ran.stderr };
}

async function told(...args: string[]): Promise<Record<string, unknown>> {
  const { exit, json } = await hai(...args);
  expect(exit, JSON.stringify(json)).toBe(0);
  return json;
}

beforeAll(async () => {
  network = await startNetwork();
  env = {
    XDG_CONFIG_HOME: folder,
    HAI_PASSPHRASE: 'correct horse battery',
    HAI_URL: network.url,
    HAI_GENESIS: network.genesis,
  };
  await told('wallet', 'new', '--light');
  await told('wallet', 'faucet', '100');
  const lines = DIGITS.split('\n');
  writeFileSync(file('train.csv'), lines.slice(0, 601).join('\n'));
  writeFileSync(file('test.csv'), [lines[0], ...lines.slice(601, 651)].join('\n'));
});
afterAll(() => network?.close());

describe('one order after the other', () => {
  let model: string;
  let order: string;

  it('trains a model and keeps its key for its owner', async () => {
    model = file('digits.model.json');
    const args = ['--epochs', '10', '--limit', '1', '--until', 'final', '--model', model];
    const trained = await told('train', file('train.csv'), ...args);
    expect(trained).toMatchObject({ state: 'settled', final: true, shape: { features: 64, hidden: 32, classes: 10 } });
    order = trained.order as string;
    expect(statSync(model).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(model, 'utf8'))).toMatchObject({ order, genesis: network.genesis });
  });

  it('does not overwrite a model file', async () => {
    const again = await hai('train', file('train.csv'), '--network', '--limit', '1', '--model', model);
    expect(again).toMatchObject({ exit: 1, json: { error: { kind: 'refused' } } });
  });

  it('predicts with it, and compares here with the column of the target', async () => {
    const out = file('predictions.csv');
    const predicted = await told('predict', model, file('test.csv'), '--limit', '1', '--out', out);
    expect(predicted).toMatchObject({ rows: 50 });
    expect(predicted.accuracy).toBeGreaterThan(0.8);
    expect(readFileSync(out, 'utf8').trim().split('\n')).toHaveLength(51);
    const opened = await told('order', 'result', predicted.order as string);
    expect(opened.predictions).toEqual(predicted.predictions);
  });

  it('predicts by queue too, and without a target column', async () => {
    const [header = '', first = ''] = readFileSync(file('test.csv'), 'utf8').split('\n');
    const rows = [header, first].map((line) => line.split(',').slice(0, -1).join(','));
    writeFileSync(file('rows.csv'), rows.join('\n'));
    const predicted = await told('predict', model, file('rows.csv'), '--yes', '--queue');
    expect(predicted).toMatchObject({ rows: 1, predictions: [expect.any(Number)] });
    expect(predicted).not.toHaveProperty('accuracy');
    expect(await told('order', 'show', predicted.order as string)).toMatchObject({ path: 'queue' });
  });

  it('shows, lists, watches and proves the order', async () => {
    expect(await told('order', 'show', order)).toMatchObject({ id: order, state: 'settled' });
    expect(await told('order', 'watch', order)).toMatchObject({ id: order, final: true });
    const listed = (await told('order', 'list')).orders as { id: string }[];
    expect(listed.map(({ id }) => id)).toContain(order);
    expect(await told('order', 'result', order, '--out', file('model.bin'))).toMatchObject({ kind: 'model' });
    await told('order', 'receipt', order, '--out', file('receipt.json'));
    const unlinked = { ...env, HAI_URL: 'http://127.0.0.1:1' };
    const verified = await runHai(['verify', file('receipt.json'), '--json'], { env: unlinked });
    expect(verified.exit).toBe(0);
    expect(jsonOf(verified)).toMatchObject({ valid: true, order, genesis: network.genesis });
  });

  it('shows certified blocks, the network, and the money', async () => {
    expect(await told('block', 'show')).toMatchObject({ verified: true, regime: 'final' });
    expect(await told('block', 'show', '1')).toMatchObject({ height: '1' });
    expect((await told('block', 'list', '--limit', '2')).blocks).toHaveLength(2);
    expect(await told('info')).toMatchObject({ mode: 'hosted', genesis: network.genesis, pinned: true });
    const { balanceZhi } = await told('wallet', 'balance');
    expect(BigInt(balanceZhi as string)).toBeLessThan(10_000_000_000n);
  });

  it('refuses what can not be: cancelling a computed order, an unknown order, a foreign network', async () => {
    expect(await hai('order', 'cancel', order)).toMatchObject({
      exit: 4,
      json: { error: { code: 'not_cancellable' } },
    });
    const unknown = `${order.slice(0, 2)}${'00'.repeat(31)}`;
    expect(await hai('order', 'show', unknown)).toMatchObject({ exit: 4, json: { error: { code: 'unknown_order' } } });
    expect(await hai('order', 'receipt', unknown)).toMatchObject({ exit: 4 });
    expect(await hai('order', 'result', unknown)).toMatchObject({
      exit: 1,
      json: { error: { code: 'grant_missing' } },
    });
    expect(await hai('info', '--genesis', 'ab'.repeat(32))).toMatchObject({ exit: 5 });
    expect(await hai('block', 'show', '99999999')).toMatchObject({ exit: 4, json: { error: { code: 'not_found' } } });
  });
});

describe('bad input', () => {
  const orders = () => readdirSync(join(folder, 'hai', 'orders'));

  it.each([
    ['a cell that is no number', 'a,b,y\n1,2,0\n1,x,1\n', 'cell_not_numeric', 'row 2, column b'],
    ['NaN', 'a,y\nNaN,0\n1,1\n', 'cell_not_numeric', 'row 1, column a'],
    ['a ragged row', 'a,b,y\n1,2,0\n1,1\n', 'ragged_row', 'row 2'],
    ['no rows', 'a,b,y\n', 'no_rows', 'header'],
    ['one class', 'a,y\n1,3\n2,3\n', 'one_class', 'column y'],
    ['no header', '1,2,0\n3,4,1\n', 'dataset_malformed', 'must name the columns'],
  ])('%s is refused before anything is sent', async (_, text, code, evidence) => {
    const before = orders();
    writeFileSync(file('bad.csv'), text);
    const ran = await hai('train', file('bad.csv'), '--network', '--limit', '1');
    expect(ran).toMatchObject({ exit: 1, json: { error: { code, message: expect.stringContaining(evidence) } } });
    expect(orders()).toEqual(before);
  });

  it('a limit below the quote, in any order of providers', async () => {
    const ran = await hai('train', file('train.csv'), '--limit', '0.00000001', '--model', file('never.json'));
    expect(ran).toMatchObject({ exit: 4, json: { error: { code: 'price_limit_below_quote' } } });
    expect(readdirSync(folder)).not.toContain('never.json');
  });

  it('no limit where nobody can be asked', async () => {
    expect(await hai('train', file('train.csv'), '--model', file('never.json'))).toMatchObject({ exit: 2 });
  });

  it('more money than there is', async () => {
    const { json } = await hai('wallet', 'address');
    const ran = await hai('wallet', 'transfer', json.address as string, '1000000');
    expect(ran).toMatchObject({ exit: 4, json: { error: { code: 'insufficient_balance' } } });
  });
});

describe('an order with a manual confirmation', () => {
  it('waits for it, and settles', async () => {
    const args = ['--epochs', '1', '--limit', '1', '--manual', '600', '--model', file('manual.json')];
    const trained = await told('train', file('train.csv'), ...args);
    expect(trained).toMatchObject({ state: 'checked', final: false });
    expect(await told('order', 'confirm', trained.order as string)).toMatchObject({ status: 'applied' });
    expect(await told('order', 'watch', trained.order as string)).toMatchObject({ state: 'settled', final: true });
    expect(await hai('order', 'confirm', trained.order as string)).toMatchObject({ exit: 4 });
  });
});

describe('a key with a spending limit', () => {
  it('orders at the expense of who set it, up to the limit', async () => {
    const own = { ...env, XDG_CONFIG_HOME: temporaryFolder() };
    const ofKey = async (...args: string[]) => {
      const ran = await runHai([...args, '--json'], { env: own, fetch });
      return { exit: ran.exit, json: jsonOf(ran) };
    };
    const key = (await ofKey('wallet', 'new', '--light')).json.address as string;
    const payer = (await told('wallet', 'address')).address as string;
    expect(await hai('allow', 'show', key)).toMatchObject({ exit: 4, json: { error: { code: 'unknown_allowance' } } });
    expect(await told('allow', 'set', key, '2')).toMatchObject({ payer, key, leftZhi: '200000000' });
    const train = ['train', file('train.csv'), '--epochs', '1', '--payer', payer, '--until', 'final', '--model'];
    const trained = await ofKey(...train, file('allowed.json'), '--limit', '1.5');
    expect(trained).toMatchObject({ exit: 0, json: { state: 'settled' } });
    expect((await ofKey('wallet', 'balance')).json).toMatchObject({ balanceZhi: '0', nextNonce: '1' });
    expect(await told('order', 'show', trained.json.order as string)).toMatchObject({ demander: payer });
    const predict = ['predict', file('allowed.json'), file('test.csv'), '--payer', payer, '--limit', '0.4'];
    const predicted = await ofKey(...predict);
    expect(predicted).toMatchObject({ exit: 0, json: { rows: 50 } });
    await ofKey('order', 'watch', predicted.json.order as string);
    const { leftZhi } = (await ofKey('allow', 'show', key, '--payer', payer)).json as { leftZhi: string };
    expect(BigInt(leftZhi)).toBeLessThan(10_000_000n);
    expect(await ofKey(...predict)).toMatchObject({ exit: 4, json: { error: { code: 'allowance_exceeded' } } });
    expect(await told('allow', 'end', key)).toMatchObject({ status: 'applied' });
    expect(await ofKey(...predict)).toMatchObject({ exit: 4, json: { error: { code: 'unknown_allowance' } } });
  });
});

describe('hai up', () => {
  it('starts a network of its own and ends at SIGTERM with 0', async () => {
    const child = spawn(process.execPath, [ENTRY, 'up', '--port', '0', '--json'], { cwd: folder });
    const exited = once(child, 'exit');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const up = JSON.parse(line.toString()) as { url: string; genesis: string };
    const health = await fetch(`${up.url}/healthz`);
    expect(health.status).toBe(200);
    expect(up.genesis).not.toBe(network.genesis);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await expect(fetch(`${up.url}/healthz`)).rejects.toThrow();
  });

  it('says so and ends when its port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const child = spawn(process.execPath, [ENTRY, 'up', '--port', String(port), '--json'], { cwd: folder });
    let printed = '';
    child.stdout.on('data', (piece: Buffer) => {
      printed += piece.toString();
    });
    child.stderr.resume();
    const [code] = (await once(child, 'close')) as [number];
    taken.close();
    expect(code).toBe(70);
    expect(JSON.parse(printed)).toMatchObject({
      exit: 70,
      error: { kind: 'fault', message: expect.stringContaining('in use') },
    });
  }, 30_000);
});
