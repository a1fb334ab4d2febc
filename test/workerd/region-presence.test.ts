/** Who computed and who matched is on the presence board, and nobody else. */
import { beforeAll, expect, it } from 'vitest';
import { forgetBeats } from '../../workers/consumers/seen.ts';
import { call } from './api-caller.ts';
import { type RegionDemander, startRegionDemander } from './region-demander.ts';

let alice: RegionDemander;
beforeAll(async () => {
  forgetBeats();
  alice = await startRegionDemander('presence/alice', 'apac');
}, 60_000);

it('shows the provider and the searcher of an order that was just served', async () => {
  const { order } = await alice.client.predict(alice.predictRequest(), { waitSeconds: 10 });
  const served = order.attempts.at(-1)?.provider;
  const { providers } = (await (await call('GET', '/v1/providers')).json()) as {
    providers: { address: string; seenMs: string | null }[];
  };
  expect(providers.filter(({ seenMs }) => seenMs !== null).map(({ address }) => address)).toEqual([served]);
  const { regions } = (await (await call('GET', '/v1/regions')).json()) as {
    regions: { region: string; searcherSeenMs: string | null }[];
  };
  expect(regions.filter((one) => one.searcherSeenMs !== null).map(({ region }) => region)).toEqual(['apac']);
});
