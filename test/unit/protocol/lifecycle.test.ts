/** Every cell of the table, first as written, then by real transactions through the transition. */
import { describe, expect, test } from 'vitest';
import type { Hash } from '../../../protocol/hash.ts';
import {
  hasCheckedResult,
  isFinished,
  LIFECYCLE,
  nextState,
  ORDER_EVENTS,
  ORDER_STATES,
  type OrderEvent,
  type OrderState,
} from '../../../protocol/order/lifecycle.ts';
import { encodeOrderConfirm } from '../../../protocol/tx/order-confirm.ts';
import { encodeOrderMatches } from '../../../protocol/tx/order-match.ts';
import { encodeOrderSettles } from '../../../protocol/tx/order-settle.ts';
import { encodeResultProofs } from '../../../protocol/tx/result-proof.ts';
import { encodeWorkProofs } from '../../../protocol/tx/work-proof.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { advance, applyTo } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { matchEntry, openOrder, steps, testResultRoot, workEntry } from '../../support/order-life.ts';

/** Columns as ORDER_EVENTS. */
const TABLE = `
             match    work      checkPassed  checkFailed  confirm    settle   cancel     expire   giveUp    decline
  open       matched  .         .            .            .          .        cancelled  expired  unserved  unserved
  matched    .        computed  .            .            .          .        cancelled  expired  .         unserved
  computed   .        .         checked      open         .          .        .          expired  .         unserved
  checked    .        .         .            .            confirmed  .        .          .        .         .
  confirmed  .        .         .            .            .          settled  .          .        .         .
  settled    .        .         .            .            .          .        .          .        .         .
  cancelled  .        .         .            .            .          .        .          .        .         .
  expired    .        .         .            .            .          .        .          .        .         .
  unserved   .        .         .            .            .          .        .          .        .         .
`;
const [events, ...lines] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/)) as [string[], ...string[][]];
const cells = lines.flatMap(([state, ...next]) =>
  next.map(
    (to, i) => [state as OrderState, events[i] as OrderEvent, to === '.' ? undefined : (to as OrderState)] as const,
  ),
);

test('the table names every state and every event', () => {
  expect(lines.map(([state]) => state)).toEqual([...ORDER_STATES]);
  expect(events).toEqual([...ORDER_EVENTS]);
  expect(cells).toHaveLength(ORDER_STATES.length * ORDER_EVENTS.length);
});

test.each(cells)('%s x %s -> %s', (state, event, to) => {
  expect(nextState(state, event)).toBe(to);
});

test('a result is checked in the states that a passed check leads to, and in no other', () => {
  const after: OrderState[] = [nextState('computed', 'checkPassed') as OrderState];
  for (const state of after) after.push(...(Object.values(LIFECYCLE[state]) as OrderState[]));
  expect(ORDER_STATES.filter(hasCheckedResult)).toEqual(after);
});

test('finished states are those without a next one, and every state is reachable from open', () => {
  expect(ORDER_STATES.filter(isFinished)).toEqual(['settled', 'cancelled', 'expired', 'unserved']);
  const reached = new Set<OrderState>(['open']);
  for (const state of reached) for (const next of Object.values(LIFECYCLE[state])) reached.add(next);
  expect([...reached].sort()).toEqual([...ORDER_STATES].sort());
});

const network = testNetwork();
const demander = network.key('demander');
const searcher = network.searcher('weur');
const checker = network.checker('weur');
const WINDOW_MS = 60_000n as UnixMs;

/** A chain with one order in the given state, brought there by the steps of its life. */
function orderIn(state: OrderState, exhausted: boolean): { chain: TestChain; id: Hash } {
  const chain = new TestChain(network);
  advance(chain, chain.fund(demander, 5_000_000n));
  // The auto policy passes through `checked` unseen.
  const manual = state === 'checked';
  const { id, bytes } = openOrder(chain, demander, {
    confirm: manual ? { kind: 'manual', windowMs: WINDOW_MS } : { kind: 'auto' },
  });
  advance(chain, bytes);
  const fail = () => {
    advance(chain, steps.match(chain, id));
    advance(chain, steps.work(chain, id));
    advance(chain, steps.verdict(chain, id, { verdict: 'failed' }));
  };
  if (exhausted || state === 'unserved') for (let attempt = 0; attempt < 3; attempt++) fail();
  const path: Record<OrderState, (() => Uint8Array)[]> = {
    open: [],
    matched: [() => steps.match(chain, id)],
    computed: [() => steps.match(chain, id), () => steps.work(chain, id)],
    checked: [() => steps.match(chain, id), () => steps.work(chain, id), () => steps.verdict(chain, id)],
    confirmed: [() => steps.match(chain, id), () => steps.work(chain, id), () => steps.verdict(chain, id)],
    settled: [
      () => steps.match(chain, id),
      () => steps.work(chain, id),
      () => steps.verdict(chain, id),
      () => steps.settle(chain, id),
    ],
    cancelled: [() => steps.refund(chain, id, demander, 'cancel')],
    expired: [],
    unserved: [() => steps.refund(chain, id, searcher, 'giveUp')],
  };
  for (const step of path[state]) advance(chain, step());
  if (state === 'expired') advance(chain, steps.refund(chain, id, demander, 'expire'), afterDeadline(chain, id));
  expect(chain.state.order(id)?.state).toBe(state);
  return { chain, id };
}

