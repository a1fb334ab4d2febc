/** The marketing grant in what the network says of its money: only once governance has set its schedule. */
import { env } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { encodeValue } from '../../protocol/governance/parameters.ts';
import type { WireTokenomics } from '../../protocol/money/wire.ts';
import { addSetting } from '../../protocol/record/parameter.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { recordKindNumber } from '../../protocol/state/record.ts';
import { networkOf } from '../../workers/network.ts';
import { keyPair } from '../support/keys.ts';
import { call } from './api-caller.ts';
import { workerEnv } from './region-demander.ts';
import { foundWithFund } from './swap-founding.ts';

const GRANT_ZHI = 1_000_000n;

beforeAll(() => foundWithFund(SYSTEM_ACCOUNT.marketing, GRANT_ZHI), 60_000);

it('is in the schedule once the chain has one for it', async () => {
  const grants = async () => ((await (await call('GET', '/v1/tokenomics')).json()) as WireTokenomics).grants;
  expect((await grants()).some(({ grant }) => grant === 'marketing')).toBe(false);
  const { genesis } = await networkOf(workerEnv);
  const state = initialState(genesis);
  const beneficiary = keyPair('marketing/beneficiary').key;
  const value = { beneficiary, lockDays: 30, dailyMillionths: 1000, base: 'supply' } as const;
  addSetting(state, 'marketingVesting', genesis.createdMs, {
    value: encodeValue('marketingVesting', value),
    fromMs: genesis.createdMs,
    proposal: new Uint8Array(32),
  });
  const [record] = state.records();
  await env.DB.prepare('INSERT INTO record (kind, key, value, updated_height) VALUES (?, ?, ?, 1)')
    .bind(recordKindNumber('parameter'), record?.key, record?.value)
    .run();
  expect((await grants()).find(({ grant }) => grant === 'marketing')).toMatchObject({
    amountZhi: GRANT_ZHI.toString(),
    lockDays: 30,
    dailyMillionths: 1000,
    base: 'supply',
  });
});
