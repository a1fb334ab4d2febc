/** Each epoch's reward is minted once, in order, after its end, and split to the zhi. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { compareBytes } from '../../../protocol/hash.ts';
import { EMISSION_DIVISOR, epochEndMs, rewardedEpochs } from '../../../protocol/record/epoch.ts';
import { TX_BYTES_MAX } from '../../../protocol/tx/envelope.ts';
import { type EpochReward, encodeEpochReward, REWARD_ACCOUNTS_MAX } from '../../../protocol/tx/epoch-reward.ts';
import { keyPair } from '../../support/keys.ts';
import { GENESIS_MS, testNetwork } from '../../support/network.ts';
import { StakeChain } from '../../support/stakes.ts';

const network = testNetwork();
const searcher = network.searcher('weur');
const POOL = network.genesis.allocations[0]?.amount as bigint;
const END = epochEndMs(network.genesis, 0n);

type Work = [name: string, work: bigint];
const reward = (epoch: bigint, ...work: Work[]): Uint8Array =>
  encodeEpochReward({
    epoch,
    work: work
      .map(([name, amount]) => ({ account: network.key(name).key, work: amount, homeRegion: 3 }))
      .sort((a, b) => compareBytes(a.account, b.account)),
  });

describe('EpochReward', () => {
  test('mints a 50,587th of the pool, linear in work; the remainder stays there', () => {
    const chain = new StakeChain(network);
    const result = chain.try(searcher, 'epochReward', reward(0n, ['alice', 1n], ['bob', 2n]), END);
    expect(result.outcome).toEqual(['applied']);
    const total = POOL / EMISSION_DIVISOR;
    const gain = (name: string) => chain.balance(network.key(name).key, result) - chain.balance(network.key(name).key);
    expect([gain('alice'), gain('bob')]).toEqual([total / 3n, (total * 2n) / 3n]);
    const minted = gain('alice') + gain('bob');
    expect(chain.balance(SYSTEM_ACCOUNT.minerPool, result)).toBe(POOL - minted);
    expect(rewardedEpochs(result.state)).toEqual({ next: 1n, mintedZhi: minted });
  });

  test('gives nothing for a split identity', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 2n, max: 1_000_000n }),
        fc.bigInt({ min: 1n, max: 1_000_000n }),
        fc.bigInt({ min: 1n, max: 1n << 63n }),
        (mine, part, others) => {
          fc.pre(part < mine);
          const chain = new StakeChain(network);
          const gains = (...work: Work[]) => {
            const result = chain.try(searcher, 'epochReward', reward(0n, ...work), END);
            return ['alice', 'bob'].map(
              (name) => chain.balance(network.key(name).key, result) - chain.balance(network.key(name).key),
            );
          };
          const [whole = 0n] = gains(['alice', mine], ['rest', others]);
          const [first = 0n, second = 0n] = gains(['alice', part], ['bob', mine - part], ['rest', others]);
          expect(first + second).toBeLessThanOrEqual(whole);
          expect(whole - first - second).toBeLessThanOrEqual(1n);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('opens the account of a newcomer at the home that is named', () => {
    const chain = new StakeChain(network);
    const { state } = chain.try(searcher, 'epochReward', reward(0n, ['newcomer', 5n]), END);
    expect(state.account(network.key('newcomer').key)).toMatchObject({ nonce: 0n, homeRegion: 3 });
  });

  test('an epoch a time, each once and in order; one without work may be passed over', () => {
    const chain = new StakeChain(network);
    const one = (epoch: bigint) => reward(epoch, ['alice', 1n]);
    chain.refuses('epoch_not_over', searcher, 'epochReward', one(0n), END - 1n);
    chain.do(searcher, 'epochReward', one(0n), END);
    chain.refuses('epoch_rewarded', searcher, 'epochReward', one(0n), END);
    chain.refuses('epoch_not_over', searcher, 'epochReward', one(1n), END);
    const later = GENESIS_MS + 4n * network.genesis.epochMs;
    chain.do(searcher, 'epochReward', one(3n), later);
    chain.refuses('epoch_rewarded', searcher, 'epochReward', one(2n), later);
    chain.refuses('epoch_not_over', searcher, 'epochReward', one(2n ** 64n - 1n), later);
    expect(rewardedEpochs(chain.state).next).toBe(4n);
  });

  test('refuses anybody but the sequencer region’s searcher', () => {
    const chain = new StakeChain(network);
    for (const by of [chain.alice, network.searcher('enam'), network.checker('weur')]) {
      chain.refuses('not_authorised', by, 'epochReward', reward(0n, ['alice', 1n]), END);
    }
  });

  test.each<[string, EpochReward['work'], string]>([
    ['no work at all', [], 'invalid_field'],
    ['work of nothing', [{ account: keyPair('test/alice').key, work: 0n, homeRegion: 3 }], 'invalid_field'],
    ['a home that does not exist', [{ account: keyPair('test/alice').key, work: 1n, homeRegion: 9 }], 'invalid_field'],
    [
      'an account twice',
      [1n, 2n].map((work) => ({ account: keyPair('test/alice').key, work, homeRegion: 3 })),
      'invalid_field',
    ],
    ['a system account', [{ account: SYSTEM_ACCOUNT.burned, work: 1n, homeRegion: 3 }], 'system_account'],
  ])('refuses %s', (_, work, code) => {
    const chain = new StakeChain(network);
    chain.refuses(code, searcher, 'epochReward', encodeEpochReward({ epoch: 0n, work }), END);
  });

  test('of as many accounts as it may fits a transaction, and halves the pool in four years', () => {
    const chain = new StakeChain(network);
    const work = Array.from({ length: REWARD_ACCOUNTS_MAX }, (_, i): Work => [`miner/${i}`, BigInt(i + 1)]);
    const bytes = chain.sign(searcher, 'epochReward', reward(0n, ...work));
    expect(bytes.length).toBeLessThanOrEqual(TX_BYTES_MAX);
    expect(chain.try(searcher, 'epochReward', reward(0n, ...work), END).outcome).toEqual(['applied']);
    let pool = POOL;
    for (let hour = 0; hour < 4 * 8766; hour++) pool -= pool / EMISSION_DIVISOR;
    expect(Number(pool) / Number(POOL)).toBeCloseTo(0.5, 4);
  });
});
