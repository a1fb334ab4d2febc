/** Blocks of transactions that each read only what the one before them pays for: none is held up, and each is built again as it was. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { buildOn } from '../../../durable-objects/region/sequencer/build-on.ts';
import { loadReplica } from '../../../durable-objects/region/sequencer/load-replica.ts';
import type { Replica } from '../../../durable-objects/region/sequencer/replica.ts';
import { TreeStore } from '../../../durable-objects/region/sequencer/tree-store.ts';
import { type Ledger, ledgerOver } from '../../../ledger/ledger.ts';
import { type BuiltBlock, candidatesOf } from '../../../protocol/block/build.ts';
import { encodeHeader } from '../../../protocol/block/header.ts';
import { UNBONDING_MS } from '../../../protocol/record/bond.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { encodeAllow } from '../../../protocol/tx/allow.ts';
import { encodeBond } from '../../../protocol/tx/bond.ts';
import { encodeOrderOpenFor } from '../../../protocol/tx/order-open-for.ts';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import { encodeUnbond } from '../../../protocol/tx/unbond.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import type { KeyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';
import { objectStorage } from '../../support/object-storage.ts';
import { openBody } from '../../support/order-life.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';

const network = testNetwork('chains');
const { baseFeeZhi } = network.genesis;
const zhi = (amount: bigint) => amount as Zhi;
const people = (count: number): KeyPair[] => Array.from({ length: count }, (_, n) => network.key(`person ${n}`));

let chain: TestChain;
let ledger: Ledger;

beforeEach(async () => {
  chain = new TestChain(network);
  ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(network.bytes, initialState(network.genesis).accounts());
});

async function seal(transactions: Uint8Array[], nowMs?: bigint): Promise<void> {
  const { built, certified } = await chain.seal(transactions, nowMs);
  for (const { outcome } of built.transactions) expect(outcome.entries).toEqual(outcome.entries.map(() => 0));
  expect(await ledger.commit(certified, built)).toBe('committed');
}

/** One that has fetched nothing before. */
const fresh = (): Promise<Replica> => loadReplica(ledger, new TreeStore(objectStorage()), network.genesis);

async function build(transactions: readonly Uint8Array[], nowMs: bigint, take: 'all' | 'some'): Promise<BuiltBlock> {
  const { genesis, hash: genesisHash } = network;
  const candidates = candidatesOf(transactions, genesisHash, true);
  const input = { genesis, genesisHash, nowMs: nowMs as UnixMs, proposerSeat: 0, candidates };
  const built = await buildOn(await fresh(), input, take);
  if (!built) throw new Error('nothing was built');
  return built;
}

/**
 * Each has a bond to withdraw and, but for the first, nothing to pay the fee with before the one in front has withdrawn and passed
 * it on. Whether there is a bond is asked only then.
 */
async function withdrawals(of: readonly KeyPair[]): Promise<Uint8Array[]> {
  const bonded = 3n * baseFeeZhi;
  await seal(of.map((one, n) => chain.fund(one, bonded + (n === 0 ? 3n : 2n) * baseFeeZhi)));
  await seal(of.map((one) => chain.sign(one, 'bond', encodeBond({ amountZhi: zhi(bonded) }))));
  await seal(of.map((one) => chain.sign(one, 'unbond', encodeUnbond({ kind: 'begin', amountZhi: zhi(bonded) }))));
  return of.flatMap((one, n) => {
    const next = of[n + 1];
    const withdraw = chain.sign(one, 'unbond', encodeUnbond({ kind: 'withdraw' }));
    if (!next) return [withdraw];
    return [
      withdraw,
      chain.sign(one, 'transfer', encodeTransfer({ to: next.key, amountZhi: baseFeeZhi, homeRegion: 0 })),
    ];
  });
}

describe('a chain of withdrawals', () => {
  it('longer than the rounds of one block is sealed over several, and each of them is built again from nothing', async () => {
    const transactions = await withdrawals(people(40));
    let nowMs = chain.parent.timeMs + UNBONDING_MS;
    let left = transactions;
    let blocks = 0;
    for (; left.length > 0; blocks++) {
      const some = await build(left, nowMs, 'some');
      const taken = left.slice(0, some.transactions.length);
      expect(some.transactions.map(({ bytes }) => bytes)).toEqual(taken);
      // What was left is neither taken nor refused.
      expect(some.refused).toEqual([]);
      const plain = chain.build(taken, nowMs);
      expect(encodeHeader(some.block.header)).toEqual(encodeHeader(plain.block.header));
      const again = await build(taken, nowMs, 'all');
      expect(encodeHeader(again.block.header)).toEqual(encodeHeader(plain.block.header));
      await seal(taken, nowMs);
      left = left.slice(taken.length);
      nowMs += 1_000n;
    }
    expect(blocks).toBeGreaterThan(1);
    expect(blocks).toBeLessThan(5);
  }, 60_000);

  it('that ends in time is sealed at once', async () => {
    const transactions = await withdrawals(people(10));
    const some = await build(transactions, chain.parent.timeMs + UNBONDING_MS, 'some');
    expect(some.transactions).toHaveLength(transactions.length);
  });
});

describe('orders of one key for many payers', () => {
  it('are built at the first try: what they name is fetched before', async () => {
    const [bearer, ...payers] = people(13) as [KeyPair, ...KeyPair[]];
    await seal(payers.map((payer) => chain.fund(payer, 9_000_000n)));
    const limit = { key: bearer.key, limitZhi: zhi(5_000_000n), expiryHeight: 1000n as BlockHeight };
    await seal(payers.map((payer) => chain.sign(payer, 'allow', encodeAllow(limit))));
    const opens = payers.map((payer) => {
      const body = { payer: payer.key, order: openBody(chain) };
      return chain.sign(bearer, 'orderOpenFor', encodeOrderOpenFor(body));
    });
    const read = vi.spyOn(ledger, 'records');
    const built = await build(opens, chain.parent.timeMs + 1_000n, 'some');
    expect(built.transactions).toHaveLength(opens.length);
    expect(read.mock.calls.length).toBeLessThan(4);
    vi.restoreAllMocks();
  });
});
