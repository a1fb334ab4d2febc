/** The SDK's part in votes and fees: what it signs, what it refuses to sign, and what it pays at most. */
import { base64 } from '@scure/base';
import { describe, expect, it } from 'vitest';
import { accountOfSeed } from '../../../clients/sdk/account.ts';
import { createClient } from '../../../clients/sdk/client.ts';
import { parameterCalls } from '../../../clients/sdk/parameters.ts';
import { encodeBody } from '../../../protocol/block/block.ts';
import { verifySignature } from '../../../protocol/ed25519.ts';
import { wireParameters, wireProposal } from '../../../protocol/governance/wire.ts';
import { taggedHash } from '../../../protocol/hash.ts';
import { parseTransaction, type Transaction, transactionHash } from '../../../protocol/tx/envelope.ts';
import { approvalBytes, decodeParam, encodeParam } from '../../../protocol/tx/param.ts';
import type { WireProposal, WireTransaction } from '../../../protocol/wire.ts';
import { GovernanceChain } from '../../support/governance.ts';
import { keyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';

const network = testNetwork();
const account = accountOfSeed(keyPair('sdk/voter').seed);
const chain = new GovernanceChain(network);
/** The block that proposes, and what the network should say of it. */
const proposing = chain.sign(chain.alice, 'param', encodeParam(chain.proposeBody('delayMs', '5000')));
const proposed = chain.build([proposing, chain.fund(chain.bob, 1n)]);
chain.take(proposed);
const id = Buffer.from(transactionHash(proposing)).toString('hex');
const other = Buffer.from(taggedHash('HAI/test-proposal')).toString('hex');
const truth = wireProposal(transactionHash(proposing), chain.proposal(transactionHash(proposing)), chain.parent.timeMs);

interface Served {
  /** What the network says the base fee is, one answer after the other; the last stays. */
  readonly fees: string[];
  /** What becomes of each transaction sent: a code, or taken. */
  readonly refuses?: string[];
  /** What it says of the proposal, and its block's body; the truth unless given. */
  readonly says?: Partial<WireProposal>;
  readonly body?: Uint8Array;
}

/** A network that takes every transaction, or refuses some, and what it was sent. */
function served({ fees, refuses = [], says = {}, body = encodeBody(proposed.block.body) }: Served) {
  const sent: Transaction[] = [];
  const answers: Record<string, () => unknown> = {
    '/v1/genesis': () => ({ hash: Buffer.from(network.hash).toString('hex'), genesis: base64.encode(network.bytes) }),
    '/v1/chain': () => ({ tip: { height: '9' }, baseFeeZhi: fees.length > 1 ? fees.shift() : fees[0] }),
    '/v1/parameters': () => ({ parameters: wireParameters(chain.state, network.genesis, chain.parent.timeMs) }),
  };
  const take = (text: string): Response => {
    const bytes = base64.decode((JSON.parse(text) as { transaction: string }).transaction);
    const parsed = parseTransaction(bytes, network.hash);
    if (!parsed.ok) throw new Error(parsed.code);
    sent.push(parsed.value);
    const code = refuses.shift();
    if (code)
      return Response.json(
        { code, number: 207, status: 422, title: code, request_id: 'r', retryable: false },
        { status: 422, headers: { 'content-type': 'application/problem+json' } },
      );
    const applied: Partial<WireTransaction> = { hash: id, status: 'applied', code: null, entries: [0], height: '10' };
    return Response.json(applied);
  };
  const fetcher = (async (input, init) => {
    const { pathname } = new URL(String(input));
    if (pathname.startsWith('/v1/parameters/proposals/')) return Response.json({ ...truth, ...says });
    if (pathname === '/v1/transactions') {
      return take(new TextDecoder().decode(await new Response(init?.body as BodyInit).arrayBuffer()));
    }
    if (pathname === `/v1/blocks/${truth.height}/body`) return new Response(body as Uint8Array<ArrayBuffer>);
    return Response.json(answers[pathname]?.() ?? { nextNonce: '0', homeRegion: 'weur' });
  }) as typeof fetch;
  const client = (baseFeeMaxZhi?: bigint) =>
    createClient({
      url: 'https://x.example',
      fetch: fetcher,
      account,
      ...(baseFeeMaxZhi === undefined ? {} : { baseFeeMaxZhi }),
    });
  return { sent, client };
}

const bodyOfProposal = (): Transaction => {
  const parsed = parseTransaction(proposing, network.hash);
  if (!parsed.ok) throw new Error(parsed.code);
  return parsed.value;
};
const bodyOf = (tx: Transaction | undefined) => decodeParam((tx as Transaction).body);

describe('a fee', () => {
  it('is the one that the network names, and not the genesis’', async () => {
    const { sent, client } = served({ fees: ['1700'] });
    await client().with(parameterCalls).vote(id, true);
    expect(sent.map(({ feeZhi }) => feeZhi)).toEqual([1700n]);
    expect(bodyOf(sent[0])).toMatchObject({ kind: 'ballot', yes: true });
  });

  it('that has become too low is asked for anew, and the transaction signed again', async () => {
    const { sent, client } = served({ fees: ['1000', '2500'], refuses: ['fee_too_low'] });
    await client().with(parameterCalls).enact(id);
    expect(sent.map(({ feeZhi, nonce }) => [feeZhi, nonce])).toEqual([
      [1000n, 0n],
      [2500n, 0n],
    ]);
  });

  it.each(['100001', '-1', '', '1e3', '99999999999999999999'])('of %s zhi is not paid', async (fee) => {
    const { sent, client } = served({ fees: [fee] });
    await expect(client().with(parameterCalls).enact(id)).rejects.toThrow('this client pays at most 100000');
    expect(sent).toEqual([]);
  });

  it('is bounded by the caller’s word', async () => {
    const { sent, client } = served({ fees: ['100001'] });
    await client(100_001n).with(parameterCalls).enact(id);
    await expect(client(100_000n).with(parameterCalls).enact(id)).rejects.toThrow('at most 100000');
    await expect(client(0n).with(parameterCalls).enact(id)).rejects.toThrow('at most 0');
    expect(sent).toHaveLength(1);
  });
});

describe('a proposal', () => {
  it('names the version that it replaces', async () => {
    const { sent, client } = served({ fees: ['1000'] });
    expect(await client().with(parameterCalls).propose('delayMs', '5000')).toMatchObject({ hash: id, height: '10' });
    expect(bodyOf(sent[0])).toEqual(chain.proposeBody('delayMs', '5000'));
    expect(decodeParam(bodyOfProposal().body)).toEqual(bodyOf(sent[0]));
  });

  it.each<[string, string, string]>([
    ['noSuch', '1', 'unknown_parameter'],
    ['toString', '1', 'unknown_parameter'],
    ['delayMs', '999', 'parameter_out_of_range'],
    ['delayMs', '5 s', 'parameter_out_of_range'],
    ['swapSet', 'none', 'parameter_out_of_range'],
  ])('of %s = %s is refused before it is sent', async (name, value, code) => {
    const { sent, client } = served({ fees: ['1000'] });
    await expect(client().with(parameterCalls).propose(name, value)).rejects.toMatchObject({ code });
    expect(sent).toEqual([]);
  });
});

describe('an approval', () => {
  it('is signed by a seat’s key, and sent in seat order, each seat once', async () => {
    const { sent, client } = served({ fees: ['1000'] });
    const calls = client().with(parameterCalls);
    const seat = (i: number) => calls.signApproval(accountOfSeed((network.seats[i] as { seed: Uint8Array }).seed), id);
    await calls.approve(id, [await seat(7), await seat(2), await seat(7)]);
    const body = bodyOf(sent[0]) as { approvals: { seat: number; signature: Uint8Array }[]; proposal: Uint8Array };
    expect(body.approvals.map((one) => one.seat)).toEqual([2, 7]);
    for (const { seat: number, signature } of body.approvals) {
      const key = network.genesis.seats[number]?.key as Uint8Array;
      expect(verifySignature(key, approvalBytes(network.hash, body.proposal), signature)).toBe(true);
    }
  });

  it('is refused to a key that holds no seat, and of what is no id', async () => {
    const calls = served({ fees: ['1000'] })
      .client()
      .with(parameterCalls);
    await expect(calls.signApproval(account, id)).rejects.toMatchObject({ code: 'not_authorised' });
    await expect(calls.vote('abc', true)).rejects.toThrow('64 lower-case hex digits');
    expect(() => calls.enact(id.toUpperCase())).toThrow('64 lower-case hex digits');
  });
});

describe('what is signed', () => {
  const seat = accountOfSeed((network.seats[3] as { seed: Uint8Array }).seed);
  const bodyWith = (transactions: readonly Uint8Array[]): Uint8Array =>
    encodeBody({ ...proposed.block.body, transactions: [...transactions] });
  const [, transfer] = proposed.block.body.transactions as [Uint8Array, Uint8Array];
  const ballot = chain.sign(
    chain.bob,
    'param',
    encodeParam({ kind: 'ballot', proposal: transactionHash(proposing), yes: true }),
  );

  it('is what the proposal’s own bytes say', async () => {
    const { client } = served({ fees: ['1000'] });
    expect(await client().with(parameterCalls).proposalSaid(id)).toEqual({
      id,
      parameter: 'delayMs',
      value: '5000',
      replaces: '00'.repeat(32),
      proposer: chain.alice.address,
    });
  });

  const lies: [string, Omit<Served, 'fees'>, string][] = [
    ['another parameter', { says: { parameter: 'votingMs' } }, 'which says delayMs'],
    ['another value', { says: { value: '86400000' } }, 'which says 5000'],
    ['another proposer', { says: { proposer: chain.bob.address } }, `which says ${chain.alice.address}`],
    ['another version', { says: { replaces: 'ab'.repeat(32) } }, 'which says 0000'],
    ['another id', { says: { id: other } }, `which says ${id}`],
    ['no height', { says: { height: '../1' } }, 'no height'],
    ['a block without it', { body: bodyWith([transfer]) }, 'is not in the block'],
    [
      'bytes that are not of that hash',
      { body: bodyWith([proposing.map((byte, i) => (i === 60 ? byte ^ 1 : byte))]) },
      'is not in',
    ],
    ['what is no block', { body: Uint8Array.of(1, 2) }, 'does not decode'],
  ];
  it.each(lies)('is nothing where the network gives %s', async (_, lie, why) => {
    const { sent, client } = served({ fees: ['1000'], ...lie });
    const calls = client().with(parameterCalls);
    await expect(calls.vote(id, true)).rejects.toMatchObject({
      name: 'UntrustedError',
      message: expect.stringContaining(why),
    });
    await expect(calls.signApproval(seat, id)).rejects.toMatchObject({ name: 'UntrustedError' });
    expect(sent).toEqual([]);
  });

  it.each<[string, Uint8Array, string]>([
    ['a transfer', transfer, 'changes no parameter'],
    ['a ballot', ballot, 'proposes nothing'],
  ])('is nothing where the id is of %s', async (_, bytes, why) => {
    const { sent, client } = served({ fees: ['1000'], body: bodyWith([bytes]) });
    const fetcher = client().with(parameterCalls);
    const asked = Buffer.from(transactionHash(bytes)).toString('hex');
    await expect(fetcher.vote(asked, true)).rejects.toThrow(why);
    expect(sent).toEqual([]);
  });
});
