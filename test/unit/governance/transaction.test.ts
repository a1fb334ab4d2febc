/** Param as bytes: one encoding, the seats' signatures, the events, and the witness of blocks that read parameters. */
import { describe, expect, test } from 'vitest';
import { witnessFor } from '../../../protocol/block/build.ts';
import { validateBlock } from '../../../protocol/block/validate.ts';
import { verifySignature } from '../../../protocol/ed25519.ts';
import { SEATS } from '../../../protocol/genesis.ts';
import { taggedHash } from '../../../protocol/hash.ts';
import { ONLY_KEY } from '../../../protocol/state/record.ts';
import { signatureFault } from '../../../protocol/transition.ts';
import { parseTransaction, type Transaction } from '../../../protocol/tx/envelope.ts';
import { approvalBytes, decodeParam, encodeParam, type Param } from '../../../protocol/tx/param.ts';
import { txEventsOf } from '../../../protocol/tx-events.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { approvalBody, GovernanceChain, QUORUM_SEATS, sealChange } from '../../support/governance.ts';
import type { KeyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';

const proposal = taggedHash('HAI/test-proposal');
const signature = new Uint8Array(64);
const approvals = (...seats: number[]): Param => ({
  kind: 'approve',
  proposal,
  approvals: seats.map((seat) => ({ seat, signature })),
});

describe('the seats of an approval', () => {
  test.each([
    ['one', [0]],
    ['the last', [SEATS - 1]],
    ['all', Array.from({ length: SEATS }, (_, i) => i)],
  ])('%s', (_, seats) => {
    const body = approvals(...seats);
    expect(decodeParam(encodeParam(body))).toEqual(body);
  });

  test.each([
    ['none', []],
    ['one twice', [3, 3]],
    ['in another order', [4, 3]],
    ['one that does not exist', [SEATS]],
  ])('refused: %s', (_, seats) => {
    expect(() => decodeParam(encodeParam(approvals(...seats)))).toThrow('not in order');
  });
});

describe('the signatures of an approval', () => {
  const network = testNetwork();
  const context = {
    genesis: network.genesis,
    genesisHash: network.hash,
    height: 1n as BlockHeight,
    timeMs: 0n as UnixMs,
  };
  const faultOf = (body: Param) => {
    const chain = new GovernanceChain(network);
    const parsed = parseTransaction(chain.sign(chain.alice, 'param', encodeParam(body)), network.hash);
    if (!parsed.ok) throw new Error(parsed.code);
    return signatureFault(parsed.value, context, verifySignature);
  };

  test('are those of the named seats, over the proposal on this network', async () => {
    expect(await faultOf(approvalBody(network, proposal, QUORUM_SEATS))).toBeUndefined();
    expect(approvalBytes(network.hash, proposal)).toHaveLength(12 + 64);
  });

  test.each<[string, () => Param]>([
    ['of another seat', () => approvalBody(network, proposal, [1], [...network.seats].reverse())],
    ['of a key that holds no seat', () => approvalBody(network, proposal, [0], [network.key('alice')])],
    ['over another proposal', () => ({ ...approvalBody(network, ONLY_KEY, [0, 1]), proposal }) as Param],
    [
      'on another network',
      () => approvalBody({ ...testNetwork('other'), seats: network.seats }, proposal, [0, 1], network.seats),
    ],
    [
      'one that is false among nine',
      () => {
        const body = approvalBody(network, proposal, QUORUM_SEATS) as Param & { kind: 'approve' };
        const spoilt = body.approvals.map((one, i) => (i === 8 ? { ...one, signature } : one));
        return { ...body, approvals: spoilt };
      },
    ],
  ])('refused: %s', async (_, body) => {
    expect(await faultOf(body())).toBe('bad_signature');
  });

  test('the other steps carry none', async () => {
    expect(await faultOf({ kind: 'ballot', proposal, yes: true })).toBeUndefined();
    expect(await faultOf({ kind: 'enact', proposal })).toBeUndefined();
  });
});

describe('events', () => {
  const chain = new GovernanceChain();
  const told = (body: Param) => {
    const parsed = parseTransaction(chain.sign(chain.alice, 'param', encodeParam(body)), chain.network.hash);
    return txEventsOf((parsed as { value: Transaction }).value).map(({ type, body: said }) => [type, said]);
  };
  const id = Buffer.from(proposal).toString('hex');

  test('tell each step by the transaction alone', () => {
    expect(told(chain.proposeBody('baseFeeZhi', '2500'))).toEqual([
      ['parameter.proposed', { parameter: 'baseFeeZhi', value: '2500' }],
    ]);
    expect(told(approvals(1, 5))).toEqual([['parameter.approved', { proposal: id, seats: 2 }]]);
    expect(told({ kind: 'ballot', proposal, yes: false })).toEqual([['parameter.voted', { proposal: id, yes: false }]]);
    expect(told({ kind: 'enact', proposal })).toEqual([['parameter.enacted', { proposal: id }]]);
  });

  test('of what names no parameter say so', () => {
    const body = { ...chain.proposeBody('baseFeeZhi', '2500'), parameter: 200 } as Param;
    expect(told(body)).toEqual([['parameter.proposed', { parameter: null, value: null }]]);
  });
});

test.each([
  ['absent', false, 1000n],
  ['set', true, 1500n],
])(
  'a block shows the record of parameters, %s, once, even if its first transaction is dropped',
  async (_, isSet, fee) => {
    const network = testNetwork();
    const chain = new TestChain(network);
    await chain.seal([chain.fund(network.key('alice'), 5_000n)]);
    const fromMs = isSet ? await sealChange(chain, 'baseFeeZhi', fee.toString()) : undefined;
    const enact = (by: KeyPair, feeZhi: bigint) =>
      chain.sign(by, 'param', encodeParam({ kind: 'enact', proposal }), { feeZhi: feeZhi as Zhi });
    const built = chain.build([enact(network.faucet, fee - 1n), enact(network.key('alice'), fee)], fromMs);
    expect(built.refused.map(({ code }) => code)).toEqual(['fee_too_low']);
    expect(built.touched.records.filter(({ kind }) => kind === 'parameter')).toHaveLength(1);
    const previous = chain.blocks.at(-1)?.built.block.header;
    const { genesis, hash: genesisHash } = network;
    const witness = witnessFor(built, chain);
    const asked = { genesis, genesisHash, previous, block: built.block, witness, verify: verifySignature };
    expect(await validateBlock(asked)).toEqual({ ok: true, value: built.block.header });
    // Whoever built it over other parameters has no witness of ours.
    const spared = { ...built.touched, records: built.touched.records.filter(({ kind }) => kind !== 'parameter') };
    const without = witnessFor({ ...built, touched: spared }, chain);
    expect(await validateBlock({ ...asked, witness: without })).toMatchObject({ ok: false, code: 'witness_invalid' });
  },
);
