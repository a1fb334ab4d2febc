/** A verifier says of signatures and blocks what this isolate says of them, and takes nothing but canonical bytes. */
import { describe, expect, it } from 'vitest';
import type { Proposal } from '../../durable-objects/region/peer.ts';
import { validateProposal } from '../../durable-objects/region/validate-proposal.ts';
import { answer } from '../../durable-objects/verifier/answer.ts';
import {
  type ExecuteRequest,
  executeRequest,
  SIGNATURE_VERDICTS,
  type SignatureVerdict,
  signaturesRequest,
  VERIFIER_PATHS,
} from '../../durable-objects/verifier/messages.ts';
import { decodeBody, encodeBody, txRootOf } from '../../protocol/block/block.ts';
import { type BlockHeader, decodeHeader, encodeHeader } from '../../protocol/block/header.ts';
import { encode } from '../../protocol/codec.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { TX_BYTES_MAX } from '../../protocol/tx/envelope.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { Zhi } from '../../protocol/units.ts';
import { TestChain } from '../support/chain.ts';
import { MALFORMED, rightTransfer } from '../support/malformed-transfers.ts';
import { signedTransaction, testNetwork } from '../support/network.ts';
import { proposalOf, VERIFIER_URL, withLast } from './verifier-proposals.ts';

const network = testNetwork('verifier-answer');
const other = testNetwork('verifier-answer-other');

const post = (path: string, body: Uint8Array) =>
  answer(new Request(`${VERIFIER_URL}${path}`, { method: 'POST', body: Uint8Array.from(body) }));

describe('signatures', () => {
  const right = { network, by: network.faucet, nonce: 1n, to: network.key('to').key, height: 10n };
  const transferIn = (of: typeof network) =>
    signedTransaction(of, {
      by: network.faucet,
      type: 'transfer',
      nonce: 2n,
      body: encodeTransfer({ to: right.to, amountZhi: 1n as Zhi, homeRegion: 0 }),
    });

  async function verdicts(transactions: Uint8Array[], genesis = network.bytes): Promise<SignatureVerdict[]> {
    const response = await post(VERIFIER_PATHS.signatures, encode(signaturesRequest, { genesis, transactions }));
    expect(response.status).toBe(200);
    const numbers = new Uint8Array(await response.arrayBuffer());
    return Array.from(numbers, (number) => SIGNATURE_VERDICTS[number] as SignatureVerdict);
  }

  /** Whatever the envelope or the state refuses later is signed all the same. */
  const VERDICTS: Partial<Record<ErrorCode, SignatureVerdict>> = {
    bad_signature: 'bad_signature',
    tx_malformed: 'tx_malformed',
    tx_type_reserved: 'tx_malformed',
    wrong_chain: 'tx_malformed',
  };
  const rows = MALFORMED.map(([name, code, make]) => [name, VERDICTS[code] ?? 'good', make(right)] as const).filter(
    ([, , bytes]) => bytes.length <= TX_BYTES_MAX,
  );

  it('the table has each verdict, and a sender with torsion', () => {
    expect(new Set(rows.map(([, verdict]) => verdict))).toEqual(new Set(SIGNATURE_VERDICTS));
    expect(rows.map(([name]) => name)).toContain('a sender with torsion');
  });

  it('are judged one by one, in order, between good ones', async () => {
    const good = rightTransfer(right);
    const asked = rows.flatMap(([name, verdict, bytes]) => [
      { name, verdict, bytes },
      { name: 'a right one', verdict: 'good', bytes: good },
    ]);
    const said = await verdicts(asked.map(({ bytes }) => bytes));
    expect(asked.map(({ name }, i) => [name, said[i]])).toEqual(asked.map(({ name, verdict }) => [name, verdict]));
  });

  it('under a body that does not decode are malformed', async () => {
    const body = Uint8Array.of(1);
    const bytes = signedTransaction(network, { by: network.faucet, type: 'transfer', nonce: 1n, body });
    expect(await verdicts([bytes])).toEqual(['tx_malformed']);
  });

  it('are of the network that the message names', async () => {
    const [here, there] = [transferIn(network), transferIn(other)];
    expect(await verdicts([here, there])).toEqual(['good', 'tx_malformed']);
    expect(await verdicts([here, there], other.bytes)).toEqual(['tx_malformed', 'good']);
    expect(await verdicts([here, there])).toEqual(['good', 'tx_malformed']);
  });

  it('are asked of none', async () => {
    expect(await verdicts([])).toEqual([]);
  });
});

