/** /healthz: what it says of a ledger, with nothing founded or written for it. A ledger that was put back: region-rollback.test.ts. */
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { openLedger } from '../../ledger/d1.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { call, clientOf } from './api-caller.ts';

const ledger = openLedger(env.DB);
const health = async () => {
  const response = await call('GET', '/healthz');
  expect(response.status).toBe(200);
  return response.json();
};

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
