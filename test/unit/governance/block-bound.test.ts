/** A block holds a bounded number of seats' signatures, each of which is paid for; whoever seals more is refused before the check. */
import { expect, test } from 'vitest';
import { BLOCK_APPROVALS_MAX } from '../../../protocol/block/approvals.ts';
import { type Block, receiptRootOf, txRootOf } from '../../../protocol/block/block.ts';
import { witnessFor } from '../../../protocol/block/build.ts';
import { validateBlock } from '../../../protocol/block/validate.ts';
import type { VerifySignature } from '../../../protocol/ed25519.ts';
import { SEATS } from '../../../protocol/genesis.ts';
import { taggedHash } from '../../../protocol/hash.ts';
import { approvalsIn, feeOf } from '../../../protocol/tx/fee.ts';
import { encodeParam, type Param } from '../../../protocol/tx/param.ts';
import type { Zhi } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';

const network = testNetwork();
const sender = network.key('approver');
const other = network.key('other');
const proposal = taggedHash('HAI/test-proposal');
const approvalOf = (seats: number): Param => ({
  kind: 'approve',
  proposal,
  approvals: Array.from({ length: seats }, (_, seat) => ({ seat, signature: new Uint8Array(64) })),
});
const FULL = BLOCK_APPROVALS_MAX / SEATS;

/** Of a proposal that does not exist: refused by the state, and in the block all the same. */
const approvals = (chain: TestChain, count: number, seats = SEATS): Uint8Array[] =>
  Array.from({ length: count }, () => chain.sign(sender, 'param', encodeParam(approvalOf(seats))));

async function funded(): Promise<TestChain> {
  const chain = new TestChain(network);
  await chain.seal([chain.fund(sender, 10_000_000n), chain.fund(other, 10_000_000n)]);
  return chain;
}

test('an approval pays for each signature that it carries', () => {
  for (let seats = 1; seats <= SEATS; seats++) {
    const body = encodeParam(approvalOf(seats));
    expect([approvalsIn(body), feeOf('param', 1_000n as Zhi, body)]).toEqual([seats, 1_000n * BigInt(1 + seats)]);
  }
  const others: Param[] = [
    { kind: 'ballot', proposal, yes: true },
    { kind: 'enact', proposal },
    { kind: 'propose', parameter: 1, value: new Uint8Array(40).fill(9), replaces: proposal },
  ];
  for (const body of others) expect(feeOf('param', 1_000n as Zhi, encodeParam(body))).toBe(1_000n);
  // What is no body of the type is refused for that, at whatever fee.
  for (const bytes of [new Uint8Array(), Uint8Array.of(1), new Uint8Array(34).fill(255), new Uint8Array(34).fill(1)])
    expect(feeOf('param', 1_000n as Zhi, bytes)).toBeLessThanOrEqual(14_000n);
});

test.each([1, SEATS])('a fee of one signature too few is refused: %s', async (seats) => {
  const chain = await funded();
  const fee = BigInt(seats) * network.genesis.baseFeeZhi;
  const built = chain.build([
    chain.sign(sender, 'param', encodeParam(approvalOf(seats)), { feeZhi: fee as Zhi }),
    chain.fund(other, 5n),
  ]);
  expect(built.refused.map(({ code }) => code)).toEqual(['fee_too_low']);
});

test('approvals beyond the bound wait; what is behind them does not', async () => {
  const chain = await funded();
  const sent = approvals(chain, FULL + 2);
  const built = chain.build([...sent, chain.fund(other, 5n)]);
  expect([built.transactions.length, built.refused]).toEqual([FULL + 1, []]);
  chain.take(built);
  expect(chain.build(sent.slice(FULL)).transactions).toHaveLength(2);
});

test('a block of more is not valid, and none of its signatures is checked', async () => {
  const chain = await funded();
  const sent = approvals(chain, FULL + 1);
  const built = chain.build(sent);
  const previous = chain.blocks.at(-1)?.certified.block.header;
  let checks = 0;
  const verify: VerifySignature = () => {
    checks++;
    return true;
  };
  const { genesis, hash: genesisHash } = network;
  const input = { genesis, genesisHash, previous, witness: witnessFor(built, chain), verify };
  expect(await validateBlock({ ...input, block: built.block })).toMatchObject({ ok: true });
  expect(checks).toBe(FULL + BLOCK_APPROVALS_MAX);
  const { header, body } = built.block;
  const transactions = [...body.transactions, sent.at(-1) as Uint8Array];
  const outcomes = [...body.outcomes, ...body.outcomes.slice(-1)];
  const [txRoot, receiptRoot] = [txRootOf(transactions), receiptRootOf(outcomes)];
  const full: Block = {
    header: { ...header, txCount: transactions.length, txRoot, receiptRoot },
    body: { transactions, outcomes },
  };
  checks = 0;
  expect(await validateBlock({ ...input, block: full })).toMatchObject({
    ok: false,
    code: 'block_invalid',
    evidence: 'more approvals than a block holds',
  });
  expect(checks).toBe(0);
});
