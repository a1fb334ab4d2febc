/** A transaction in which a rule throws is left out of the block, and changes nothing; a block that holds one is refused. */
import { beforeEach, describe, expect, test } from 'vitest';
import { witnessFor } from '../../../protocol/block/build.ts';
import { checkedBody } from '../../../protocol/block/check-body.ts';
import { executeBlock } from '../../../protocol/block/execute-block.ts';
import { validateBlock } from '../../../protocol/block/validate.ts';
import { bondPlace } from '../../../protocol/record/bond.ts';
import { updateTree } from '../../../protocol/state/leaves.ts';
import { encodeBond } from '../../../protocol/tx/bond.ts';
import { transactionHash } from '../../../protocol/tx/envelope.ts';
import type { Zhi } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';

const network = testNetwork('not-executable');
const { genesis, hash: genesisHash } = network;
const [alice, bob] = [network.key('alice'), network.key('bob')];
const bond = (chain: TestChain, by = alice) => chain.sign(by, 'bond', encodeBond({ amountZhi: 500n as Zhi }));

/** What no rule writes: the record of alice's bond does not decode, so that the rule that reads it throws. */
function damage(chain: TestChain): void {
  const { kind, key } = bondPlace(alice.key);
  chain.state.setRecord(kind, key, Uint8Array.of(0xff));
  chain.tree = updateTree(undefined, chain.state);
}

let chain: TestChain;
beforeEach(async () => {
  chain = new TestChain(network);
  await chain.seal([chain.fund(alice, 1_000_000n), chain.fund(bob, 1_000_000n)]);
});

describe('a candidate in which a rule throws', () => {
  test('is refused, told of, and leaves the state as it was; those beside it are sealed', async () => {
    damage(chain);
    const thrown = bond(chain);
    const [before, after] = [chain.fund(bob, 5n), bond(chain, bob)];
    const built = chain.build([before, thrown, after]);
    const hash = transactionHash(thrown);
    expect(built.refused).toEqual([{ hash, code: 'not_executable', sender: alice.key }]);
    expect(built.faults).toEqual([{ hash, reason: expect.stringContaining('truncated') }]);
    expect(built.transactions.map(({ bytes }) => bytes)).toEqual([before, after]);
    // Neither the nonce nor the fee, which were taken before the body was executed.
    expect(built.state.written(alice.key)).toBeUndefined();
    const without = chain.build([before, after]);
    expect(without.block).toEqual(built.block);
    expect(without.faults).toEqual([]);
    expect(witnessFor(built, chain)).toEqual(witnessFor(without, chain));
  });

  test('is one block’s only content: nothing is sealed, and it is refused all the same', () => {
    damage(chain);
    const built = chain.build([bond(chain)]);
    expect(built.transactions).toEqual([]);
    expect(built.refused.map(({ code }) => code)).toEqual(['not_executable']);
  });
});

describe('a block that holds one', () => {
  /** Built where the record is whole. */
  const proposed = () => {
    const built = chain.build([bond(chain)]);
    return { built, witness: witnessFor(built, chain) };
  };
  const checked = async ({ built }: ReturnType<typeof proposed>) => {
    const body = await checkedBody({ genesis, genesisHash, block: built.block, verify: verifyFast }, chain.parent);
    if (!body.ok) throw new Error(body.evidence);
    return body.value;
  };

  test('is refused by whoever executes it', async () => {
    const one = proposed();
    const body = await checked(one);
    expect(executeBlock(one.built.block, chain.parent, chain, body)).toMatchObject({ ok: true });
    damage(chain);
    expect(executeBlock(one.built.block, chain.parent, chain, body)).toMatchObject({
      ok: false,
      code: 'block_invalid',
      evidence: 'transaction 0: not_executable',
    });
  });

  test('is not to be taken for one whose witness shows too little', async () => {
    const { built } = proposed();
    const previous = chain.blocks.at(-1)?.built.block.header;
    const touched = { ...built.touched, records: [] };
    const witness = witnessFor({ ...built, touched }, chain);
    const input = { genesis, genesisHash, previous, block: built.block, verify: verifyFast };
    expect(await validateBlock({ ...input, witness: witnessFor(built, chain) })).toMatchObject({ ok: true });
    expect(await validateBlock({ ...input, witness })).toMatchObject({ ok: false, code: 'witness_invalid' });
  });
});
