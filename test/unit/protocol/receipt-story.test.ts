/** Stories that the chain's rules would never let happen: told by hand, as somebody who holds all of a network's keys might. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Hash } from '../../../protocol/hash.ts';
import { ATTEMPTS_MAX } from '../../../protocol/order/matching.ts';
import { CHUNKS_MAX } from '../../../protocol/order/worklog.ts';
import { storyOf, type TakenTransaction } from '../../../protocol/proof/receipt-story.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import { encodeOrderConfirm } from '../../../protocol/tx/order-confirm.ts';
import { decodeOrderMatches, encodeOrderMatches, type OrderMatch } from '../../../protocol/tx/order-match.ts';
import { decodeOrderSettles, encodeOrderSettles } from '../../../protocol/tx/order-settle.ts';
import { txTypeName } from '../../../protocol/tx/types.ts';
import { decodeWorkProofs, encodeWorkProofs, type WorkProof } from '../../../protocol/tx/work-proof.ts';
import type { HpuCycles, UnixMs, Zhi } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { openOrder, runOrder, SMALL_TRAIN, steps } from '../../support/order-life.ts';

const network = testNetwork();
let order: Hash;
let told: TakenTransaction[];

function takenOf(chain: TestChain): TakenTransaction[] {
  const all = chain.blocks.flatMap(({ built }, block) =>
    built.transactions.map(({ hash, bytes, outcome }, index) => {
      const parsed = parseTransaction(bytes, network.hash);
      if (!parsed.ok) throw new Error(parsed.code);
      const { height, timeMs } = built.block.header;
      return { tx: parsed.value, hash, outcome: outcome.entries, position: [block, index] as const, height, timeMs };
    }),
  );
  return all.filter(({ tx }) => txTypeName(tx.type) !== 'transfer');
}

beforeAll(async () => {
  const chain = new TestChain(network);
  const demander = network.key('demander');
  await chain.seal([chain.fund(demander, 9_000_000n)]);
  order = await runOrder(chain, demander, SMALL_TRAIN);
  told = takenOf(chain);
});

const story = (taken: readonly TakenTransaction[]) => storyOf(order, taken, network.genesis);

/** The story with one step told differently. */
function retold(name: string, change: (one: TakenTransaction) => Partial<TakenTransaction['tx']>): TakenTransaction[] {
  return told.map((one) =>
    txTypeName(one.tx.type) === name ? { ...one, tx: { ...one.tx, ...change(one) } as TakenTransaction['tx'] } : one,
  );
}

const withWork = (change: Partial<WorkProof>): TakenTransaction[] =>
  retold('workProof', ({ tx }) => ({
    body: encodeWorkProofs(decodeWorkProofs(tx.body).map((entry) => ({ ...entry, ...change }))),
  }));

function withMatch(change: Partial<OrderMatch>): TakenTransaction[] {
  return told.map((one) => {
    const name = txTypeName(one.tx.type);
    const rebodied = (body: Uint8Array): TakenTransaction => ({ ...one, tx: { ...one.tx, body } });
    if (name === 'orderMatch')
      return rebodied(encodeOrderMatches(decodeOrderMatches(one.tx.body).map((e) => ({ ...e, ...change }))));
    const { provider, quoteCycles, priceZhi } = change;
    if (name === 'workProof') {
      const entries = decodeWorkProofs(one.tx.body);
      return rebodied(
        encodeWorkProofs(
          entries.map((e) => ({
            ...e,
            ...(provider ? { provider } : {}),
            ...(quoteCycles ? { cycles: quoteCycles } : {}),
          })),
        ),
      );
    }
    if (name !== 'orderSettle') return one;
    const bill = { ...(quoteCycles ? { billCycles: quoteCycles } : {}), ...(priceZhi ? { billZhi: priceZhi } : {}) };
    return rebodied(encodeOrderSettles(decodeOrderSettles(one.tx.body).map((e) => ({ ...e, ...bill }))));
  });
}

