/** Steps of orders' lives in any sequence, legal or not, each by the party whose step it is. */
import fc from 'fast-check';
import type { Hash } from '../../protocol/hash.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import type { TestChain } from './chain.ts';
import { openOrder, steps } from './order-life.ts';

const ACTIONS = [
  'open',
  'match',
  'work',
  'pass',
  'fail',
  'confirm',
  'settle',
  'cancel',
  'expire',
  'giveUp',
  'wait',
] as const;
export const lifeAction = fc.record({ kind: fc.constantFrom(...ACTIONS), order: fc.nat(2) });

export interface LifeAction {
  readonly kind: (typeof ACTIONS)[number];
  /** Which of the orders so far. */
  readonly order: number;
}

/** The action's transaction on one of the orders, or undefined where its party has nothing to sign. */
export function lifeTransaction(chain: TestChain, ids: Hash[], { kind, order }: LifeAction): Uint8Array | undefined {
  const demander = chain.network.key('demander');
  if (kind === 'open') {
    const confirm =
      order === 1 ? ({ kind: 'manual', windowMs: 5000n as UnixMs } as const) : ({ kind: 'auto' } as const);
    const deadlineMs = (chain.parent.timeMs + 20_000n) as UnixMs;
    const opened = openOrder(chain, demander, { confirm, deadlineMs, priceLimitZhi: (50_000n + BigInt(order)) as Zhi });
    ids.push(opened.id);
    return opened.bytes;
  }
  const id = ids[order % Math.max(1, ids.length)];
  const record = id && chain.state.order(id);
  if (!id || !record) return undefined;
  if (kind === 'match') return record.attempt <= 3 ? steps.match(chain, id) : undefined;
  if (kind === 'work') return record.match && steps.work(chain, id);
  if (kind === 'pass' || kind === 'fail') {
    return record.claim && steps.verdict(chain, id, { verdict: kind === 'pass' ? 'passed' : 'failed' });
  }
  if (kind === 'confirm') return record.claim && steps.confirm(chain, id, demander);
  if (kind === 'settle') return record.claim && record.match && steps.settle(chain, id);
  if (kind === 'wait') return undefined;
  return steps.refund(chain, id, kind === 'giveUp' ? chain.network.searcher('weur') : demander, kind);
}
