/** Stories that the chain's rules would never let happen: told by hand, as somebody who holds all of a network's keys might. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Hash } from '../../../protocol/hash.ts';
import { storyOf, type TakenTransaction } from '../../../protocol/proof/receipt-story.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import { decodeOrderMatches, encodeOrderMatches, type OrderMatch } from '../../../protocol/tx/order-match.ts';
import { decodeOrderSettles, encodeOrderSettles } from '../../../protocol/tx/order-settle.ts';
import { txTypeName } from '../../../protocol/tx/types.ts';
import { decodeWorkProofs, encodeWorkProofs } from '../../../protocol/tx/work-proof.ts';
import type { HpuCycles, UnixMs, Zhi } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { openOrder, runOrder, SMALL_TRAIN, steps } from '../../support/order-life.ts';

const network = testNetwork();
let order: Hash;
let told: TakenTransaction[];

function takenOf(chain: TestChain, id: Hash): TakenTransaction[] {
  const all = chain.blocks.flatMap(({ built }, block) =>
    built.transactions.map(({ hash, bytes, outcome }, index) => {
      const parsed = parseTransaction(bytes, network.hash);
      if (!parsed.ok) throw new Error(parsed.code);
      const { height, timeMs } = built.block.header;
      return { tx: parsed.value, hash, outcome: outcome.entries, position: [block, index] as const, height, timeMs };
    }),
  );
  return all.filter(({ tx }) => txTypeName(tx.type) !== 'transfer' && id.length === 32);
}

beforeAll(async () => {
  const chain = new TestChain(network);
  const demander = network.key('demander');
  await chain.seal([chain.fund(demander, 9_000_000n)]);
  order = await runOrder(chain, demander, SMALL_TRAIN);
  told = takenOf(chain, order);
});

const story = (taken: readonly TakenTransaction[]) => storyOf(order, taken, network.genesis);

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
});

describe('an order whose demander is to confirm', () => {
  const WINDOW_MS = 60_000n;

  async function manual(settledAfterMs: bigint): Promise<TakenTransaction[]> {
    const chain = new TestChain(network);
    const demander = network.key('demander');
    await chain.seal([chain.fund(demander, 9_000_000n)]);
    const confirm = { kind: 'manual' as const, windowMs: WINDOW_MS as UnixMs };
    const { id, bytes } = openOrder(chain, demander, { work: SMALL_TRAIN, confirm });
    order = id;
    for (const next of [
      () => bytes,
      () => steps.match(chain, id),
      () => steps.work(chain, id),
      () => steps.verdict(chain, id),
    ]) {
      await chain.seal([next()]);
    }
    const taken = takenOf(chain, id);
    const checked = taken.at(-1) as TakenTransaction;
    // The settlement that the rules would refuse before the window's end is told by hand.
    const [settle] = told.filter(({ tx }) => txTypeName(tx.type) === 'orderSettle') as [TakenTransaction];
    const record = chain.state.order(id);
    const entry = {
      order: id,
      results: record?.claim?.results ?? 0,
      resultRoot: record?.claim?.resultRoot as Hash,
      billCycles: record?.match?.quoteCycles as HpuCycles,
      billZhi: record?.match?.priceZhi as Zhi,
    };
    const late = {
      ...settle,
      tx: { ...settle.tx, body: encodeOrderSettles([entry]) },
      position: [99, 0] as const,
      timeMs: checked.timeMs + settledAfterMs,
    };
    return [...taken, late];
  }

  test('may settle once the window is over', async () => {
    const taken = await manual(WINDOW_MS);
    expect(story(taken)).toMatchObject({ attempts: [{ verdict: 'passed' }] });
  });

  test('is refused when it settled before, without a confirmation', async () => {
    const taken = await manual(WINDOW_MS - 1n);
    expect(story(taken)).toMatch(/before its window/);
  });
});
