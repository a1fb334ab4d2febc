/** A search over the API: its jobs page by page and tag by tag, the word that ends it, and what its model is quoted. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { WireJobs } from '../../protocol/wire.ts';
import { encodeCursor } from '../../workers/api/cursor.ts';
import { keyPair } from '../support/keys.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';
import { signer } from './api-signed.ts';
import { type PlacedSearch, type SearchDemander, startSearchDemander } from './search-orders.ts';

const NAME = 'api-search/alice';
let alice: SearchDemander;
let as: (name: string) => ReturnType<typeof signer>;
/** Its first trials are handed out; none is done. */
let running: PlacedSearch;

beforeAll(async () => {
  alice = await startSearchDemander(NAME);
  as = (name) => signer(name, alice.network.hash);
  running = await alice.open();
  await clientOf('api-search/neighbour', 'enam').faucet();
}, 60_000);

const UNKNOWN = `01${'00'.repeat(31)}`;
const pathOf = ({ hex }: PlacedSearch, query = '') => `/v1/orders/${hex}/jobs${query}`;

async function jobs(search: PlacedSearch, query = ''): Promise<WireJobs> {
  const response = await call('GET', pathOf(search, query));
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as WireJobs;
}

describe('the jobs of a search', () => {
  const indices = (page: WireJobs) => page.jobs.map(({ index }) => index);

  it('are none before it is planned, and waiting then', async () => {
    const none = await jobs(running);
    expect(none).toMatchObject({ attempt: 1, cycles: '0', stopped: false, jobs: [], next: null });
    const handed = await alice.handedOut(running.id);
    expect(indices(await jobs(running, `?cursor=${none.resume}`))).toEqual(handed.map(({ index }) => index));
    expect((await jobs(running)).jobs.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting']);
  });

  it('come in pages; what is over is behind the cursor to resume from', async () => {
    const first = await jobs(running, '?limit=2');
    expect(indices(first)).toEqual([0, 1]);
    const second = await jobs(running, `?limit=2&cursor=${first.next}`);
    expect([indices(second), second.next]).toEqual([[2], null]);
    // Of the three jobs the middle one is done: only what comes before the first is told for good.
    const token = (await alice.inside(({ orders }) => orders.find(running.id)?.token)) as number;
    const hash = new Uint8Array(32).fill(1);
    const record = (index: number) =>
      alice.region.recordJob({
        ...{ order: running.id, token, index, stateHash: hash, cycles: 5n },
        ...{ root: hash, resultId: hash, summary: hash },
      } as never);
    await record(1);
    const one = await jobs(running);
    expect(indices(await jobs(running, `?cursor=${one.resume}`))).toEqual([0, 1, 2]);
    await record(0);
    const two = await jobs(running);
    expect([two.cycles, indices(await jobs(running, `?cursor=${two.resume}`))]).toEqual(['10', [2]]);
    // A page tells no more than it shows.
    const short = await jobs(running, '?limit=1');
    expect(indices(await jobs(running, `?cursor=${short.resume}`))).toEqual([1, 2]);
    await record(2);
    const over = await jobs(running, `?cursor=${two.resume}`);
    expect(await jobs(running, `?cursor=${over.resume}`)).toMatchObject({ jobs: [], next: null, resume: over.resume });
    // The same place of another attempt is another job’s.
    const elsewhere = encodeCursor('jobs', ((2n << 32n) + 2n).toString());
    expect(indices(await jobs(running, `?cursor=${elsewhere}`))).toEqual([0, 1, 2]);
  });

  it('are not sent again to whoever has them', async () => {
    const response = await call('GET', pathOf(running));
    const etag = response.headers.get('etag') as string;
    expect(response.headers.get('cache-control')).toBe('public, no-cache');
    const again = async (tag: string, query = '') =>
      call('GET', pathOf(running, query), { headers: { 'if-none-match': tag } });
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const same = await again(tag);
      expect([same.status, same.headers.get('etag'), await same.text()]).toEqual([304, etag, '']);
    }
    expect((await again('"other"')).status).toBe(200);
    // Of another page it is another tag.
    expect((await again(etag, '?limit=1')).status).toBe(200);
  });

  it('are of a search that is there, from a cursor of theirs, at most a hundred', async () => {
    await expectProblem(await call('GET', `/v1/orders/${UNKNOWN}/jobs`), 'unknown_order');
    await expectProblem(await call('GET', `/v1/orders/ff${'00'.repeat(31)}/jobs`), 'unknown_order');
    await expectProblem(await call('GET', `/v1/orders/${alice.model.order}/jobs`), 'unknown_order');
    for (const cursor of ['x', encodeCursor('orders', '1'), encodeCursor('jobs', '-1')]) {
      await expectProblem(await call('GET', pathOf(running, `?cursor=${cursor}`)), 'invalid_field', 'cursor');
    }
    await expectProblem(await call('GET', pathOf(running, '?limit=101')), 'invalid_field', 'limit');
    await expectProblem(await call('GET', pathOf(running, '?after=1')), 'unknown_field');
  });
});

