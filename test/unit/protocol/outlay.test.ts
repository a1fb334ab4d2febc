/** What an intake holds back covers whatever the chain then takes. */
import { expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { initialParameters } from '../../../protocol/governance/parameters.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { parametersAt } from '../../../protocol/record/parameter.ts';
import { encodeBond } from '../../../protocol/tx/bond.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import { outlayOf } from '../../../protocol/tx/outlay.ts';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import { TX_TYPES, txTypeName } from '../../../protocol/tx/types.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { vestingNetwork } from '../../support/network.ts';
import { newSeed } from '../../support/random.ts';
import { RandomWorld } from '../../support/random-transactions.ts';

const OWN = [
  'reserve',
  'release',
  'bond',
  'unbond',
  'vote',
  'datasetList',
  'grant',
  'revoke',
  'modelList',
  'junkFlag',
  'vestClaim',
  'batchClaim',
  'allow',
  'swapIn',
  'swapOut',
  'param',
  'endpoint',
];

test('no applied transaction takes more of its sender than its outlay and its fee', () => {
  const seed = newSeed();
  const world = new RandomWorld(seed);
  const chain = new TestChain(world.network);
  const counted = new Map<string, number>();
  const take = (transactions: Uint8Array[], timeMs: bigint) => {
    const built = chain.build(transactions, timeMs);
    world.take(built);
    if (built.transactions.length === 0) return;
    chain.take(built);
    for (const { bytes, postings } of built.transactions) {
      const parsed = parseTransaction(bytes, world.network.hash);
      if (!parsed.ok) throw new Error(parsed.code);
      const tx = parsed.value;
      const outlay = outlayOf(tx, parametersAt(chain.state, world.network.genesis, timeMs as UnixMs));
      if (outlay === undefined) continue;
      const name = txTypeName(tx.type) as string;
      const own = postings.filter(({ account }) => equalBytes(account, tx.sender));
      const taken = -own.reduce((sum, { deltaZhi }) => sum + deltaZhi, 0n);
      expect([seed, name, taken <= tx.feeZhi + outlay]).toEqual([seed, name, true]);
      counted.set(name, (counted.get(name) ?? 0) + 1);
    }
  };
  take(world.funding(chain.state), chain.parent.timeMs + 1n);
  for (let block = 0; block < 150; block++) {
    const timeMs = (chain.parent.timeMs + world.stepMs()) as UnixMs;
    const height = (chain.parent.height + 1n) as BlockHeight;
    const made = Array.from({ length: 10 }, () => world.next({ state: chain.state, height, timeMs }));
    take(made, timeMs);
  }
  expect([...counted.keys()].sort()).toEqual([...OWN].sort());
});

test('the types of the roles, and those with an intake of their own, have none', () => {
  const network = vestingNetwork();
  const chain = new TestChain(network);
  const of = (name: (typeof TX_TYPES)[keyof typeof TX_TYPES], body: Uint8Array) => {
    const parsed = parseTransaction(chain.sign(network.faucet, name, body), network.hash);
    if (!parsed.ok) throw new Error(parsed.code);
    return outlayOf(parsed.value, initialParameters(network.genesis));
  };
  const others = Object.values(TX_TYPES).filter((name) => !OWN.includes(name));
  const transfer = encodeTransfer({ to: SYSTEM_ACCOUNT.bonds, amountZhi: 5n as Zhi, homeRegion: 0 });
  expect(others.map((name) => of(name, transfer))).toEqual(others.map(() => undefined));
  expect(of('bond', encodeBond({ amountZhi: 77n as Zhi }))).toBe(77n);
});
