/** What the page shows of a search: only of the latest one, and with whatever went wrong. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SearchOrder } from '../../../clients/explorer/search/flow.ts';
import { planFor } from '../../../clients/explorer/search/plan.ts';
import { type SearchState, START, searchActions, searchRuns } from '../../../clients/explorer/search/story.ts';
import type { Session } from '../../../clients/explorer/session.ts';
import type { Client } from '../../../clients/sdk/client.ts';
import { HaiError, UnreachableError } from '../../../clients/sdk/errors.ts';
import type { PostOptions } from '../../../clients/sdk/open-order.ts';
import { zhi } from '../../../protocol/units.ts';
import { mixedTable } from '../ml/search/tables.ts';

const ID = '1'.padStart(64, '0');
const table = mixedTable(12);
const asked: SearchOrder = {
  table,
  file: 'a.csv',
  readAs: { decimal: ',' },
  plan: planFor(table),
  priceLimitZhi: zhi(1n),
};
const order = { id: ID, state: 'settled', final: true };
const jobs = { attempt: 1, budget: 0n, cycles: 0n, stopped: false, jobs: [], resume: '' };

beforeEach(() => {
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => {}, removeItem: () => {} });
});
afterEach(() => vi.unstubAllGlobals());

function storyWith(calls: object) {
  let state: SearchState = START;
  const runs = searchRuns((change) => {
    state = change(state);
  });
  const client = {
    network: async () => ({ hex: 'ab'.repeat(32) }),
    async search(_: unknown, { onPrepared }: PostOptions) {
      const opened = { id: ID, contentKey: new Uint8Array(32) };
      await onPrepared?.(opened as Parameters<NonNullable<PostOptions['onPrepared']>>[0]);
      return { ...opened, order };
    },
    async *watchSearch() {
      yield { order, jobs };
    },
    resultCiphertext: async () => new Uint8Array(0),
    openResult: async () => new Uint8Array(0),
    ...calls,
  };
  const session = { client: client as unknown as Client } as Session;
  return { actions: searchActions(runs, session, async () => {}), now: () => state, runs };
}

test('a search that is over is found, for the table that it was ordered for', async () => {
  const { actions, now } = storyWith({});
  await actions.order(asked);
  expect(now()).toMatchObject({ isBusy: false, plan: asked.plan, found: { order, table, readAs: asked.readAs } });
  expect(now().run?.error).toBeUndefined();
});

test('of a search that another table has taken the place of, nothing is shown any more', async () => {
  let answer: (bytes: Uint8Array) => void = () => {};
  const opened = Promise.withResolvers<void>();
  const openResult = (): Promise<Uint8Array> => {
    opened.resolve();
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  const { actions, now } = storyWith({ openResult });
  const ordered = actions.order(asked);
  await opened.promise;
  expect(now()).toMatchObject({ isBusy: true, kept: { order: ID, file: 'a.csv' } });
  actions.forget();
  answer(new Uint8Array(0));
  await ordered;
  expect(now()).toEqual(START);
});

test('what is gone on with has its table while the page has it, and none after a reload', async () => {
  const { actions, now } = storyWith({
    openResult: vi.fn().mockRejectedValueOnce(new UnreachableError('cut')).mockResolvedValue(new Uint8Array(0)),
  });
  await actions.order(asked);
  const { kept, run } = now();
  if (!kept) throw new Error('not kept');
  expect(run?.error).toBeInstanceOf(UnreachableError);
  await actions.goOn(kept);
  expect(now()).toMatchObject({ isBusy: false, plan: { trials: asked.plan.trials }, found: { order, table } });
  const reloaded = storyWith({});
  await reloaded.actions.goOn(kept);
  expect(reloaded.now().found?.model.order).toBe(ID);
  expect(reloaded.now().found?.table).toBeUndefined();
  expect(reloaded.now().found?.readAs).toEqual(asked.readAs);
});

test.each([
  [new UnreachableError('no network'), true],
  [new HaiError('not_authorised'), true],
  [new HaiError('illegal_transition'), false],
])('a stop that fails with %s is told of, but for a search that is over', async (fault, isTold) => {
  const { actions, now } = storyWith({ stopSearch: () => Promise.reject(fault) });
  await actions.stop(ID);
  expect(now()).toMatchObject({ isStopping: false, stopError: isTold ? fault : undefined });
});

test('a stop that is taken is on its way until the search ends', async () => {
  const { actions, now } = storyWith({ stopSearch: async () => {} });
  await actions.stop(ID);
  expect(now()).toMatchObject({ isStopping: true, stopError: undefined });
});
