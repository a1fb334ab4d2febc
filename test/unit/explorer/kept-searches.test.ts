/** A search that is paid for stays within reach: its key is stored before it is sent, and it can be gone on with. */
import { beforeAll, describe, expect, test } from 'vitest';
import { followSearch, orderSearch, type Watcher } from '../../../clients/explorer/search/flow.ts';
import { KEPT_MAX, type KeptSearch, keptSearches } from '../../../clients/explorer/search/kept.ts';
import { planFor } from '../../../clients/explorer/search/plan.ts';
import type { Client } from '../../../clients/sdk/client.ts';
import { HaiError, UnreachableError } from '../../../clients/sdk/errors.ts';
import type { PostOptions } from '../../../clients/sdk/open-order.ts';
import type { SearchState } from '../../../clients/sdk/search.ts';
import { localSearch } from '../../../ml/search/local.ts';
import type { ReadAs } from '../../../ml/table/read-as.ts';
import { searchWorkOf } from '../../../ml/table/shape.ts';
import { nodeKernels } from '../../../ml/trainers/node.ts';
import { hpuCycles, zhi } from '../../../protocol/units.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import { unwrap } from '../ml/digits.ts';
import { mixedTable, specFor } from '../ml/search/tables.ts';

const GENESIS = 'ab'.repeat(32);
const idOf = (number: number): string => number.toString(16).padStart(64, '0');
const keyOf = (number: number): Uint8Array => new Uint8Array(32).fill(number);
const table = mixedTable(40);
const plan = planFor(table);
const work = searchWorkOf(table, plan);

/** What rows to predict can't show by themselves. */
const READ_AS: ReadAs = { decimal: ',', dayFirst: true, missing: ['n/d'], units: { 距离: 'km' } };

const search = (number: number, changes: Partial<KeptSearch> = {}): KeptSearch => ({
  order: idOf(number),
  genesis: GENESIS,
  contentKey: keyOf(number),
  work,
  metric: 'accuracy',
  file: '水果.csv',
  target: '类别',
  read: READ_AS,
  isFound: false,
  ...changes,
});

function storage(text: string | null = null) {
  const held = { text };
  return {
    held,
    getItem: () => held.text,
    setItem: (_: string, value: string) => {
      held.text = value;
    },
    removeItem: () => {
      held.text = null;
    },
  };
}

describe('kept searches', () => {
  test('outlive a reload, the newest first, each as it was', () => {
    const held = storage();
    for (const number of [1, 2]) keptSearches(held).keep(search(number));
    expect(keptSearches(storage(held.held.text)).at(GENESIS)).toEqual([search(2), search(1)]);
    keptSearches(held).keep(search(1, { isFound: true }));
    expect(keptSearches(held).at(GENESIS)).toEqual([search(1, { isFound: true }), search(2)]);
  });

  test('are those of their network, and leave nothing when they are forgotten', () => {
    const kept = keptSearches(storage());
    kept.keep(search(1));
    expect(kept.at('cd'.repeat(32))).toEqual([]);
    const held = storage();
    keptSearches(held).keep(search(1));
    keptSearches(held).forget(idOf(2));
    expect(keptSearches(held).at(GENESIS)).toHaveLength(1);
    keptSearches(held).forget(idOf(1));
    expect(held.held.text).toBeNull();
  });

  test('are bounded: the oldest goes', () => {
    const kept = keptSearches(storage());
    for (let number = 0; number <= KEPT_MAX; number++) kept.keep(search(number));
    const orders = kept.at(GENESIS).map(({ order }) => order);
    expect([orders.length, orders[0], orders.at(-1)]).toEqual([KEPT_MAX, idOf(KEPT_MAX), idOf(1)]);
  });

  test.each([
    ['of a build that did not note how the table was read', undefined],
    ['with a reading that is none', { decimal: 1 }],
    ['with a reading in words', 'decimal comma'],
  ])('%s are there all the same: the key opens the model', (_, read) => {
    const held = storage();
    keptSearches(held).keep(search(1));
    const [raw] = JSON.parse(held.held.text ?? '') as Record<string, unknown>[];
    const { read: __, ...before } = search(1);
    const kept = keptSearches(storage(JSON.stringify([{ ...raw, read }])));
    expect(kept.at(GENESIS)).toEqual([before]);
  });

  test.each([
    ['no JSON', '{'],
    ['no list', '{"order":1}'],
    ['a short key', { contentKey: 'ab' }],
    ['a key that is none', { contentKey: 'x'.repeat(64) }],
    ['another measure', { metric: 'luck' }],
    ['no work', { work: null }],
    ['a budget that is no number', { work: { budget: '1e9' } }],
    ['a work of another kind', { work: { kind: 'train' } }],
  ])('%s is left out, and takes nothing else with it', (_, damage) => {
    const held = storage();
    keptSearches(held).keep(search(1));
    keptSearches(held).keep(search(2));
    if (typeof damage === 'string') return expect(keptSearches(storage(damage)).at(GENESIS)).toEqual([]);
    const [first, ...rest] = JSON.parse(held.held.text ?? '') as Record<string, unknown>[];
    const { work: of, ...fields } = damage as { work?: object | null };
    const broken = {
      ...first,
      ...fields,
      ...(of === undefined ? {} : { work: of && { ...(first?.work as object), ...of } }),
    };
    const damaged = storage(JSON.stringify([broken, ...rest]));
    expect(keptSearches(damaged).at(GENESIS)).toEqual([search(1)]);
  });
});

