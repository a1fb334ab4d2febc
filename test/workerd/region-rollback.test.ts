/** A ledger that was put back to an older copy: noticed, logged, told by /healthz, and not built upon; once it is back, the chain goes on. */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openLedger } from '../../ledger/d1.ts';
import { regionOf } from '../../protocol/regions.ts';
import { regionStub } from '../../workers/env.ts';
import { audit } from '../support/audit.ts';
import { callAnew, expectProblem } from './api-caller.ts';
import { type RegionDemander, startRegionDemander, workerEnv } from './region-demander.ts';

const ledger = openLedger(env.DB);
let alice: RegionDemander;

beforeAll(async () => {
  alice = await startRegionDemander('rollback/alice', 'enam');
}, 60_000);

afterEach(() => {
  vi.restoreAllMocks();
});

async function tables(): Promise<string[]> {
  const query = `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL
    AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'd1%' AND name NOT LIKE '%\\_copy' ESCAPE '\\'`;
  const { results } = await env.DB.prepare(query).all<{ name: string }>();
  return results.map(({ name }) => name);
}

/** Inside the database: its integers are not exact outside. */
async function copyTo(copy: string): Promise<void> {
  const made = (await tables()).map((name) => `CREATE TABLE "${name}_${copy}_copy" AS SELECT * FROM "${name}"`);
  await env.DB.batch(made.map((sql) => env.DB.prepare(sql)));
}

async function restore(copy: string): Promise<void> {
  const put = (await tables()).flatMap((name) => [
    `DELETE FROM "${name}"`,
    `INSERT INTO "${name}" SELECT * FROM "${name}_${copy}_copy"`,
  ]);
  await env.DB.batch(put.map((sql) => env.DB.prepare(sql)));
}

const health = () => callAnew('GET', '/healthz');

const heightOf = async (): Promise<bigint> => (await ledger.tip())?.height ?? -1n;

/** An answer that does not wait for a block. */
const askForMoney = () => sequencer().faucet(alice.key.key, 5n, 0);
const sequencer = () => regionStub(workerEnv, regionOf(alice.network.genesis.sequencerRegion));

async function paid(): Promise<bigint> {
  const asked = await askForMoney();
  if (!asked.ok) throw new Error(asked.code);
  const hash = hexToBytes(asked.value.hash);
  await vi.waitFor(async () => expect(await ledger.transaction(hash)).toBeDefined(), { timeout: 15_000, interval: 20 });
  return heightOf();
}

it.each([
  ['while the proposer runs', false],
  ['while the proposer is away', true],
])('a ledger that is put back %s is not built upon', { timeout: 60_000 }, async (_, evicted) => {
  const copy = evicted ? 'evicted' : 'running';
  const older = await paid();
  await copyTo(copy);
  const newer = await paid();
  expect(newer).toBeGreaterThan(older);
  await copyTo(`${copy}_newest`);
  const logged = vi.spyOn(console, 'error');
  await restore(copy);
  if (evicted) await evictDurableObject(sequencer());
  // Before anything is to be sealed.
  await expectProblem(await health(), 'ledger_rolled_back');
  const asked = await askForMoney();
  expect(asked.ok).toBe(true);
  const isLogged = () => logged.mock.calls.some(([line]) => String(line).includes('"event":"ledger_rolled_back"'));
  await vi.waitFor(() => expect(isLogged()).toBe(true), { timeout: 15_000, interval: 20 });
  expect(await heightOf()).toBe(older);
  const told = await expectProblem(await health(), 'ledger_rolled_back');
  expect(told.detail).toContain(`ends at ${older}`);
  await restore(`${copy}_newest`);
  expect(await (await health()).json()).toMatchObject({ status: 'ok' });
  expect(await paid()).toBeGreaterThan(newer);
  if (asked.ok) expect(await ledger.transaction(hexToBytes(asked.value.hash))).toBeDefined();
  expect((await audit(env.DB)).faults).toEqual([]);
});
