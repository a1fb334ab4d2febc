/** Founding a production network from the file that ships: whom its grants pay is said by the deployment, or by nobody. */
import { applyD1Migrations, reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RegionContext } from '../../durable-objects/region/context.ts';
import { foundNetwork } from '../../durable-objects/region/sequencer/found.ts';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { decodeGenesis, type Genesis, genesisFault } from '../../protocol/genesis.ts';
import { DEFAULT_REGION } from '../../protocol/regions.ts';
import { regionStub } from '../../workers/env.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { shippedTerms } from '../support/founding.ts';
import { keyPair } from '../support/keys.ts';
import { workerEnv } from './region-demander.ts';

const FOUNDED_MS = Date.parse('2028-02-29T23:59:59.999Z');

beforeEach(forgetNetwork);
afterEach(forgetNetwork);

async function emptied(): Promise<void> {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
}

async function founded(change: { BENEFICIARIES?: string; HOSTED_RATE?: string }) {
  const stub = regionStub(workerEnv, DEFAULT_REGION);
  const bytes = await runInDurableObject(stub as never, (_, state) =>
    foundNetwork(new RegionContext(state, { ...workerEnv, DEV: '0', ...change }), FOUNDED_MS),
  );
  return decodeGenesis(bytes as Uint8Array);
}

const amountOf = ({ allocations }: Genesis, key: Uint8Array) =>
  allocations.find(({ account }) => account.every((byte, i) => byte === key[i]))?.amount;

it('a grant without a beneficiary stays locked, and nobody has money yet', async () => {
  const genesis = await founded({});
  const terms = shippedTerms('production');
  expect(genesisFault(genesis)).toBeUndefined();
  expect(genesis).toMatchObject({
    network: 'hai',
    profile: 'production',
    createdMs: BigInt(FOUNDED_MS),
    epochMs: 3_600_000n,
    baseFeeZhi: terms.baseFeeZhi,
    governance: terms.governance,
    vesting: [],
  });
  for (const { account, amountZhi } of terms.allocations) {
    expect(amountOf(genesis, SYSTEM_ACCOUNT[account]), account).toBe(amountZhi);
  }
  expect(genesis.seats).toHaveLength(13);
  expect(genesis.providers.every((one) => one.rateCyclesPerSecond === terms.rateCyclesPerSecond)).toBe(true);
}, 60_000);

it('beneficiaries and the rate may be named by the deployment', async () => {
  await emptied();
  const { address, key } = keyPair('found/founders');
  const genesis = await founded({ BENEFICIARIES: `founders=${address}`, HOSTED_RATE: '12345' });
  const { beneficiary: _, ...schedule } = shippedTerms().vesting[0] ?? {};
  expect(genesis.vesting).toEqual([{ ...schedule, beneficiary: key }]);
  expect(new Set(genesis.providers.map((one) => one.rateCyclesPerSecond))).toEqual(new Set([12_345n]));
  // The first genesis stands, whatever a later call is told.
  expect((await founded({ BENEFICIARIES: '' })).vesting).toEqual(genesis.vesting);
}, 60_000);

it('a beneficiary that is none founds no network', async () => {
  await emptied();
  await expect(founded({ BENEFICIARIES: 'founders=hai1x' })).rejects.toThrow(/no beneficiary/);
}, 60_000);