const orderOf = (number: number, state: WireOrder['state']): WireOrder =>
  ({ id: idOf(number), state, final: state !== 'open' }) as WireOrder;

const stateOf = (number: number, state: WireOrder['state']): SearchState => ({
  order: orderOf(number, state),
  jobs: { attempt: 1, budget: 0n, cycles: 0n, stopped: false, jobs: [], resume: '' },
});

interface Script {
  /** What happens to each signing: accepted, or thrown; the next one follows a throw. */
  readonly sending?: readonly (Error | 'accepted')[];
  readonly onSent?: () => void;
  /** What each watch brings: states in turn, or an error. */
  readonly watches?: readonly (readonly (SearchState | Error)[])[];
  readonly result?: Uint8Array;
}

function clientOf({ sending = ['accepted'], onSent = () => {}, watches = [], result = new Uint8Array(0) }: Script) {
  const sent: string[] = [];
  let watched = 0;
  const client = {
    network: async () => ({ hex: GENESIS }),
    async search(_: unknown, { onPrepared }: PostOptions) {
      for (const [i, fate] of sending.entries()) {
        const prepared = { id: idOf(i + 1), contentKey: keyOf(i + 1) };
        await onPrepared?.(prepared as Parameters<NonNullable<PostOptions['onPrepared']>>[0]);
        sent.push(prepared.id);
        onSent();
        if (fate === 'accepted') return { ...prepared, order: orderOf(i + 1, 'open') };
        if (i === sending.length - 1) throw fate;
      }
      throw new Error('nothing is sent');
    },
    async *watchSearch() {
      for (const next of watches[watched++] ?? [new Error('nobody watches that often')]) {
        if (next instanceof Error) throw next;
        yield next;
      }
    },
    resultCiphertext: async () => new Uint8Array(0),
    openResult: async () => result,
  };
  return { client: client as unknown as Client, sent };
}

function watcherOf(held = storage()) {
  const seen = { lost: [] as boolean[], kept: [] as (string | undefined)[] };
  const watcher: Watcher = {
    kept: keptSearches(held),
    signal: new AbortController().signal,
    show: () => {},
    showKept: (kept) => seen.kept.push(kept?.order),
    showJobs: () => {},
    showLost: (isLost) => seen.lost.push(isLost),
    rest: async () => {},
  };
  return { watcher, held, seen };
}

const asked = { table, file: '水果.csv', readAs: READ_AS, plan, priceLimitZhi: zhi(10n) };
const orders = (held: ReturnType<typeof storage>) =>
  keptSearches(held)
    .at(GENESIS)
    .map(({ order }) => order);

