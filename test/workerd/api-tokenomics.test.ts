/** What the network says of its money: the schedule of its genesis, and where the supply is, proven, after each block. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { UntrustedError } from '../../clients/sdk/errors.ts';
import { verifySupply } from '../../clients/sdk/supply.ts';
import { openLedger } from '../../ledger/d1.ts';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { decodeHeader } from '../../protocol/block/header.ts';
import { genesisFault } from '../../protocol/genesis.ts';
import { circulatingByYear, moneyFacts, moneyTerms } from '../../protocol/money/schedule.ts';
import { genesisSupply, type Supply, supplyAfter } from '../../protocol/money/supply.ts';
import type { WireTokenomics } from '../../protocol/money/wire.ts';
import type { WireSupply } from '../../protocol/money/wire-supply.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { SUPPLY_ZHI, type Zhi } from '../../protocol/units.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { shippedTerms } from '../support/founding.ts';
import { call, expectProblem } from './api-caller.ts';
import { type Sender, startSender } from './api-sender.ts';

let alice: Sender;
let network: Awaited<ReturnType<Sender['client']['network']>>;
const supplyNow = async () => (await (await call('GET', '/v1/supply')).json()) as WireSupply;

beforeAll(async () => {
  forgetNetwork();
}, 60_000);

describe('a network that was just founded', () => {
  it('is founded from the file that ships', async () => {
    expect((await call('GET', '/v1/genesis')).status).toBe(200);
    const before = await supplyNow();
    expect(before).toMatchObject({ height: '0', header: null, certificate: null, proof: null, burnedZhi: '0' });
    alice = await startSender('tokenomics/alice');
    network = await alice.client.network();
    expect(await verifySupply(network, before)).toEqual(genesisSupply(network.genesis));
    const { genesis } = network;
    const terms = shippedTerms('development');
    expect(genesisFault(genesis)).toBeUndefined();
    expect(genesis.network).toBe(terms.network);
    expect(genesis.governance).toEqual(terms.governance);
    expect(genesis.allocations.map(({ amount }) => amount)).toEqual(terms.allocations.map((one) => one.amountZhi));
    expect(genesis.vesting.map(({ beneficiary: _, ...schedule }) => schedule)).toEqual(
      terms.vesting.map(({ beneficiary: _, ...schedule }) => schedule),
    );
    // Nobody is named, so that the faucet's key, which has the marketing grant, stands for all.
    const faucet = genesis.allocations.at(-1)?.account;
    expect(
      genesis.vesting.every(({ beneficiary }) => faucet && beneficiary.every((byte, i) => byte === faucet[i])),
    ).toBe(true);
  }, 60_000);
});

describe('GET /v1/tokenomics', () => {
  const told = async (query = '') => (await (await call('GET', `/v1/tokenomics${query}`)).json()) as WireTokenomics;

  it('is the schedule of the genesis in both readings', async () => {
    const terms = moneyTerms(network.genesis);
    const { readings, grants, emission } = await told();
    for (const reading of ['grant', 'supply'] as const) {
      expect(readings[reading]).toHaveLength(41);
      const [row] = circulatingByYear(terms, reading, [6]);
      expect(readings[reading]?.[6]?.circulatingZhi).toBe(row?.circulatingZhi.toString());
    }
    expect(readings.grant?.[6]).not.toEqual(readings.supply?.[6]);
    const facts = moneyFacts(terms);
    expect(emission.epochs).toBe(facts.emission.epochs.toString());
    expect(grants.map(({ exhausted }) => exhausted.supply.day)).toEqual(
      facts.grants.map(({ exhausted }) => exhausted.supply.day.toString()),
    );
  });

  it('goes as far as it is asked to, and refuses to go further', async () => {
    expect((await told('?years=3')).readings.grant).toHaveLength(4);
    expect((await alice.client.tokenomics(200)).readings.supply).toHaveLength(201);
    for (const years of ['0', '201', '-1', '1.5', 'x', '']) {
      await expectProblem(await call('GET', `/v1/tokenomics?years=${years}`), 'invalid_field', 'years');
    }
    await expectProblem(await call('GET', '/v1/tokenomics?base=grant'), 'unknown_field', 'base');
  });
});

/** A second passes, and the figures are read anew. */
async function supplyAt(height: bigint): Promise<WireSupply> {
  for (;;) {
    const wire = await supplyNow();
    if (BigInt(wire.height) >= height) return wire;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('GET /v1/supply', () => {
  it('is proven by one final header, account by account', async () => {
    expect(await alice.outcome('bond', encodeBond({ amountZhi: 1_000n as Zhi }))).toBe('applied');
    const tip = await openLedger(env.DB).tip();
    const wire = await supplyAt(tip?.height ?? 0n);
    const supply = await verifySupply(network, wire);
    expect(supply.burnedZhi).toBeGreaterThan(0n);
    expect(supply.mintedZhi + supply.unmintedZhi + supply.burnedZhi).toBe(SUPPLY_ZHI);
    const bonds = wire.accounts.find(({ name }) => name === 'bonds');
    expect(bonds?.balanceZhi).toBe('1000');
    expect(BigInt(bonds?.balanceZhi ?? '')).toBe((await openLedger(env.DB).account(SYSTEM_ACCOUNT.bonds))?.balanceZhi);
  }, 60_000);

  it('is what the headers of all blocks add up to, and each block says its part', async () => {
    const wire = await supplyNow();
    let supply: Supply = genesisSupply(network.genesis);
    for (let height = 1n; height <= BigInt(wire.height); height++) {
      const block = await alice.client.block(height);
      const header = decodeHeader(Uint8Array.from(atob(block.header), (c) => c.charCodeAt(0)));
      expect([block.supplyZhi, header.supplyZhi]).toEqual([SUPPLY_ZHI.toString(), SUPPLY_ZHI]);
      expect([block.mintedZhi, block.burnedZhi]).toEqual([header.mintedZhi.toString(), header.burnedZhi.toString()]);
      supply = supplyAfter(supply, header) as Supply;
    }
    expect(supply).toEqual(await verifySupply(network, wire));
  }, 60_000);

  it('is told to subscribers of blocks', async () => {
    const events = await openLedger(env.DB).events({ height: 0n, index: -1 }, 1_000);
    const blocks = events.filter(({ type }) => type === 'block.finalized');
    expect(blocks.length).toBeGreaterThan(0);
    for (const { body } of blocks) expect(body).toMatchObject({ supplyZhi: SUPPLY_ZHI.toString(), mintedZhi: '0' });
    expect(blocks.reduce((sum, { body }) => sum + BigInt(String(body.burnedZhi)), 0n)).toBeGreaterThan(0n);
  });

  const change = (wire: WireSupply, name: string, balanceZhi: string): WireSupply => ({
    ...wire,
    accounts: wire.accounts.map((one) => (one.name === name ? { ...one, balanceZhi } : one)),
  });

  const placed = ({ accounts }: WireSupply): WireSupply['accounts'] =>
    accounts.map((one) => (one.name === 'burned' ? { ...one, place: 'minted' } : one));

  it.each<[string, (wire: WireSupply) => WireSupply]>([
    ['another balance', (wire) => change(wire, 'bonds', '999')],
    ['a balance that is no number', (wire) => change(wire, 'bonds', '-1')],
    ['burned coins put back', (wire) => ({ ...change(wire, 'burned', '0'), burnedZhi: '0' })],
    ['another total', (wire) => ({ ...wire, mintedZhi: (BigInt(wire.mintedZhi) + 1n).toString() })],
    ['another sum', (wire) => ({ ...wire, supplyZhi: '1' })],
    ['an account left out', (wire) => ({ ...wire, accounts: wire.accounts.slice(1) })],
    ['an account twice', (wire) => ({ ...wire, accounts: [...wire.accounts, ...wire.accounts.slice(0, 1)] })],
    ['a place that it is not in', (wire) => ({ ...wire, accounts: placed(wire) })],
    ['another height', (wire) => ({ ...wire, height: (BigInt(wire.height) + 1n).toString() })],
    ['no proof', (wire) => ({ ...wire, header: null })],
    ['no certificate', (wire) => ({ ...wire, certificate: null })],
    [
      'a proof of another account',
      (wire) => {
        const [first, second] = wire.accounts;
        if (!first || !second) throw new Error('no accounts');
        return { ...wire, accounts: [{ ...first, proof: second.proof }, ...wire.accounts.slice(1)] };
      },
    ],
    ['a proof that is no base64', (wire) => ({ ...wire, proof: '!' })],
  ])('is refused with %s', async (_, forge) => {
    await expect(verifySupply(network, forge(await supplyNow()))).rejects.toThrow(UntrustedError);
  });

  it('is refused by another network’s genesis', async () => {
    const other = { ...network, genesis: { ...network.genesis, network: 'other' } };
    await expect(verifySupply(other, await supplyNow())).rejects.toThrow(UntrustedError);
  });
});
