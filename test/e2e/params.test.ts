/** `hai params` against a running network: a parameter changed from the command line, by seats of the network and by stake. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountOfSeed } from '../../clients/sdk/account.ts';
import { bondCalls } from '../../clients/sdk/bonds.ts';
import { createClient } from '../../clients/sdk/client.ts';
import { parameterCalls } from '../../clients/sdk/parameters.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireParameter, WireProposal } from '../../protocol/wire.ts';
import { keyPair } from '../support/keys.ts';
import { jsonOf, runHai, temporaryFolder } from '../unit/cli/captured-io.ts';

let network: LocalNetwork;
let env: Record<string, string>;

async function hai(...args: string[]) {
  const ran = await runHai([...args, '--json'], { env, fetch });
  return { exit: ran.exit, json: jsonOf(ran) };
}

async function told<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const { exit, json } = await hai(...args);
  expect(exit, JSON.stringify(json)).toBe(0);
  return json as T;
}

const reservation = async (): Promise<WireParameter> => {
  const { parameters } = await told<{ parameters: WireParameter[] }>('params');
  return parameters.find(({ name }) => name === 'reservationZhiPerHour') as WireParameter;
};

beforeAll(async () => {
  network = await startNetwork({ approveParams: 'all' });
  env = {
    XDG_CONFIG_HOME: temporaryFolder(),
    HAI_PASSPHRASE: 'correct horse battery',
    HAI_URL: network.url,
    HAI_GENESIS: network.genesis,
  };
  await told('wallet', 'new', '--light');
  await told('wallet', 'faucet', '100');
});
afterAll(() => network?.close());

/** Goes by the clock: what is waited for is a time. */
const untilMs = async (timeMs: string): Promise<void> => {
  while (Date.now() < Number(timeMs)) await new Promise((resolve) => setTimeout(resolve, 50));
};

it('changes a parameter, step by step', async () => {
  const before = await reservation();
  // Nothing was set: the proof is of an absence.
  expect(await told('params', '--verify')).toMatchObject({ parameters: { reservationZhiPerHour: before.value } });
  expect(before).toMatchObject({ setBy: null, scheduled: null });
  const propose = ['params', 'propose', 'reservationZhiPerHour'];
  expect(await hai(...propose, '1234')).toMatchObject({ exit: 4, json: { error: { code: 'insufficient_bond' } } });
  expect(await told('bond', 'add', '2')).toMatchObject({ bond: { bondedZhi: '200000000' } });
  expect(await hai(...propose, '10000000000001')).toMatchObject({
    exit: 4,
    json: { error: { code: 'parameter_out_of_range' } },
  });
  const { proposal: id } = await told<{ proposal: string }>(...propose, '1234');
  const approved = await told<{ proposal: WireProposal }>('params', 'approve', id);
  expect(approved.proposal).toMatchObject({ id, state: 'voting', seats: Array.from({ length: 13 }, (_, i) => i) });
  await told('params', 'vote', id, 'yes', '--yes');
  expect(await hai('params', 'vote', id, 'no', '--yes')).toMatchObject({
    exit: 4,
    json: { error: { code: 'already_voted' } },
  });
  const { endMs, verified } = await told<WireProposal & { verified: object }>('params', 'show', id, '--verify');
  expect(verified).toMatchObject({ id, parameter: 'reservationZhiPerHour', value: '1234' });
  await untilMs(endMs);
  const { proposal } = await told<{ proposal: WireProposal }>('params', 'enact', id);
  expect(proposal).toMatchObject({ state: 'enacted', value: '1234' });
  await untilMs(proposal.enacted?.fromMs as string);
  expect(await reservation()).toMatchObject({
    value: '1234',
    setBy: { proposal: id, yesZhi: '200000000' },
    version: id,
  });
  // Of a block at or after that time: one more makes sure that there is one.
  await told('wallet', 'faucet', '1');
  const proven = await told<{ parameters: Record<string, string> }>('params', '--verify');
  expect(proven).toMatchObject({ verified: true, parameters: { reservationZhiPerHour: '1234', baseFeeZhi: '1000' } });
  const { proposals } = await told<{ proposals: WireProposal[] }>('params', 'proposals');
  expect(proposals.map((one) => one.id)).toEqual([id]);
  const text = await runHai(['params', 'list'], { env, fetch });
  expect(text.stdout).toContain('reservationZhiPerHour = 1234 (zhi an hour)');
  expect(await told('bond', 'release', '1')).toMatchObject({ bond: { bondedZhi: '100000000' } });
  expect(await hai('bond', 'withdraw')).toMatchObject({ exit: 4, json: { error: { code: 'nothing_due' } } });
});

it('asks no seat for what the operator has not named', async () => {
  const reserved = await startNetwork();
  try {
    const client = createClient({ url: reserved.url, account: accountOfSeed(keyPair('params/proposer').seed) });
    await client.faucet();
    await client.with(bondCalls).addBond(10_000n as Zhi);
    const { hash } = await client.with(parameterCalls).propose('baseFeeZhi', '2000');
    expect(await client.with(parameterCalls).hostedApprovals(hash)).toEqual({ approvals: [], unanswered: [] });
    const own = { ...env, HAI_URL: reserved.url, HAI_GENESIS: reserved.genesis };
    const ran = await runHai(['params', 'approve', hash, '--json'], { env: own, fetch });
    expect({ exit: ran.exit, json: jsonOf(ran) }).toMatchObject({ exit: 1, json: { error: { kind: 'refused' } } });
  } finally {
    await reserved.close();
  }
});
