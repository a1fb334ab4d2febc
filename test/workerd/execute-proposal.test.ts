/** A verdict that is remembered is one of these very bytes: of header, body and witness, wherever in memory they stand. */
import { beforeAll, describe, expect, it } from 'vitest';
import { executeProposal } from '../../durable-objects/region/execute-proposal.ts';
import type { Proposal } from '../../durable-objects/region/peer.ts';
import { decodeBody, encodeBody, txRootOf } from '../../protocol/block/block.ts';
import { witnessFor } from '../../protocol/block/build.ts';
import { type BlockHeader, decodeHeader, encodeHeader } from '../../protocol/block/header.ts';
import { TestChain } from '../support/chain.ts';
import { testNetwork } from '../support/network.ts';

const network = testNetwork('execute-proposal');
let proposal: Proposal;

beforeAll(() => {
  const chain = new TestChain(network);
  const built = chain.build([1n, 2n, 3n].map((amount) => chain.fund(network.key(`to/${amount}`), amount)));
  const { header, body } = built.block;
  proposal = { header: encodeHeader(header), body: encodeBody(body), witness: witnessFor(built, chain) };
});

const execute = (changed: Partial<Proposal> = {}) => {
  const shown = { ...proposal, ...changed };
  return executeProposal({}, network, undefined, decodeHeader(shown.header), shown);
};
const withLast = (bytes: Uint8Array) => bytes.map((byte, i) => byte ^ Number(i === bytes.length - 1));
/** A view of the same bytes that begins `at` bytes into its buffer. */
const moved = (bytes: Uint8Array, at: number) => {
  const view = new Uint8Array(bytes.length + at).subarray(at);
  view.set(bytes);
  return view;
};

describe('a block that was just found valid', () => {
  it.each([0, 1, 2, 3])('is valid again, %i bytes into a message', async (at) => {
    expect(await execute()).toMatchObject({ ok: true });
    const { header, body, witness } = proposal;
    expect(await execute({ header, body: moved(body, at), witness: moved(witness, at) })).toMatchObject({ ok: true });
  });

  it('vouches for no other body and no other witness, though only the last byte differs', async () => {
    expect(await execute()).toMatchObject({ ok: true });
    expect(await execute({ body: withLast(proposal.body) })).toMatchObject({ ok: false });
    expect(await execute({ witness: withLast(proposal.witness) })).toMatchObject({ ok: false });
    expect(await execute({ witness: proposal.witness.slice(0, -1) })).toMatchObject({ ok: false });
  });

  it('vouches for no transaction that nobody signed', async () => {
    expect(await execute()).toMatchObject({ ok: true });
    const { transactions, outcomes } = decodeBody(proposal.body);
    const [first, ...rest] = transactions as [Uint8Array, ...Uint8Array[]];
    const forged = [withLast(first), ...rest];
    const header: BlockHeader = { ...decodeHeader(proposal.header), txRoot: txRootOf(forged) };
    const answer = await execute({
      header: encodeHeader(header),
      body: encodeBody({ transactions: forged, outcomes }),
    });
    expect(answer).toMatchObject({ code: 'block_invalid', evidence: 'transaction 0: bad_signature' });
  });
});
