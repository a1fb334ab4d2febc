/** /healthz: what it says of a ledger, with nothing founded or written for it. A ledger that was put back: region-rollback.test.ts. */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { Region } from '../../durable-objects/region/region.ts';
import { openLedger } from '../../ledger/d1.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { call, callAnew, clientOf, expectProblem } from './api-caller.ts';

const ledger = openLedger(env.DB);
const health = async () => {
  const response = await callAnew('GET', '/healthz');
  expect(response.status).toBe(200);
  return response.json();
};

afterEach(() => {
  vi.restoreAllMocks();
});

/** Every row, as a database that was made anew has it. */
async function emptyLedger(): Promise<void> {
  const query = `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL
    AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'd1%'`;
  const { results } = await env.DB.prepare(query).all<{ name: string }>();
  await env.DB.batch(results.map(({ name }) => env.DB.prepare(`DELETE FROM "${name}"`)));
}

it('founds no network', async () => {
  forgetNetwork();
  expect(await health()).toEqual({ status: 'ok', height: '0' });
  expect(await ledger.genesis()).toBeUndefined();
});

it('tells the height of a network, from its genesis on', async () => {
  const client = clientOf('health/alice');
  await client.network();
  expect(await health()).toEqual({ status: 'ok', height: '0' });
  const { height } = await client.faucet();
  expect(BigInt(((await health()) as { height: string }).height)).toBeGreaterThanOrEqual(BigInt(height ?? 'none'));
});

it('asks the region once a second, for as many as ask', async () => {
  const asked = vi.spyOn(Region.prototype, 'health');
  const first = await (await call('GET', '/healthz')).json();
  for (let i = 0; i < 5; i++) expect(await (await call('GET', '/healthz')).json()).toEqual(first);
  expect(asked).toHaveBeenCalledTimes(1);
  await scheduler.wait(1_000);
  await call('GET', '/healthz');
  expect(asked).toHaveBeenCalledTimes(2);
});

it('does not take an emptied ledger for one that was never founded', async () => {
  await emptyLedger();
  expect(await ledger.genesis()).toBeUndefined();
  const { detail } = await expectProblem(await callAnew('GET', '/healthz'), 'ledger_rolled_back');
  expect(detail).toMatch(/the ledger is empty, block \d+ was certified/);
  expect(await ledger.genesis()).toBeUndefined();
});