describe('a block', () => {
  const chain = new TestChain(network);
  const fund = (name: string) => chain.fund(network.key(name), 1n);
  const first = chain.build([fund('a'), fund('b'), fund('c')]);
  const firstShown = proposalOf(first, chain);
  chain.take(first);
  const shown = proposalOf(chain.build([fund('d'), fund('e'), fund('f')]), chain);

  interface Shown extends Proposal {
    readonly previous?: Uint8Array | undefined;
  }
  const right: Shown = { ...shown, previous: firstShown.header };

  async function executed(block: Shown, genesis = network.bytes): Promise<unknown> {
    const request: ExecuteRequest = { previous: undefined, ...block, genesis };
    const response = await post(VERIFIER_PATHS.execute, encode(executeRequest, request));
    expect(response.status).toBe(200);
    return response.json();
  }

  async function own({ previous, ...proposal }: Shown): Promise<unknown> {
    const parent = previous && decodeHeader(previous);
    const result = await validateProposal(network, parent, decodeHeader(proposal.header), proposal);
    return result.ok ? { valid: true } : { code: result.code, evidence: result.evidence };
  }

  const withHeader = (change: Partial<BlockHeader>): Shown => ({
    ...right,
    header: encodeHeader({ ...decodeHeader(right.header), ...change }),
  });
  /** Its header says that these are the transactions: only a signature tells. */
  function forged(): Shown {
    const { transactions, outcomes } = decodeBody(right.body);
    const changed = transactions.map((bytes, i) => (i === 1 ? withLast(bytes) : bytes));
    const body = encodeBody({ transactions: changed, outcomes });
    return { ...withHeader({ txRoot: txRootOf(changed) }), body };
  }

  it.each([
    ['the first', firstShown],
    ['the second', right],
  ])('that is valid is: %s', async (_, block) => {
    expect(await executed(block)).toEqual({ valid: true });
    expect(await own(block)).toEqual({ valid: true });
  });

  it.each<[string, ErrorCode, Shown]>([
    ['another body', 'block_invalid', { ...right, body: firstShown.body }],
    ['a body whose last byte differs', 'block_invalid', { ...right, body: withLast(right.body) }],
    ['a body that is cut short', 'block_invalid', { ...right, body: right.body.slice(0, -1) }],
    ['no body', 'block_invalid', { ...right, body: new Uint8Array(0) }],
    ['a transaction that nobody signed', 'block_invalid', forged()],
    ['another witness', 'witness_invalid', { ...right, witness: firstShown.witness }],
    ['a witness whose last byte differs', 'witness_invalid', { ...right, witness: withLast(right.witness) }],
    ['a witness that is cut short', 'witness_invalid', { ...right, witness: right.witness.slice(0, -1) }],
    ['no witness', 'witness_invalid', { ...right, witness: new Uint8Array(0) }],
    ['another state root', 'block_invalid', withHeader({ stateRoot: new Uint8Array(32) })],
    ['another supply', 'block_invalid', withHeader({ supplyZhi: 1n as Zhi })],
    ['another network', 'block_invalid', withHeader({ genesis: other.hash })],
    ['itself as the previous', 'block_invalid', { ...right, previous: right.header }],
    ['no previous', 'block_invalid', { ...right, previous: undefined }],
    [
      'a previous of another state',
      'block_invalid',
      {
        ...right,
        previous: encodeHeader({ ...decodeHeader(firstShown.header), stateRoot: new Uint8Array(32) }),
      },
    ],
  ])('with %s is refused as it is here', async (_, code, block) => {
    const said = await executed(block);
    expect(said).toEqual(await own(block));
    expect(said).toEqual({ code, evidence: expect.stringMatching(/./) });
  });

  it('of one network is none of another', async () => {
    expect(await executed(right, other.bytes)).toMatchObject({ code: 'block_invalid' });
    expect(await executed(right)).toEqual({ valid: true });
  });

  const asked = encode(executeRequest, { ...right, genesis: network.bytes, previous: right.previous });
  it.each<[string, string, Uint8Array]>([
    ['nothing, for a block', VERIFIER_PATHS.execute, new Uint8Array(0)],
    ['nothing, for signatures', VERIFIER_PATHS.signatures, new Uint8Array(0)],
    ['a message that is cut short', VERIFIER_PATHS.execute, asked.slice(0, -1)],
    ['a spare byte', VERIFIER_PATHS.execute, Uint8Array.of(...asked, 0)],
    ['a block where signatures belong', VERIFIER_PATHS.signatures, asked],
    [
      'a genesis that is none',
      VERIFIER_PATHS.signatures,
      encode(signaturesRequest, { genesis: Uint8Array.of(1), transactions: [] }),
    ],
    [
      'a header that is none',
      VERIFIER_PATHS.execute,
      encode(executeRequest, { ...shown, genesis: network.bytes, previous: undefined, header: Uint8Array.of(1) }),
    ],
    [
      'a previous header that is none',
      VERIFIER_PATHS.execute,
      encode(executeRequest, { ...shown, genesis: network.bytes, previous: Uint8Array.of(1) }),
    ],
  ])('in bytes that are not canonical is no block: %s', async (_, path, bytes) => {
    expect((await post(path, bytes)).status).toBe(400);
  });
});

it.each([
  ['POST', '/'],
  ['POST', '/execute/'],
  ['POST', '/v1/genesis'],
  ['POST', '/toString'],
  ['GET', VERIFIER_PATHS.execute],
  ['GET', VERIFIER_PATHS.signatures],
  ['PUT', VERIFIER_PATHS.execute],
])('%s %s is nothing here', async (method, path) => {
  const body = method === 'GET' ? {} : { body: new Uint8Array(1) };
  expect((await answer(new Request(`${VERIFIER_URL}${path}`, { method, ...body }))).status).toBe(404);
});
