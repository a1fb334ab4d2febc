import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Provider } from '../../../protocol/genesis.ts';
import { taggedHash } from '../../../protocol/hash.ts';
import { checkChallenge, REPLAYED_CHUNKS_MAX, sampledChunks } from '../../../protocol/order/challenge.ts';
import { ATTEMPTS_MAX, type MatchQuestion, providersLeft, rankProviders } from '../../../protocol/order/matching.ts';
import { resultLeaf, resultRoot, resultSalt } from '../../../protocol/order/results.ts';
import { logCycles, logHead, logLink, logStart } from '../../../protocol/order/worklog.ts';
import { regionDistance, regionNumber } from '../../../protocol/regions.ts';
import { type HpuCycles, priceOf, type Zhi } from '../../../protocol/units.ts';
import { testNetwork } from '../../support/network.ts';

const [weur, enam, apac, sam] = testNetwork().genesis.providers as [Provider, Provider, Provider, Provider];
const sameAsk = [weur, enam, apac, sam].map((provider) => ({ ...provider, askZhiPerMcycle: 100n as Zhi }));
const question = (change: Partial<MatchQuestion> = {}): MatchQuestion => ({
  demander: new Uint8Array(32),
  nonce: 0n,
  region: regionNumber('sam'),
  cycles: 5_000_000n as HpuCycles,
  priceLimitZhi: (10n ** 12n) as Zhi,
  excluded: [],
  ...change,
});
const regionsOf = (table: Provider[], asked: MatchQuestion) =>
  rankProviders(table, asked).map(({ provider }) => provider.region);

describe('the matching rule', () => {
  test('cheapest first', () => {
    expect(regionsOf([sam, apac, weur, enam], question())).toEqual([weur, enam, apac, sam].map(({ region }) => region));
  });

  test('then nearest to the order', () => {
    const ranked = regionsOf(sameAsk, question());
    expect(ranked[0]).toBe(regionNumber('sam'));
    const distances = ranked.map((region) => regionDistance(regionNumber('sam'), region));
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
  });

  test('then by a hash that a demander can not aim, and that spreads ties', () => {
    const tied = Array.from({ length: 4 }, (_, i) => ({ ...weur, key: taggedHash('tied', Uint8Array.of(i)) }));
    const firsts = new Map<string, number>();
    for (let nonce = 0n; nonce < 400n; nonce++) {
      const key = bytesToHex(rankProviders(tied, question({ nonce }))[0]?.provider.key as Uint8Array);
      firsts.set(key, (firsts.get(key) ?? 0) + 1);
    }
    // 100 each of 400 expected, standard deviation 8.7.
    expect([...firsts.values()].filter((count) => count > 60 && count < 140)).toHaveLength(4);
  });

  test('depends on the table as a set: its order changes nothing', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([weur, enam, apac, sam, ...sameAsk.slice(0, 1)], { minLength: 5 }),
        fc.bigInt(0n, 99n),
        (table, nonce) => {
          const expected = rankProviders([weur, enam, apac, sam, ...sameAsk.slice(0, 1)], question({ nonce }));
          expect(rankProviders(table, question({ nonce }))).toEqual(expected);
        },
      ),
    );
  });

  test('of an order: nobody once its attempts are used up', () => {
    const { cycles: quoteCycles, ...asked } = question({ excluded: [weur.key] });
    const left = (attempt: number) => providersLeft([weur, enam], { ...asked, quoteCycles, attempt });
    expect(left(ATTEMPTS_MAX)).toEqual(rankProviders([enam], question()));
    expect(left(ATTEMPTS_MAX + 1)).toEqual([]);
  });

  test('nobody above the limit, nobody excluded', () => {
    const limit = priceOf(5_000_000n as HpuCycles, enam.askZhiPerMcycle) as Zhi;
    const asked = question({ priceLimitZhi: limit, excluded: [weur.key] });
    expect(regionsOf([weur, enam, apac, sam], asked)).toEqual([enam.region]);
    expect(rankProviders([weur, enam], question({ priceLimitZhi: 1n as Zhi }))).toEqual([]);
    expect(rankProviders([], question())).toEqual([]);
  });

  test('quotes cycles, price and duration, rounded up', () => {
    const odd = { ...weur, askZhiPerMcycle: 3n as Zhi, rateCyclesPerSecond: 7n };
    const [quote] = rankProviders([odd], question({ cycles: 10n as HpuCycles }));
    expect(quote).toMatchObject({ cycles: 10n, priceZhi: 1n, durationMs: 1429n });
  });
});

describe('what a checker replays', () => {
  const challenge = (n: number) =>
    checkChallenge(new Uint8Array(32), 1, new Uint8Array(32), taggedHash('root', Uint8Array.of(n)));

  test('all chunks of short work', () => {
    expect(sampledChunks(challenge(0), 1)).toEqual([0]);
    expect(sampledChunks(challenge(0), REPLAYED_CHUNKS_MAX)).toEqual(
      Array.from({ length: REPLAYED_CHUNKS_MAX }, (_, i) => i),
    );
  });

  test('of long work 64, ascending, without repeats, the first and the last among them', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.integer({ min: REPLAYED_CHUNKS_MAX + 1, max: 65_536 }), (n, chunks) => {
        const sampled = sampledChunks(challenge(n), chunks);
        expect(sampled).toHaveLength(REPLAYED_CHUNKS_MAX);
        expect(new Set(sampled).size).toBe(REPLAYED_CHUNKS_MAX);
        expect(sampled).toEqual([...sampled].sort((a, b) => a - b));
        expect([sampled[0], sampled.at(-1)]).toEqual([0, chunks - 1]);
      }),
    );
  });

  test('another result, another sample', () => {
    expect(sampledChunks(challenge(1), 1000)).not.toEqual(sampledChunks(challenge(2), 1000));
    expect(sampledChunks(challenge(1), 1000)).toEqual(sampledChunks(challenge(1), 1000));
  });
});

describe('the work log and the result root', () => {
  const entry = (chunk: number, cycles = 5n) => ({
    chunk,
    stateHash: taggedHash('s', Uint8Array.of(chunk)),
    cycles: cycles as HpuCycles,
  });
  const order = taggedHash('order');

  test('the head is the chain of its entries, and depends on order, attempt, sequence and every field', () => {
    const log = [entry(0), entry(1)];
    expect(logHead(order, 1, log)).toEqual(logLink(logLink(logStart(order, 1), entry(0)), entry(1)));
    const heads = [
      logHead(order, 1, log),
      logHead(order, 2, log),
      logHead(taggedHash('other'), 1, log),
      logHead(order, 1, [entry(1), entry(0)]),
      logHead(order, 1, [entry(0)]),
      logHead(order, 1, [entry(0), entry(1, 6n)]),
    ];
    expect(new Set(heads.map(bytesToHex)).size).toBe(heads.length);
    expect(logCycles(log)).toBe(10n);
    expect(logCycles([])).toBe(0n);
  });

  test('the same label has another leaf in another row and under another key', () => {
    const salt = resultSalt(new Uint8Array(32));
    const label = Uint8Array.of(3);
    const leaves = [
      resultLeaf(salt, 0, label),
      resultLeaf(salt, 1, label),
      resultLeaf(salt, 256, label),
      resultLeaf(resultSalt(new Uint8Array(32).fill(1)), 0, label),
    ];
    expect(new Set(leaves.map(bytesToHex)).size).toBe(4);
    expect(resultRoot(salt, [label, label])).not.toEqual(resultRoot(salt, [label]));
  });
});
