/** Any sequence of steps, legal or not: no zhi appears or vanishes, and each order has one outcome. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import type { Hash } from '../../../protocol/hash.ts';
import { isFinished } from '../../../protocol/order/lifecycle.ts';
import { splitBill } from '../../../protocol/order/split.ts';
import { treeRoot } from '../../../protocol/state/tree.ts';
import { SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { lifeAction, lifeTransaction } from '../../support/order-lives.ts';

const network = testNetwork();
const demander = network.key('demander');

test('money and outcomes under random lives of orders', () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(fc.array(lifeAction, { minLength: 1, maxLength: 40 }), (actions) => {
      const chain = new TestChain(network);
      chain.take(chain.build([chain.fund(demander, 2_000_000n)]));
      const ids: Hash[] = [];
      const finished = new Map<string, string>();
      for (const action of actions) {
        chain.forgetUnsealed();
        const bytes = lifeTransaction(chain, ids, action);
        const nowMs = chain.parent.timeMs + (action.kind === 'wait' || action.kind === 'expire' ? 21_000n : 1000n);
        if (!bytes) continue;
        const built = chain.build([bytes], nowMs);
        expect(built.refused).toEqual([]);
        for (const { postings } of built.transactions) {
          expect(postings.reduce((sum, { deltaZhi }) => sum + deltaZhi, 0n)).toBe(0n);
        }
        chain.take(built);
        expect(treeRoot(chain.tree).sum).toBe(SUPPLY_ZHI);
        expect(built.block.header.supplyZhi).toBe(SUPPLY_ZHI);
        const records = chain.state.orders();
        const held = records.reduce((sum, { value }) => sum + (isFinished(value.state) ? 0n : value.priceLimitZhi), 0n);
        expect(chain.state.account(SYSTEM_ACCOUNT.escrow)?.balanceZhi).toBe(held);
        for (const { key, value } of records) {
          const id = String(key);
          if (finished.has(id)) expect(value.state).toBe(finished.get(id));
          else if (isFinished(value.state)) finished.set(id, value.state);
        }
      }
      for (const state of finished.values()) outcomes.add(state);
    }),
    { numRuns: 60 },
  );
  // The property is of no worth if no order ever ended.
  expect(outcomes.size).toBeGreaterThanOrEqual(2);
});

test('a bill is split to the zhi, the provider keeping the remainder', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: SUPPLY_ZHI }), (bill) => {
      const { provider, searcher: share, seatPool, burned } = splitBill(bill as Zhi);
      expect(provider + share + seatPool + burned).toBe(bill);
      expect([share, seatPool, burned]).toEqual([(bill * 5n) / 100n, (bill * 3n) / 100n, (bill * 2n) / 100n]);
      expect(provider * 10n).toBeGreaterThanOrEqual(bill * 9n);
    }),
  );
  expect(splitBill(19n as Zhi)).toEqual({ provider: 19n, searcher: 0n, seatPool: 0n, burned: 0n });
  expect(splitBill(100n as Zhi)).toEqual({ provider: 90n, searcher: 5n, seatPool: 3n, burned: 2n });
});
