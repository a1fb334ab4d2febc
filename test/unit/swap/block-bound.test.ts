/** A block holds a bounded number of claims: more wait, nobody waits with them, and whoever seals more is refused before the check. */
import { expect, test } from 'vitest';
import { type Block, receiptRootOf, txRootOf } from '../../../protocol/block/block.ts';
import { witnessFor } from '../../../protocol/block/build.ts';
import { BLOCK_SWAP_CLAIMS_MAX } from '../../../protocol/block/swap-claims.ts';
import { validateBlock } from '../../../protocol/block/validate.ts';
import type { VerifySignature } from '../../../protocol/ed25519.ts';
import { encodeSwapIn } from '../../../protocol/tx/swap-in.ts';
import { TestChain } from '../../support/chain.ts';
import { SNAPSHOT, swapNetwork, unsignedClaim } from '../../support/swap.ts';

const network = swapNetwork();
const relayer = network.key('relayer');
const other = network.key('other');
const { genesis, hash: genesisHash } = network;

/** Of one record: all but the first are refused by the state, and are in the block all the same. */
function claims(chain: TestChain, count: number): Uint8Array[] {
  const claim = { ...unsignedClaim(SNAPSHOT, 0, relayer.key), signature: new Uint8Array(65) };
  return Array.from({ length: count }, () => chain.sign(relayer, 'swapIn', encodeSwapIn(claim)));
}

async function funded(): Promise<TestChain> {
  const chain = new TestChain(network);
  await chain.seal([chain.fund(relayer, 10_000_000_000n), chain.fund(other, 10_000_000n)]);
  return chain;
}

test('claims beyond the bound wait, with what their sender sent after them; a transfer behind them does not', async () => {
  const chain = await funded();
  const sent = claims(chain, BLOCK_SWAP_CLAIMS_MAX + 3);
  const built = chain.build([...sent, chain.fund(other, 5n)]);
  expect(built.transactions).toHaveLength(BLOCK_SWAP_CLAIMS_MAX + 1);
  expect(built.refused).toEqual([]);
  chain.take(built);
  expect(chain.build(sent.slice(BLOCK_SWAP_CLAIMS_MAX)).transactions).toHaveLength(3);
});

test('a block of more is not valid, and none of its signatures is checked', async () => {
  const chain = await funded();
  const sent = claims(chain, BLOCK_SWAP_CLAIMS_MAX + 1);
  const built = chain.build(sent);
  const previous = chain.blocks.at(-1)?.certified.block.header;
  let checks = 0;
  const verify: VerifySignature = () => {
    checks++;
    return true;
  };
  const input = { genesis, genesisHash, previous, witness: witnessFor(built, chain), verify };
  expect(await validateBlock({ ...input, block: built.block })).toMatchObject({ ok: true });
  expect(checks).toBe(2 * BLOCK_SWAP_CLAIMS_MAX);
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
    evidence: 'more swap claims than a block holds',
  });
  expect(checks).toBe(0);
});
