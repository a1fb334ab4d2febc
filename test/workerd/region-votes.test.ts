/** What the seats of other regions are shown: a name, where the region's object is of the proposer's isolate, else the whole block. */
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Region } from '../../durable-objects/region/region.ts';
import { openLedger } from '../../ledger/d1.ts';
import { decodeCertificate } from '../../protocol/block/certificate.ts';
import { REGIONS } from '../../protocol/regions.ts';
import { type RegionDemander, startRegionDemander } from './region-demander.ts';

const ledger = openLedger(env.DB);
let alice: RegionDemander;
beforeAll(async () => {
  alice = await startRegionDemander('votes/alice', 'enam');
}, 60_000);
afterEach(() => vi.restoreAllMocks());

async function settleOne(): Promise<void> {
  const { id } = await alice.client.predict(alice.predictRequest(), { waitSeconds: 10 });
  expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled' });
}

const regionsOf = (contexts: readonly unknown[]) =>
  new Set(contexts.map((one) => (one as { ctx: DurableObjectState }).ctx.id.name));

it('a name, and the very same block is voted on', async () => {
  const byName = vi.spyOn(Region.prototype, 'voteShown');
  const vote = vi.spyOn(Region.prototype, 'vote');
  await settleOne();
  expect(regionsOf(byName.mock.contexts).size).toBe(REGIONS.length - 1);
  const answers = await Promise.all(byName.mock.results.map(({ value }) => value));
  expect(answers.filter((answer) => answer?.ok)).toHaveLength(byName.mock.calls.length);
  const blocks = new Set(byName.mock.calls.map(([name]) => name)).size;
  expect(new Set(vote.mock.calls.map(([proposal]) => proposal)).size).toBe(blocks);
});

it('the whole, where a name says nothing, and the block is final by the votes of all', async () => {
  vi.spyOn(Region.prototype, 'voteShown').mockResolvedValue(undefined);
  const vote = vi.spyOn(Region.prototype, 'vote');
  await settleOne();
  const tip = await ledger.tip();
  const block = tip && (await ledger.block(tip.height));
  const { seats } = decodeCertificate(block?.certificate ?? new Uint8Array(0));
  expect(seats).toBe((1 << alice.network.genesis.seats.length) - 1);
  expect(regionsOf(vote.mock.contexts).size).toBe(REGIONS.length);
});
