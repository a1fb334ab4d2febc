/**
 * One whole order over a real `wrangler dev`, from wrangler.toml as it is deployed: what works in a test runner may throw in
 * workerd (`new Function`, WebAssembly.compile). And the bundle that `wrangler deploy` would upload.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { createClient } from '../../clients/sdk/client.ts';
import { verifyReceiptText } from '../../clients/sdk/light.ts';
import { LONG_TRAIN, predict, trainedModel } from '../support/jobs.ts';
import { freePort } from '../support/served-network.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const WRANGLER = resolve(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const START_MS_MAX = 90_000;
/** What Cloudflare takes on the paid plan, after gzip. */
const GZIP_KIB_MAX = 10 * 1024;

const environment = {
  ...process.env,
  PATH: `${resolve(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
  CI: '1',
  NO_COLOR: '1',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};

let folder: string;
let dev: ChildProcess;
let log = '';
let url: string;

function wrangler(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (piece: Buffer) => {
      log += piece.toString();
    });
  }
  return child;
}

async function finished(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(log);
}

async function answers(): Promise<void> {
  const endMs = Date.now() + START_MS_MAX;
  while (Date.now() < endMs && dev.exitCode === null) {
    const response = await fetch(`${url}/v1/genesis`).catch(() => undefined);
    if (response?.ok) return;
    await response?.body?.cancel();
    await pause(200);
  }
  throw new Error(`wrangler dev does not answer: ${log}`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hai-wrangler-'));
  await finished(wrangler('d1', 'migrations', 'apply', 'hai-ledger', '--local', '--persist-to', folder));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const address = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', String(await freePort())];
  dev = wrangler('dev', ...address, '--persist-to', folder, '--var', 'DEV:1', '--show-interactive-dev-session=false');
  await answers();
});

afterAll(async () => {
  if (dev?.pid !== undefined && dev.exitCode === null) {
    process.kill(-dev.pid, 'SIGKILL');
    await once(dev, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

it('trains, predicts, settles, and gives receipts that verify', async () => {
  const client = createClient({ url, account: accountOfSeed(newAccountSeed()) });
  const { hex: genesis } = await client.network();
  await client.faucet();
  const model = await trainedModel(client, LONG_TRAIN);
  for (const options of [{ waitSeconds: 20 }, { waitSeconds: 20, preferQueue: true }]) {
    const { id, order } = await predict(client, model, 3, {}, options);
    expect(order.path).toBe('preferQueue' in options ? 'queue' : 'direct');
    await client.waitOrder(id, 'final', 30_000);
    const verified = await verifyReceiptText(await client.receipt(id), genesis);
    expect(verified).toMatchObject({ ok: true, value: { order: id } });
  }
  expect(log).not.toMatch(/EvalError|CompileError|Code generation from strings/);
});

it('serves the page, the docs and the description from the paths of wrangler.toml', async () => {
  const types = await Promise.all(
    ['/', '/docs', '/openapi.json', '/healthz'].map(async (path) => {
      const response = await fetch(`${url}${path}`);
      await response.body?.cancel();
      return [path, response.status, response.headers.get('content-type')?.split(';')[0]];
    }),
  );
  expect(types).toEqual([
    ['/', 200, 'text/html'],
    ['/docs', 200, 'text/html'],
    ['/openapi.json', 200, 'application/json'],
    ['/healthz', 200, 'application/json'],
  ]);
});

it('wrangler deploy --dry-run passes, within the size that Cloudflare takes', async () => {
  const before = log.length;
  await finished(wrangler('deploy', '--dry-run', '--outdir', join(folder, 'bundle')));
  const size = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(log.slice(before));
  expect(size).not.toBeNull();
  console.log(`bundle: ${size?.[1]} KiB, gzip ${size?.[2]} KiB`);
  expect(Number(size?.[2])).toBeLessThan(GZIP_KIB_MAX);
});
