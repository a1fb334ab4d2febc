/** A chain executed again on the whole state: the same headers, and nothing taken of a block that does not hold. */
import { describe, expect, test } from 'vitest';
import { type Block, decodeBody } from '../../../protocol/block/block.ts';
import { decodeHeader } from '../../../protocol/block/header.ts';
import { Replay } from '../../../protocol/block/replay.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { lightChain } from '../../support/light-chain.ts';
import { testNetwork } from '../../support/network.ts';

const network = testNetwork();
const chain = await lightChain(network, 5);
const blocks = chain.blocks.map(({ header, body, witness }) => ({
  block: { header: decodeHeader(header), body: decodeBody(body) },
  witness,
}));
type Kept = (typeof blocks)[number];
const at = (height: number): Kept => blocks[height - 1] as Kept;

async function replayedTo(height: number): Promise<Replay> {
  const replay = new Replay(network, verifyFast);
  for (const { block, witness } of blocks.slice(0, height)) {
    expect(await replay.take(block, witness)).toEqual({ ok: true, value: block.header });
  }
  return replay;
}

describe('a chain from its genesis on', () => {
  test('comes to each of its headers, with its witnesses and without', async () => {
    const replay = await replayedTo(blocks.length);
    expect(replay.height).toBe(BigInt(blocks.length));
    const friend = network.key('friend').key;
    expect(replay.state.account(friend)).toEqual(chain.state.account(friend));
    const bare = new Replay(network, verifyFast);
    for (const { block } of blocks) expect((await bare.take(block, undefined)).ok).toBe(true);
  });

  test.each<[string, (kept: Kept) => [Block, Uint8Array | undefined], string]>([
    ['the witness of another block', ({ block }) => [block, at(2).witness], 'witness_invalid'],
    ['a witness with a byte more', ({ block, witness }) => [block, Uint8Array.of(...witness, 0)], 'witness_invalid'],
    [
      'another state root',
      ({ block }) => [{ ...block, header: { ...block.header, stateRoot: new Uint8Array(32) } }, undefined],
      'block_invalid',
    ],
    [
      'a transaction less',
      ({ block: { header, body } }) => [
        { header, body: { ...body, transactions: body.transactions.slice(1) } },
        undefined,
      ],
      'block_invalid',
    ],
    ['the block after it', () => [at(4).block, undefined], 'block_invalid'],
    ['the block before it', () => [at(2).block, undefined], 'block_invalid'],
  ])('refuses %s, and goes on with the true one', async (_, change, code) => {
    const replay = await replayedTo(2);
    const [block, witness] = change(at(3));
    expect(await replay.take(block, witness)).toMatchObject({ ok: false, code });
    expect(replay.height).toBe(2n);
    expect((await replay.take(at(3).block, at(3).witness)).ok).toBe(true);
  });
});
