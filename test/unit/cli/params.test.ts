/** hai params and hai bond where no network is needed: usage, texts, and seats' keystores. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { sealKeystore } from '../../../clients/cli/keystore.ts';
import { encodeBody } from '../../../protocol/block/block.ts';
import { wireParameters, wireProposal } from '../../../protocol/governance/wire.ts';
import { parseTransaction, transactionHash } from '../../../protocol/tx/envelope.ts';
import { decodeParam, encodeParam } from '../../../protocol/tx/param.ts';
import type { Zhi } from '../../../protocol/units.ts';
import type { WireProposal } from '../../../protocol/wire.ts';
import { GovernanceChain } from '../../support/governance.ts';
import type { KeyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const network = testNetwork();
const chain = new GovernanceChain(network);
const fromMs = chain.change('baseFeeZhi', '2500');
const proposing = chain.sign(chain.bob, 'param', encodeParam(chain.proposeBody('delayMs', '5000')), {
  feeZhi: 2_500n as Zhi,
});
const proposed = chain.build([proposing]);
chain.take(proposed);
const proposal = transactionHash(proposing);
const id = Buffer.from(proposal).toString('hex');
const folder = temporaryFolder();
const env = {
  XDG_CONFIG_HOME: folder,
  HAI_PASSPHRASE: 'correct horse battery',
  HAI_SEAT_PASSPHRASE: 'another one here',
};
const FAST = { n: 1024, r: 8, p: 1 };

async function seatFile(name: string, { seed, address }: KeyPair): Promise<string> {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(await sealKeystore(seed, env.HAI_SEAT_PASSPHRASE, address, FAST)), {
    mode: 0o600,
  });
  return file;
}

beforeAll(async () => {
  expect((await runHai(['wallet', 'new', '--light'], { env })).exit).toBe(0);
});

/** A network that answers with the chain's parameters, and takes what is sent. */
function serving(sent: Uint8Array[], says: Partial<WireProposal> = {}): typeof fetch {
  const answers: Record<string, unknown> = {
    '/v1/genesis': { hash: Buffer.from(network.hash).toString('hex'), genesis: base64.encode(network.bytes) },
    '/v1/chain': { tip: { height: '9' }, baseFeeZhi: '2500' },
    '/v1/parameters': { parameters: wireParameters(chain.state, network.genesis, fromMs) },
    '/v1/parameters/proposals': { proposals: [wireProposal(proposal, chain.proposal(proposal), fromMs)], next: null },
    [`/v1/parameters/proposals/${id}`]: { ...wireProposal(proposal, chain.proposal(proposal), fromMs), ...says },
    [`/v1/parameters/proposals/${id}/approvals`]: { approvals: [], unanswered: ['oc'] },
  };
  return async (input, init) => {
    const { pathname } = new URL(String(input));
    if (pathname === `/v1/blocks/${proposed.block.header.height}/body`)
      return new Response(encodeBody(proposed.block.body) as Uint8Array<ArrayBuffer>);
    if (pathname !== '/v1/transactions') return Response.json(answers[pathname] ?? { nextNonce: '0' });
    const text = new TextDecoder().decode(await new Response(init?.body as BodyInit).arrayBuffer());
    sent.push(base64.decode((JSON.parse(text) as { transaction: string }).transaction));
    return Response.json({ hash: id, height: '41', status: 'applied', code: null, entries: [0] });
  };
}

describe('hai params', () => {
  it('lists what holds, since when and by whom', async () => {
    const ran = await runHai(['params'], { env, fetch: serving([]) });
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toContain('baseFeeZhi = 2500 (zhi)');
    expect(ran.stdout).toContain(`since   ${new Date(Number(fromMs)).toISOString()} by proposal`);
    expect(ran.stdout).toContain('seats 0 1 2 3 4 5 6 7 8');
    expect(ran.stdout).toContain('marketingVesting = locked (schedule)');
    const listed = await runHai(['params', 'proposals'], { env, fetch: serving([]) });
    expect(listed.stdout).toContain('delayMs = 5000');
    expect(listed.stdout).toContain('0 of at least 9');
  });

  it.each([
    [['params', 'propose', 'noSuch', '1']],
    [['params', 'propose', 'baseFeeZhi']],
    [['params', 'vote', id, 'perhaps']],
    [['params', 'vote', 'short', 'yes']],
    [['params', 'show', id.toUpperCase()]],
    [['params', 'enact']],
    [['bond', 'add', '0']],
    [['bond', 'release']],
  ])('is wrong use: %j', async (args) => {
    expect(await runHai(args, { env })).toMatchObject({ exit: 2, stdout: '' });
  });

  it('refuses a limit of the fee that is no number', async () => {
    const ran = await runHai(['params', 'enact', id], { env: { ...env, HAI_BASE_FEE_MAX: 'much' } });
    expect(ran).toMatchObject({ exit: 2, stderr: expect.stringContaining('HAI_BASE_FEE_MAX') });
    const low = await runHai(['params', 'enact', id, '--json'], {
      env: { ...env, HAI_BASE_FEE_MAX: '2499' },
      fetch: serving([]),
    });
    expect([low.exit, jsonOf(low)]).toMatchObject([5, { error: { kind: 'untrusted' } }]);
  });
});

