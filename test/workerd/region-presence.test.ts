/** Who computed and who matched is on the presence board, and nobody else; and no order depends on the board. */
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { forgetBeats } from '../../workers/consumers/seen.ts';
import { call } from './api-caller.ts';
import { type RegionDemander, startRegionDemander, workerEnv } from './region-demander.ts';

let alice: RegionDemander;
beforeAll(async () => {
  forgetBeats();
  alice = await startRegionDemander('presence/alice', 'apac');
}, 60_000);

beforeEach(() => {
  vi.restoreAllMocks();
});

const predict = () => alice.client.predict(alice.predictRequest(), { waitSeconds: 10 });

it('shows the provider and the searcher of an order that was just served', async () => {
  const { order } = await predict();
  const served = order.attempts.at(-1)?.provider;
  await vi.waitFor(async () => {
    const { providers } = (await (await call('GET', '/v1/providers')).json()) as {
      providers: { address: string; seenMs: string | null }[];
    };
    expect(providers.filter(({ seenMs }) => seenMs !== null).map(({ address }) => address)).toEqual([served]);
    const { regions } = (await (await call('GET', '/v1/regions')).json()) as {
      regions: { region: string; searcherSeenMs: string | null }[];
    };
    expect(regions.filter((one) => one.searcherSeenMs !== null).map(({ region }) => region)).toEqual(['apac']);
  });
});

it('tells the boards once a minute, not with each order', async () => {
  forgetBeats();
  const reached = vi.spyOn(workerEnv.PRESENCE, 'get');
  await predict();
  await vi.waitFor(() => expect(reached).toHaveBeenCalledTimes(2));
  await predict();
  await predict();
  expect(reached).toHaveBeenCalledTimes(2);
});

it('serves orders all the same when a board can not be told', async () => {
  forgetBeats();
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.spyOn(workerEnv.PRESENCE, 'get').mockImplementation(() => {
    throw new Error('no board');
  });
  const { order } = await predict();
  expect(order.attempts.at(-1)).toMatchObject({ verdict: 'passed' });
  await vi.waitFor(() => expect(warned.mock.calls.flat().join()).toContain('"beat_failed","reason":"no board"'));
});
