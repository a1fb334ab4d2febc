/** What a region's object signs for its seats when it is asked directly: its own guards, whatever the API asked before it. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Region } from '../../durable-objects/region/region.ts';
import { openLedger } from '../../ledger/d1.ts';
import { verifySignature } from '../../protocol/ed25519.ts';
import { encodeGenesis, genesisHash } from '../../protocol/genesis.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { regionNumber } from '../../protocol/regions.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { recordKindNumber } from '../../protocol/state/record.ts';
import { approvalBytes } from '../../protocol/tx/param.ts';
import { type Env, regionStub } from '../../workers/env.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { GovernanceChain } from '../support/governance.ts';
import { asProduction } from '../support/network.ts';

const chain = new GovernanceChain();
const id = chain.propose(chain.alice, 'delayMs', '5000');
const hex = bytesToHex(id);
const absent = taggedHash('HAI/test-proposal');
/** A record of the kind that is no proposal: until when its proposer makes no other. */
const proposer = chain.state
  .records()
  .find(({ kind, key }) => kind === 'proposal' && !key.every((byte, i) => byte === id[i]));
const stub = regionStub(env as unknown as Env, 'weur');
const genesis = asProduction(chain.network.genesis);

/** What the object signs while its deployment says this. */
async function signed(list: string | undefined, dev: string, proposal: Uint8Array): Promise<number[]> {
  await runInDurableObject(stub as never, (instance) => {
    const { context } = instance as unknown as Pick<Region, never> & { context: { env: object } };
    context.env = { ...context.env, APPROVE_PARAMS: list, DEV: dev };
  });
  return (await stub.approve(proposal)).map(({ seat }) => seat);
}

beforeAll(async () => {
  await openLedger(env.DB).start(encodeGenesis(genesis), initialState(genesis).accounts());
  forgetNetwork();
  const put = env.DB.prepare('INSERT INTO record(kind, key, value, updated_height) VALUES(?, ?, ?, 1)');
  if (!proposer) throw new Error('no record of the proposer');
  const values: [Uint8Array, Uint8Array][] = [
    [id, chain.state.record('proposal', id) as Uint8Array],
    [proposer.key, proposer.value],
  ];
  await env.DB.batch(values.map(([key, value]) => put.bind(recordKindNumber('proposal'), key, value)));
});

const own = genesis.seats.flatMap(({ region }, seat) => (region === regionNumber('weur') ? [seat] : []));

describe('an object of a production network', () => {
  it.each<[string, string | undefined, Uint8Array, number[]]>([
    ['what its deployment names', hex, id, own],
    ['what it names among others', ` ${'ab'.repeat(32)} , ${hex.toUpperCase()}`, id, own],
    ['nothing by default', undefined, id, []],
    ['nothing where the list is empty', '', id, []],
    ['nothing where the list names another', 'ab'.repeat(32), id, []],
    ['nothing by `all`, though the binding says development', 'all', id, []],
    ['nothing that is not on the chain', bytesToHex(absent), absent, []],
    ['no record that is not a proposal', bytesToHex(proposer?.key ?? absent), proposer?.key ?? absent, []],
  ])('signs %s', async (_, list, proposal, seats) => {
    expect(own.length).toBeGreaterThan(0);
    expect(await signed(list, '1', proposal)).toEqual(seats);
  });

  it('signs the approval, and nothing more, by the keys of its seats', async () => {
    await signed(hex, '0', id);
    const approvals = await stub.approve(id);
    const { seats } = await (stub as unknown as Region).publicKeys(own.length);
    const verdicts = approvals.map(({ signature }, i) =>
      verifySignature(seats[i] as Uint8Array, approvalBytes(genesisHash(genesis), id), signature),
    );
    expect(verdicts).toEqual(own.map(() => true));
  });
});