describe('an order for a search', () => {
  test('has its key in the storage before it is sent; of several signings the one that was taken stays', async () => {
    const { watcher, held, seen } = watcherOf();
    const before: string[][] = [];
    const { client } = clientOf({
      sending: [new HaiError('nonce_used'), 'accepted'],
      onSent: () => before.push(orders(held)),
      watches: [[stateOf(2, 'open'), new HaiError('unknown_order')]],
    });
    await expect(orderSearch(client, asked, watcher)).rejects.toMatchObject({ code: 'unknown_order' });
    expect(before).toEqual([[idOf(1)], [idOf(2), idOf(1)]]);
    expect(keptSearches(held).at(GENESIS)).toEqual([search(2)]);
    expect(seen.kept.at(-1)).toBe(idOf(2));
  });

  test('is not sent where the browser stores nothing', async () => {
    const full = {
      ...storage(),
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    };
    const { watcher } = watcherOf();
    const { client, sent } = clientOf({});
    const order = orderSearch(client, asked, { ...watcher, kept: keptSearches(full) });
    await expect(order).rejects.toThrow('QuotaExceededError');
    expect(sent).toEqual([]);
  });

  test.each([
    [new HaiError('insufficient_balance'), []],
    [new HaiError('internal'), [idOf(1)]],
    [new UnreachableError('cut'), [idOf(1)]],
  ])('that ends with %s leaves in the storage what may be there', async (fault, left) => {
    const { watcher, held, seen } = watcherOf();
    await expect(orderSearch(clientOf({ sending: [fault] }).client, asked, watcher)).rejects.toBe(fault);
    expect(orders(held)).toEqual(left);
    expect(seen.kept.at(-1)).toBe(left[0]);
  });
});

describe('a search that is followed', () => {
  let bundle: Uint8Array;
  beforeAll(() => {
    const spec = specFor({ trials: 1, folds: 2, families: ['logistic'], budget: hpuCycles(2_000_000_000n) });
    bundle = unwrap(localSearch(nodeKernels(), table, spec)).bundle;
  });

  const follow = async (script: Script, number = 1) => {
    const at = watcherOf();
    at.watcher.kept.keep(search(number));
    const { client } = clientOf(script);
    return { ...at, following: followSearch(client, search(number), at.watcher) };
  };

  test('is watched through outages, to the model that its key opens', async () => {
    const lost = new UnreachableError('no answer');
    const watches = [
      [stateOf(1, 'open'), lost],
      [new HaiError('internal', { status: 502 })],
      [stateOf(1, 'open'), stateOf(1, 'settled')],
    ];
    const { following, held, seen } = await follow({ watches, result: bundle });
    const found = await following;
    expect(found.bundle?.classes).toEqual(['a', 'b', 'c']);
    expect(found.readAs).toEqual(READ_AS);
    expect([found.table, found.model]).toEqual([undefined, { order: idOf(1), contentKey: keyOf(1), work }]);
    expect(seen.lost).toEqual([true, true, false]);
    // After another reload its model can be opened again.
    expect(keptSearches(held).at(GENESIS)).toEqual([search(1, { isFound: true })]);
  });

  test('is given up when the network stays away, and kept', async () => {
    const away = Array.from({ length: 100 }, () => [new UnreachableError('no answer')]);
    const { following, held } = await follow({ watches: away });
    await expect(following).rejects.toThrow(UnreachableError);
    expect(orders(held)).toEqual([idOf(1)]);
  });

  test('whose result is false is kept: the network may yet give the true one', async () => {
    const { following, held } = await follow({ watches: [[stateOf(1, 'settled')]], result: bundle.subarray(1) });
    await expect(following).rejects.toThrow('no bundle');
    expect(orders(held)).toEqual([idOf(1)]);
  });

  test.each(['cancelled', 'expired', 'unserved'] as const)('and %s is forgotten: nobody was paid', async (state) => {
    const { following, held, seen } = await follow({ watches: [[stateOf(1, state)]] });
    await expect(following).rejects.toMatchObject({ name: 'UnsettledError', state });
    expect([orders(held), seen.kept]).toEqual([[], [idOf(1), undefined]]);
  });

  test('and found no model is forgotten: there is nothing to open', async () => {
    const { following, held } = await follow({ watches: [[stateOf(1, 'settled')]] });
    expect((await following).bundle).toBeUndefined();
    expect(orders(held)).toEqual([]);
  });
});
