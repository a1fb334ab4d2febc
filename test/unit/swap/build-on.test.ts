/** A block of many swaps is built in a few rounds: what they read is named beforehand, and does not hang one on the other. */
import { expect, test, vi } from 'vitest';
import { buildOn } from '../../../durable-objects/region/sequencer/build-on.ts';
import { loadReplica } from '../../../durable-objects/region/sequencer/load-replica.ts';
import { TreeStore } from '../../../durable-objects/region/sequencer/tree-store.ts';
import { ledgerOver } from '../../../ledger/ledger.ts';
import { candidatesOf } from '../../../protocol/block/build.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { encodeSwapIn } from '../../../protocol/tx/swap-in.ts';
import { encodeSwapOut } from '../../../protocol/tx/swap-out.ts';
import type { UnixMs, Zhi } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { objectStorage } from '../../support/object-storage.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';
import { evmKey, SNAPSHOT, swapClaim, swapNetwork } from '../../support/swap.ts';

const network = swapNetwork();
const relayer = network.key('relayer');
const OUTS = 40;
const ROUNDS_MAX = 3;

test('claims and swaps out, as the ledger keeps them, and the block is the one that memory builds', async () => {
  const chain = new TestChain(network);
  const ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(network.bytes, initialState(network.genesis).accounts());
  const swaps = (from: number): Uint8Array[] => {
    const claims = [0, 1, 2].map((i) => swapClaim(network, SNAPSHOT, from + i, network.key(`claimant/${i}`).key));
    const out = encodeSwapOut({ to: evmKey('receiver').address, amountZhi: 7n as Zhi });
    return [
      ...claims.map((claim) => chain.sign(relayer, 'swapIn', encodeSwapIn(claim))),
      ...Array.from({ length: OUTS }, () => chain.sign(relayer, 'swapOut', out)),
    ];
  };
  for (const transactions of [[chain.fund(relayer, 10_000_000n)], swaps(0)]) {
    const { built, certified } = await chain.seal(transactions);
    expect(await ledger.commit(certified, built)).toBe('committed');
  }
  const replica = await loadReplica(ledger, new TreeStore(objectStorage()), network.genesis);
  const prefetch = vi.spyOn(replica, 'prefetch');
  const transactions = swaps(3);
  const nowMs = (chain.parent.timeMs + 1000n) as UnixMs;
  const { genesis, hash: genesisHash } = network;
  const candidates = candidatesOf(transactions, genesisHash, true);
  const built = await buildOn(replica, { genesis, genesisHash, nowMs, proposerSeat: 0, candidates }, 'some');
  expect(prefetch.mock.calls.length).toBeLessThanOrEqual(ROUNDS_MAX);
  expect(built?.block).toEqual(chain.build(transactions, nowMs).block);
  expect(built?.transactions).toHaveLength(OUTS + 3);
});