const afterDeadline = (chain: TestChain, id: Hash): bigint => (chain.state.order(id)?.deadlineMs ?? 0n) + 1n;

/** The event's transaction, right in everything but perhaps the state that it meets. */
function eventTransaction(chain: TestChain, id: Hash, event: OrderEvent): Uint8Array {
  const record = chain.state.order(id);
  if (!record) throw new Error('no order');
  const first = network.providers[0]?.key as Uint8Array;
  const { provider, billCycles, billZhi } = record.match ?? {
    provider: first,
    billCycles: record.quoteCycles,
    billZhi: 1n,
  };
  const resultRoot = record.claim?.resultRoot ?? testResultRoot(id, record.attempt);
  const verdict = { order: id, attempt: record.attempt, method: 'replay', checkedParts: 1, resultRoot } as const;
  switch (event) {
    case 'match':
      return chain.sign(searcher, 'orderMatch', encodeOrderMatches([matchEntry(chain, id)]));
    case 'work': {
      const withMatch = {
        state: { order: () => ({ ...record, match: { provider, billCycles, billZhi } }) },
        network,
      };
      return chain.sign(searcher, 'workProof', encodeWorkProofs([workEntry(withMatch as unknown as TestChain, id)]));
    }
    case 'checkPassed':
    case 'checkFailed':
      return chain.sign(
        checker,
        'resultProof',
        encodeResultProofs([{ ...verdict, verdict: event === 'checkPassed' ? 'passed' : 'failed' }]),
      );
    case 'confirm':
      return chain.sign(demander, 'orderConfirm', encodeOrderConfirm({ order: id, resultRoot }));
    case 'settle': {
      const entry = { order: id, results: 1, resultRoot, billCycles, billZhi };
      return chain.sign(
        searcher,
        'orderSettle',
        encodeOrderSettles([entry as Parameters<typeof encodeOrderSettles>[0][0]]),
      );
    }
    case 'cancel':
      return steps.refund(chain, id, demander, 'cancel');
    case 'expire':
      return steps.refund(chain, id, demander, 'expire');
    case 'giveUp':
      return steps.refund(chain, id, searcher, 'giveUp');
    case 'decline':
      return steps.refund(chain, id, searcher, 'decline');
  }
}

describe('by real transactions', () => {
  test.each(cells)('%s x %s -> %s', (state, event, to) => {
    const { chain, id } = orderIn(state, state === 'open' && event === 'giveUp');
    const bytes = eventTransaction(chain, id, event);
    const time = event === 'expire' ? afterDeadline(chain, id) : undefined;
    const { outcome, sealed, state: after } = applyTo(chain, bytes, time);
    expect(sealed).toBe(true);
    const record = after.order(id);
    if (to) {
      expect(outcome).toEqual(['applied']);
      // The signed policy `auto` confirms a passed check at once.
      expect(record?.state).toBe(state === 'computed' && event === 'checkPassed' ? 'confirmed' : to);
    } else {
      expect(outcome).toEqual([event === 'cancel' ? 'not_cancellable' : 'illegal_transition']);
      expect(record).toEqual(chain.state.order(id));
    }
  });

  test('a checked order settles without a confirmation when the window was silent, and not a moment before', () => {
    const { chain, id } = orderIn('checked', false);
    const checkedMs = chain.state.order(id)?.checkedMs ?? 0n;
    const settle = eventTransaction(chain, id, 'settle');
    expect(applyTo(chain, settle, checkedMs + WINDOW_MS - 1n).outcome).toEqual(['illegal_transition']);
    const { outcome, state } = applyTo(chain, settle, checkedMs + WINDOW_MS);
    expect(outcome).toEqual(['applied']);
    expect(state.order(id)?.state).toBe('settled');
  });
});