describe('hai params approve', () => {
  it('signs by the keystores of seats, and by no other key', async () => {
    const sent: Uint8Array[] = [];
    const files = await Promise.all([
      seatFile('seat-5', network.seats[5] as KeyPair),
      seatFile('seat-1', network.seats[1] as KeyPair),
    ]);
    const args = files.flatMap((file) => ['--seat-key', file]);
    const ran = await runHai(['params', 'approve', id, ...args, '--yes', '--json'], { env, fetch: serving(sent) });
    expect([ran.exit, jsonOf(ran)]).toMatchObject([0, { height: '41', proposal: { id } }]);
    const parsed = parseTransaction(sent[0] as Uint8Array, network.hash);
    const body = parsed.ok ? decodeParam(parsed.value.body) : undefined;
    expect(body?.kind === 'approve' && body.approvals.map(({ seat }) => seat)).toEqual([1, 5]);
    const other = await seatFile('alice', network.key('alice'));
    const refused = await runHai(['params', 'approve', id, '--seat-key', other, '--yes', '--json'], {
      env,
      fetch: serving(sent),
    });
    expect([refused.exit, jsonOf(refused)]).toMatchObject([4, { error: { code: 'not_authorised' } }]);
    expect(sent).toHaveLength(1);
  });

  it('asks for the seat’s own passphrase, and never shows it', async () => {
    const file = await seatFile('seat-6', network.seats[6] as KeyPair);
    const args = ['params', 'approve', id, '--seat-key', file, '--yes'];
    const { HAI_SEAT_PASSPHRASE: _, ...without } = env;
    expect(await runHai(args, { env: without, fetch: serving([]) })).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('HAI_SEAT_PASSPHRASE'),
    });
    const wrong = await runHai(args, { env: { ...env, HAI_SEAT_PASSPHRASE: 'a wrong secret' }, fetch: serving([]) });
    expect(wrong.exit).toBe(1);
    expect(wrong.stdout + wrong.stderr).not.toContain('a wrong secret');
  });

  it('says so when the network’s own seats approve nothing', async () => {
    const ran = await runHai(['params', 'approve', id], { env, fetch: serving([]) });
    expect(ran).toMatchObject({ exit: 1, stdout: '', stderr: expect.stringContaining('APPROVE_PARAMS') });
    expect(ran.stderr).toContain('no answer from the seats of oc');
  });
});

describe('what a seat or a stake signs', () => {
  const signs = async (sent: Uint8Array[], says: Partial<WireProposal>, ...more: string[]) => {
    const file = await seatFile('seat-7', network.seats[7] as KeyPair);
    const fetch = serving(sent, says);
    return [
      await runHai(['params', 'vote', id, 'yes', ...more], { env, fetch }),
      await runHai(['params', 'approve', id, '--seat-key', file, ...more], { env, fetch }),
    ];
  };

  it('is shown before, by the proposal’s own bytes', async () => {
    const sent: Uint8Array[] = [];
    for (const ran of await signs(sent, {}, '--yes')) {
      expect(ran.exit).toBe(0);
      expect(ran.stderr).toContain('delayMs = 5000');
      expect(ran.stderr).toContain('what the genesis says');
    }
    expect(sent).toHaveLength(2);
  });

  it('is not signed without a yes', async () => {
    const sent: Uint8Array[] = [];
    for (const ran of await signs(sent, {})) {
      expect(ran).toMatchObject({ exit: 2, stdout: '' });
      expect(ran.stderr).toContain('delayMs = 5000');
      expect(ran.stderr).toContain('--yes');
    }
    expect(sent).toEqual([]);
  });

  it('is not signed where the network says something else', async () => {
    const sent: Uint8Array[] = [];
    for (const ran of await signs(sent, { parameter: 'votingMs', value: '1000' }, '--yes')) {
      expect(ran).toMatchObject({ exit: 5, stdout: '' });
      expect(ran.stderr).toContain('which says delayMs');
    }
    expect(sent).toEqual([]);
  });

  it('is shown by show --verify', async () => {
    const ran = await runHai(['params', 'show', id, '--verify', '--json'], { env, fetch: serving([]) });
    expect([ran.exit, jsonOf(ran)]).toMatchObject([0, { id, verified: { parameter: 'delayMs', value: '5000' } }]);
    const lied = await runHai(['params', 'show', id, '--verify', '--json'], {
      env,
      fetch: serving([], { value: '1' }),
    });
    expect([lied.exit, jsonOf(lied)]).toMatchObject([5, { error: { kind: 'untrusted' } }]);
    const unasked = await runHai(['params', 'show', id], { env, fetch: serving([], { value: '1' }) });
    expect(unasked).toMatchObject({ exit: 0, stdout: expect.stringContaining('delayMs = 1') });
  });
});