describe('the story of a settled order', () => {
  test('is told as the chain let it happen', () => {
    expect(story(told)).toMatchObject({ attempts: [{ verdict: 'passed' }] });
  });

  test('is refused with another provider of the table than the rule selects', () => {
    const matched = decodeOrderMatches((told[1] as TakenTransaction).tx.body)[0] as OrderMatch;
    const other = network.genesis.providers.find(({ key }) => key.join() !== matched.provider.join());
    expect(story(withMatch({ provider: other?.key as Uint8Array }))).toMatch(/rule does not select/);
  });

  test('is refused with cycles, a price or a duration that the tables do not give', () => {
    const matched = decodeOrderMatches((told[1] as TakenTransaction).tx.body)[0] as OrderMatch;
    expect(story(withMatch({ quoteCycles: (matched.quoteCycles + 1n) as HpuCycles }))).toMatch(/price table/);
    expect(story(withMatch({ priceZhi: (matched.priceZhi + 1n) as Zhi }))).toMatch(/resource table/);
    expect(story(withMatch({ quoteMs: matched.quoteMs + 1n }))).toMatch(/resource table/);
  });

  test.each([
    ['no chunks', { chunks: 0 }, /chunks/],
    ['more chunks than a log has', { chunks: CHUNKS_MAX + 1 }, /chunks/],
    ['two models from one training', { results: 2 }, /number of results/],
  ])('is refused with a claim of %s', (_, change, why) => {
    expect(story(withWork(change))).toMatch(why);
  });

  test('has as many chunks as a log may have', () => {
    expect(story(withWork({ chunks: CHUNKS_MAX }))).toMatchObject({ chunks: CHUNKS_MAX });
  });

  test.each(['orderMatch', 'workProof', 'orderSettle'])(
    'is refused with %s by the searcher of another region',
    (name) => {
      expect(story(retold(name, () => ({ sender: network.searcher('enam').key })))).toMatch(/not the searcher/);
      expect(story(retold(name, () => ({ sender: network.searcher('weur').key })))).toMatchObject({ chunks: 1 });
    },
  );

  test('is refused with a verdict by the checker of another region', () => {
    const by = (key: Uint8Array) => story(retold('resultProof', () => ({ sender: key })));
    expect(by(network.checker('enam').key)).toMatch(/the region's checker/);
    expect(by(network.checker('weur').key)).toMatchObject({ attempts: [{ verdict: 'passed' }] });
  });

  test('is refused with a fourth provider after three liars', async () => {
    const chain = new TestChain(network);
    const demander = network.key('demander');
    await chain.seal([chain.fund(demander, 9_000_000n)]);
    const { id, bytes } = openOrder(chain, demander, { work: SMALL_TRAIN });
    await chain.seal([bytes]);
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      await chain.seal([steps.match(chain, id)]);
      await chain.seal([steps.work(chain, id)]);
      await chain.seal([steps.verdict(chain, id, { verdict: 'failed' })]);
    }
    const taken = takenOf(chain);
    expect(storyOf(id, taken, network.genesis)).toBe('the order is not settled');
    const parsed = parseTransaction(steps.match(chain, id), network.hash);
    if (!parsed.ok) throw new Error(parsed.code);
    const fourth = {
      ...(taken.at(-1) as TakenTransaction),
      tx: parsed.value,
      outcome: [0],
      position: [99, 0] as const,
    };
    expect(storyOf(id, [...taken, fourth], network.genesis)).toMatch(/more attempts/);
  });
});

describe('an order whose demander is to confirm', () => {
  const WINDOW_MS = 60_000n;
  let id: Hash;
  let checked: TakenTransaction[];
  let confirmed: TakenTransaction;
  let settled: TakenTransaction;

  beforeAll(async () => {
    const chain = new TestChain(network);
    const demander = network.key('demander');
    await chain.seal([chain.fund(demander, 9_000_000n)]);
    const opened = openOrder(chain, demander, {
      work: SMALL_TRAIN,
      confirm: { kind: 'manual', windowMs: WINDOW_MS as UnixMs },
    });
    id = opened.id;
    await chain.seal([opened.bytes]);
    await chain.seal([steps.match(chain, id)]);
    await chain.seal([steps.work(chain, id)]);
    await chain.seal([steps.verdict(chain, id)]);
    await chain.seal([steps.confirm(chain, id, demander)]);
    await chain.seal([steps.settle(chain, id)]);
    const all = takenOf(chain);
    checked = all.slice(0, -2);
    [confirmed, settled] = all.slice(-2) as [TakenTransaction, TakenTransaction];
  });

  const ending = (...last: TakenTransaction[]) => storyOf(id, [...checked, ...last], network.genesis);
  /** As the rules would refuse it before the window's end; told by hand, with no confirmation before it. */
  const settledAfter = (ms: bigint): TakenTransaction => ({
    ...settled,
    timeMs: (checked.at(-1) as TakenTransaction).timeMs + ms,
  });
  const confirmedWith = (change: Partial<TakenTransaction['tx']>): TakenTransaction => ({
    ...confirmed,
    tx: { ...confirmed.tx, ...change },
  });

  test('may settle at once when it was confirmed', () => {
    expect(ending(confirmed, settled)).toMatchObject({ attempts: [{ verdict: 'passed' }] });
  });

  test('may settle once the window is over', () => {
    expect(ending(settledAfter(WINDOW_MS))).toMatchObject({ attempts: [{ verdict: 'passed' }] });
  });

  test('is refused when it settled before, without a confirmation', () => {
    expect(ending(settledAfter(WINDOW_MS - 1n))).toMatch(/before its window/);
  });

  test('is refused when somebody else confirmed, or another result was confirmed', () => {
    expect(ending(confirmedWith({ sender: network.key('stranger').key }), settled)).toMatch(/somebody else/);
    const body = encodeOrderConfirm({ order: id, resultRoot: new Uint8Array(32) });
    expect(ending(confirmedWith({ body }), settled)).toMatch(/another result/);
  });
});
