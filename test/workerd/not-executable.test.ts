/** A rule that throws, by a fault put into it: it costs the one transaction, and neither the chain nor its neighbours wait for it. */
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openLedger } from '../../ledger/d1.ts';
import { bondRule, encodeBond } from '../../protocol/tx/bond.ts';
import { orderSettleRule } from '../../protocol/tx/order-settle.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { Zhi } from '../../protocol/units.ts';
import { audit } from '../support/audit.ts';
import { keyPair } from '../support/keys.ts';
import { type Sender, startSender } from './api-sender.ts';
import { type RegionDemander, startRegionDemander } from './region-demander.ts';

let alice: Sender;
let bob: Sender;
let demander: RegionDemander;

beforeAll(async () => {
  demander = await startRegionDemander('not-executable/demander', 'enam');
  alice = await startSender('not-executable/alice');
  bob = await startSender('not-executable/bob');
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

const bond = encodeBond({ amountZhi: 1000n as Zhi });

it('an account’s transaction is refused, with its nonce free and no fee paid; others are sealed meanwhile', async () => {
  const before = await alice.client.account();
  const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  vi.spyOn(bondRule, 'apply').mockImplementation(() => {
    throw new Error('a fault of the rule');
  });
  const to = keyPair('not-executable/to').key;
  const transfer = encodeTransfer({ to, amountZhi: 5n as Zhi, homeRegion: 0 });
  expect(await Promise.all([alice.outcome('bond', bond), bob.outcome('transfer', transfer)])).toEqual([
    'not_executable',
    'applied',
  ]);
  expect(logged.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('not_executable'))).toEqual([
    expect.stringContaining('a fault of the rule'),
  ]);
  expect(await alice.client.account()).toEqual(before);
  vi.restoreAllMocks();
  expect(await alice.outcome('bond', bond)).toBe('applied');
}, 60_000);

it('what a role has to say comes again until it can be executed: the order is settled then', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const settling = vi.spyOn(orderSettleRule, 'apply').mockImplementation(() => {
    throw new Error('a fault of the rule');
  });
  const { id } = await demander.client.predict(demander.predictRequest(), { waitSeconds: 10 });
  await vi.waitFor(() => expect(settling.mock.calls.length).toBeGreaterThan(1), { timeout: 20_000, interval: 50 });
  const ledger = openLedger(env.DB);
  expect((await ledger.orderRecord(hexToBytes(id)))?.state).not.toBe('settled');
  vi.restoreAllMocks();
  await vi.waitFor(async () => expect((await ledger.orderRecord(hexToBytes(id)))?.state).toBe('settled'), {
    timeout: 30_000,
    interval: 50,
  });
}, 90_000);
