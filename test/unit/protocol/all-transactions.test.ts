/** Random blocks of all types of transactions: the books are right after each, and anyone who executes it again agrees. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BuiltBlock, witnessFor } from '../../../protocol/block/build.ts';
import type { BlockHeader } from '../../../protocol/block/header.ts';
import { validateBlock } from '../../../protocol/block/validate.ts';
import { treeRoot } from '../../../protocol/state/tree.ts';
import { TX_TYPES } from '../../../protocol/tx/types.ts';
import { type BlockHeight, SUPPLY_ZHI, type UnixMs } from '../../../protocol/units.ts';
import { applyTo } from '../../support/apply.ts';
import { bookFaults } from '../../support/books.ts';
import { TestChain } from '../../support/chain.ts';
import { RandomWorld } from '../../support/random-transactions.ts';
import { swapFaults } from '../../support/swap-books.ts';

const BLOCKS = 60;

/** Executed again from the previous header and the witness alone. */
async function expectSameElsewhere(
  chain: TestChain,
  previous: BlockHeader | undefined,
  built: BuiltBlock,
): Promise<void> {
  const again = await validateBlock({
    genesis: chain.network.genesis,
    genesisHash: chain.network.hash,
    previous,
    block: built.block,
    witness: witnessFor(built, chain),
    verify: () => true,
  });
  expect(again).toEqual({ ok: true, value: built.block.header });
}

/** Of a transaction that was refused whole: what it wrote beside the sender's nonce, the fee, and what the fee counts against. */
function expectUntouched(chain: TestChain, bytes: Uint8Array, timeMs: bigint): number {
  const result = applyTo(chain, bytes, timeMs);
  if (result.outcome.includes('applied')) return 0;
  const { state, sealed, postings } = result;
  const written = state.records().map(({ kind }) => kind);
  expect(state.orders()).toEqual([]);
  expect(written.filter((kind) => kind !== 'allowance')).toEqual([]);
  const fee = postings.map(({ deltaZhi }) => deltaZhi);
  expect([sealed, fee.length]).toEqual([sealed, sealed && fee.length > 0 ? 2 : 0]);
  const balances = state.accounts().map(({ key, value }) => {
    return value.balanceZhi - (chain.state.account(key)?.balanceZhi ?? 0n);
  });
  expect(balances.filter((delta) => delta !== 0n).sort()).toEqual(fee.sort());
  const nonces = state.accounts().map(({ key, value }) => value.nonce - (chain.state.account(key)?.nonce ?? 0n));
  expect(nonces.reduce((sum, delta) => sum + delta, 0n)).toBe(sealed ? 1n : 0n);
  return 1;
}

const MORE_RUNS = 40;

async function runWorld(seed: number, seen: Map<string, number>): Promise<number> {
  let refused = 0;
  const world = new RandomWorld(seed);
  const chain = new TestChain(world.network);
  let previous: BlockHeader | undefined;
  const seal = async (transactions: Uint8Array[], timeMs: bigint) => {
    const built = chain.build(transactions, timeMs);
    world.take(built);
    if (built.transactions.length === 0) return;
    for (const { postings } of built.transactions) {
      expect(postings.reduce((sum, { deltaZhi }) => sum + deltaZhi, 0n)).toBe(0n);
    }
    await expectSameElsewhere(chain, previous, built);
    chain.take(built);
    previous = built.block.header;
    expect(treeRoot(chain.tree).sum).toBe(SUPPLY_ZHI);
    expect(bookFaults(chain.state)).toEqual([]);
    expect(swapFaults(chain.state, chain.network.genesis)).toEqual([]);
  };
  await seal(world.funding(chain.state), chain.parent.timeMs + 1n);
  for (let i = 0; i < BLOCKS; i++) {
    const timeMs = (chain.parent.timeMs + world.stepMs()) as UnixMs;
    const height = (chain.parent.height + 1n) as BlockHeight;
    const made = Array.from({ length: 1 + (i % 7) }, () => world.next({ state: chain.state, height, timeMs }));
    refused += expectUntouched(chain, made[0] as Uint8Array, timeMs);
    await seal(made, timeMs);
  }
  for (const [what, times] of world.seen) seen.set(what, (seen.get(what) ?? 0) + times);
  return refused;
}

test('the books are right, a witness is enough, and a refusal moves nothing', async () => {
  const seen = new Map<string, number>();
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0 }), async (seed) => {
      refused += await runWorld(seed, seen);
    }),
    { numRuns: 20 },
  );
  expect(refused).toBeGreaterThan(50);
  // Of no worth if a type was never applied, or never refused. Twenty runs may miss a rare one: numbered seeds go on.
  const types = Object.values(TX_TYPES);
  const isApplied = (type: string) => seen.has(`${type} applied`);
  const isRefused = (type: string) =>
    [...seen.keys()].some((what) => what.startsWith(`${type} `) && !what.endsWith(' applied'));
  const rare = () => types.filter((type) => !isApplied(type) || !isRefused(type));
  for (let seed = 0; seed < MORE_RUNS && rare().length > 0; seed++) await runWorld(seed, seen);
  expect(rare()).toEqual([]);
}, 120_000);