describe('a stop', () => {
  const stop = (by: string, order: string, key = `stop-${order}`) =>
    as(by)('POST', `/v1/orders/${order}/stop`, { key });

  it('is signed by the demander, with a key, and of a search', async () => {
    const { hex } = running;
    await expectProblem(await call('POST', `/v1/orders/${hex}/stop`, { key: 'unsigned' }), 'auth_required');
    await expectProblem(await as(NAME)('POST', `/v1/orders/${hex}/stop`), 'idempotency_key_required');
    await expectProblem(await stop('api-search/neighbour', hex), 'not_authorised');
    await expectProblem(await stop('api-search/nobody', hex), 'unknown_account');
    await expectProblem(await stop(NAME, UNKNOWN), 'unknown_order');
    await expectProblem(await stop(NAME, alice.model.order), 'illegal_transition');
    const elsewhere = { key: 'k', signedAs: { path: `/v1/orders/${alice.model.order}/stop` } };
    await expectProblem(await as(NAME)('POST', `/v1/orders/${hex}/stop`, elsewhere), 'bad_signature');
    expect(await jobs(running)).toMatchObject({ stopped: false });
  });

  it('ends a search before its first trial without a model, once; repeated it changes nothing', async () => {
    const { id, hex, contentKey } = await alice.open();
    const model = { order: hex, contentKey };
    const rows = alice.model.contentKey;
    const asked = { model, rows, rowCount: 2, priceLimitZhi: 1_000_000n as never };
    const quoted = async () =>
      call('POST', '/v1/quotes', {
        json: {
          account: keyPair(NAME).address,
          nonce: (await alice.nextNonce()).toString(),
          work: { kind: 'predictTable', rows: 2, model: hex },
        },
      });
    // While it is searched for, a model is quoted as little as taken.
    await expectProblem(await quoted(), 'unknown_model', 'work.model');
    await expect(alice.client.predictTable(asked)).rejects.toMatchObject({ code: 'unknown_model' });
    expect(await (await stop(NAME, hex)).json()).toMatchObject({ order: { id: hex, state: 'matched' } });
    expect((await stop(NAME, hex, 'again')).status).toBe(200);
    expect(await alice.final(id)).toMatchObject({ state: 'settled', bill: { cycles: '0' } });
    expect(await (await stop(NAME, hex, 'late')).json()).toMatchObject({ order: { state: 'settled' } });
    // One that is paid and empty, too.
    await expectProblem(await quoted(), 'unknown_model', 'work.model');
    await expect(alice.client.predictTable(asked)).rejects.toMatchObject({ code: 'unknown_model' });
  });

  it('leaves a search that was cancelled as it is; its model is neither quoted nor taken', async () => {
    const { id, hex, contentKey } = await alice.open();
    await alice.change(id, ({ record }) => ({ record: { ...record, state: 'cancelled' }, final: true }));
    await expectProblem(await stop(NAME, hex), 'illegal_transition');
    const work = { kind: 'predictTable', rows: 2, model: id } as const;
    const refused = { code: 'unknown_model', param: 'work.model' };
    await expect(alice.client.quote(work)).rejects.toMatchObject(refused);
    const model = { order: hex, contentKey };
    const asked = { model, rows: contentKey, rowCount: 2, priceLimitZhi: 1_000_000n as never };
    await expect(alice.client.predictTable(asked)).rejects.toMatchObject({ code: 'unknown_model' });
  });
});
