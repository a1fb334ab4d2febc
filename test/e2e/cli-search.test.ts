/** `hai train` and `hai predict` against a running network: a search, its model, its bill and its receipt. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { jsonOf, runHai, temporaryFolder } from '../unit/cli/captured-io.ts';

const IRIS = gunzipSync(readFileSync(new URL('../../data/iris.csv.gz', import.meta.url))).toString('utf8');
const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
const SMALL = ['--trials', '3', '--budget', '1e8', '--folds', '3', '--families', 'logistic'];
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
  writeFileSync(file('iris.csv'), IRIS);
});
afterAll(() => network?.close());

describe('a search', () => {
  const model = file('iris.model.json');
  let order: string;
  let report: Record<string, unknown>;

  it('ends with a model, for the cycles that its jobs took', async () => {
    const found = await told('train', file('iris.csv'), ...SMALL, '--limit', '1', '--until', 'final', '--model', model);
    expect(found).toMatchObject({ state: 'settled', final: true, quoteCycles: '100000000' });
    order = found.order as string;
    report = found.report as Record<string, unknown>;
    expect(report.score).toBeGreaterThan(0.9);
    expect(BigInt(found.billCycles as string)).toBeLessThan(100_000_000n);
    expect(BigInt(found.billZhi as string) + BigInt(found.refundZhi as string)).toBe(100_000_000n);
    const { jobs, cycles } = (await (await fetch(`${network.url}/v1/orders/${order}/jobs`)).json()) as {
      jobs: { cycles: string }[];
      cycles: string;
    };
    expect(cycles).toBe(found.billCycles);
    expect(jobs.reduce((sum, job) => sum + BigInt(job.cycles), 0n).toString()).toBe(found.billCycles);
  });

  it('is the search that anyone with the data can run: the same leaderboard in this process', async () => {
    const here = await told('train', file('iris.csv'), '--local', ...SMALL, '--model', file('here.json'));
    expect((here.report as typeof report).leaderboardHash).toBe(report.leaderboardHash);
  });

  it('predicts on the network what its model predicts here, row by row', async () => {
    const args = ['predict', model, file('iris.csv'), '--proba'];
    const [ordered, here] = [await told(...args, '--limit', '1'), await told(...args, '--local')];
    expect(ordered).toMatchObject({ rows: 150, accuracy: expect.any(Number), cycles: expect.any(String) });
    expect(ordered.probabilities).toEqual(here.probabilities);
    const id = ordered.order as string;
    const opened = await told('order', 'result', id);
    expect(opened.predictions).toEqual(ordered.predictions);
    await told('order', 'watch', id);
    await told('order', 'receipt', id, '--out', file('prediction.json'));
    const again = await told('verify', file('prediction.json'), '--recompute', '--csv', file('iris.csv'));
    expect(again).toMatchObject({ valid: true, recomputed: { chunks: 1 } });
  });

  it('is listed, opened again and proved', async () => {
    expect(await told('order', 'result', order)).toMatchObject({ kind: 'search', report: { target: 'target' } });
    await told('order', 'receipt', order, '--out', file('receipt.json'));
    const unlinked = { ...env, HAI_URL: 'http://127.0.0.1:1' };
    const verified = await runHai(['verify', file('receipt.json'), '--json'], { env: unlinked });
    expect(jsonOf(verified)).toMatchObject({ valid: true, order, genesis: network.genesis });
    const again = await told('verify', file('receipt.json'), '--recompute', '--csv', file('iris.csv'));
    expect(again).toMatchObject({ valid: true, recomputed: { chunks: expect.any(Number) } });
    writeFileSync(file('other.csv'), IRIS.replace('5.1,3.5', '5.2,3.5'));
    const other = await hai('verify', file('receipt.json'), '--recompute', '--csv', file('other.csv'));
    expect(other).toMatchObject({ exit: 1, json: { error: { code: 'result_differs' } } });
    const listed = await runHai(['order', 'list'], { env, fetch });
    expect(listed.stdout).toContain(`${order}  settled    search 150 x 4, 3 trials`);
  });

  it('tells its jobs again, or those alone that are behind what was read', async () => {
    const watch = async (...more: string[]) => {
      const { exit, stdout, stderr } = await runHai(['order', 'watch', order, '--events', ...more], { env, fetch });
      expect(exit, stdout + stderr).toBe(0);
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event?: string; index: number; cursor: string; state: string });
    };
    const lines = await watch();
    const [last] = lines.slice(-1);
    const jobs = lines.slice(0, -2);
    expect(last).toMatchObject({ id: order, state: 'settled' });
    expect(jobs.map(({ event, index }) => [event, index])).toEqual(jobs.map((_, index) => ['job', index]));
    expect(jobs.length).toBeGreaterThan(4);
    const resume = lines.at(-2);
    expect(resume).toMatchObject({ event: 'resume' });
    expect(await watch('--cursor', resume?.cursor ?? '')).toEqual([resume, last]);
    expect(await hai('order', 'watch', order, '--events', '--cursor', 'none')).toMatchObject({
      exit: 4,
      json: { error: { code: 'invalid_field', param: 'cursor' } },
    });
    expect(await hai('order', 'watch', order, '--cursor', 'none')).toMatchObject({ exit: 2 });
  });

  it('that is over can’t be stopped, nor can one that is not there', async () => {
    expect(await hai('order', 'stop', order)).toMatchObject({
      exit: 4,
      json: { error: { code: 'illegal_transition' } },
    });
    const unknown = `${order.slice(0, 2)}${'00'.repeat(31)}`;
    expect(await hai('order', 'stop', unknown)).toMatchObject({ exit: 4, json: { error: { code: 'unknown_order' } } });
  });

  it('answers under a name, by its newest version or the one before, to its owner', async () => {
    expect(await hai('endpoint', 'show', 'iris')).toMatchObject({
      exit: 4,
      json: { error: { code: 'unknown_endpoint' } },
    });
    expect(await told('endpoint', 'set', 'iris', order)).toMatchObject({
      active: 1,
      versions: [{ version: 1, order }],
    });
    writeFileSync(file('nameless.csv'), IRIS.slice(IRIS.indexOf('\n') + 1));
    const args = ['train', file('nameless.csv'), '--no-header', ...SMALL, '--limit', '1', '--name', 'iris'];
    const second = await told(...args, '--model', file('second.json'));
    await told('order', 'receipt', second.order as string, '--out', file('second-receipt.json'));
    // Read as it was when it was ordered, with no word about it.
    const again = ['verify', file('second-receipt.json'), '--recompute', '--csv', file('nameless.csv')];
    expect(await told(...again)).toMatchObject({ valid: true });
    const versions = [order, second.order].map((id, i) => ({ version: i + 1, order: id }));
    expect(second).toMatchObject({ final: true, endpoint: { name: 'iris', active: 2, versions } });
    expect(await told('endpoint', 'rollback', 'iris')).toMatchObject({ active: 1, versions });
    expect(await told('endpoint', 'list')).toMatchObject({ endpoints: [{ name: 'iris', active: 1, versions }] });
    expect((await runHai(['endpoint', 'list'], { env, fetch })).stdout).toContain(`iris 1  ${order}  answers`);
    expect(await told('predict', '@iris', file('iris.csv'), '--local')).toMatchObject({ rows: 150 });
    expect(await hai('endpoint', 'rollback', 'iris')).toMatchObject({ exit: 1 });
    expect(await told('endpoint', 'rollback', 'iris', '--to', '2')).toMatchObject({ active: 2 });
    expect(await hai('endpoint', 'set', 'No Name', order)).toMatchObject({ exit: 2 });
  });

  it('is stopped with what it has, and bills what was done', async () => {
    const path = file('stopped.json');
    const long = ['--trials', '200', '--budget', '2e10', '--families', 'mlp', '--limit', '50', '--until', 'sent'];
    const sent = await told('train', file('iris.csv'), ...long, '--model', path);
    expect(await told('order', 'stop', sent.order as string)).toEqual({ order: sent.order, stopped: true });
    const { state, bill } = (await told('order', 'watch', sent.order as string)) as {
      state: string;
      bill: { cycles: string };
    };
    expect(state).toBe('settled');
    expect(BigInt(bill.cycles)).toBeLessThan(20_000_000_000n);
    // A stop before the first trial was done leaves no model, which is told.
    const shown = await hai('model', 'show', path);
    if (bill.cycles === '0') expect(shown).toMatchObject({ exit: 1, json: { error: { kind: 'refused' } } });
    else expect(shown.exit).toBe(0);
  });

  it('fetches its model later where nobody waited for it', async () => {
    const later = file('later.json');
    const sent = await told('train', file('iris.csv'), ...SMALL, '--limit', '1', '--until', 'sent', '--model', later);
    await told('order', 'watch', sent.order as string, '--until', 'checked');
    const shown = await told('model', 'leaderboard', later);
    expect((shown.report as typeof report).leaderboardHash).toBe(report.leaderboardHash);
    const unlinked = await runHai(['model', 'show', later], { env: { ...env, HAI_URL: 'http://127.0.0.1:1' } });
    expect(unlinked.exit).toBe(0);
  });
});
