/** Seats that execute a block before they sign it: what is laid before them is changed on its way. */
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PeerRpcMethods, Proposal } from '../../durable-objects/region/peer.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { openLedger } from '../../ledger/d1.ts';
import { decodeBody, encodeBody, receiptRootOf, txRootOf } from '../../protocol/block/block.ts';
import { decodeCertificate } from '../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, encodeHeader } from '../../protocol/block/header.ts';
import { regionOf } from '../../protocol/regions.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import { audit } from '../support/audit.ts';
import { type RegionDemander, startRegionDemander } from './region-demander.ts';

type Change = (proposal: Proposal) => Proposal;
type Answer = Awaited<ReturnType<PeerRpcMethods['vote']>>;

const ledger = openLedger(env.DB);
let alice: RegionDemander;

beforeAll(async () => {
  alice = await startRegionDemander('execution/alice', 'enam');
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

/** The seats of these regions are shown changed blocks; returns what they answered. */
function showChanged(change: Change, regions: readonly string[]): Answer[] {
  const answers: Answer[] = [];
  const vote = Region.prototype.vote;
  vi.spyOn(Region.prototype, 'vote').mockImplementation(async function (this: Region, proposal, parent) {
    const { name } = (this as unknown as { ctx: DurableObjectState }).ctx.id;
    if (!regions.some((region) => name?.startsWith(`${region}/`))) return vote.call(this, proposal, parent);
    const answer = await vote.call(this, change(proposal), parent);
    // A seat that missed the block before is shown it, and asked again.
    if (answer.ok || answer.code !== 'consensus_stalled') answers.push(answer);
    return answer;
  });
  return answers;
}

const withHeader =
  (change: Partial<BlockHeader>): Change =>
  (proposal) => ({ ...proposal, header: encodeHeader({ ...decodeHeader(proposal.header), ...change }) });

/** The last transaction left out, and the header committing to that. */
const withOneLess: Change = ({ header, body, witness }) => {
  const decoded = decodeBody(body);
  const [transactions, outcomes] = [decoded.transactions.slice(0, -1), decoded.outcomes.slice(0, -1)];
  const roots = {
    txCount: transactions.length,
    txRoot: txRootOf(transactions),
    receiptRoot: receiptRootOf(outcomes),
  };
  return {
    header: encodeHeader({ ...decodeHeader(header), ...roots }),
    body: encodeBody({ transactions, outcomes }),
    witness,
  };
};

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === (at < 0 ? bytes.length + at : at) ? byte ^ 1 : byte));

const OTHER = new Uint8Array(32).fill(7);

const settled = async (): Promise<void> => {
  const { id } = await alice.client.predict(alice.predictRequest(), { waitSeconds: 10 });
  expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled', final: true });
};

/** Regions with a seat that is not in the last block's certificate. */
async function unsigned(): Promise<string[]> {
  const tip = await ledger.tip();
  const block = tip && (await ledger.block(tip.height));
  if (!block) throw new Error('no block');
  const { seats } = decodeCertificate(block.certificate);
  return alice.network.genesis.seats.flatMap(({ region }, i) => ((seats >> i) & 1 ? [] : [regionOf(region) as string]));
}

describe('the seats of a region execute what they are asked to sign, and refuse', () => {
  it.each<[string, Change, string, string | RegExp]>([
    ['another state root', withHeader({ stateRoot: OTHER }), 'block_invalid', 'stateRoot'],
    ['another supply', withHeader({ supplyZhi: 1n as Zhi }), 'block_invalid', 'supplyZhi'],
    ['another count of cycles', withHeader({ cyclesBilled: 12_345n as never }), 'block_invalid', 'cyclesBilled'],
    ['a block with a transaction less', withOneLess, 'block_invalid', /stateRoot|no transactions/],
    ['a body that is no body', (one) => ({ ...one, body: Uint8Array.of(1) }), 'block_invalid', /truncated/],
    [
      'a witness with one byte changed',
      (one) => ({ ...one, witness: flipped(one.witness, -1) }),
      'witness_invalid',
      /previous|spare|truncated|not a|unknown/,
    ],
    ['no witness', (one) => ({ ...one, witness: Uint8Array.of(0) }), 'witness_invalid', /previous/],
  ])('%s; the others make the block final', async (_, change, code, evidence) => {
    const told = vi.spyOn(console, 'error');
    const answers = showChanged(change, ['oc']);
    await settled();
    expect(answers.length).toBeGreaterThan(0);
    for (const answer of answers) {
      expect(answer).toMatchObject({ ok: false, code });
      expect(answer.ok ? '' : answer.evidence).toMatch(evidence);
    }
    expect(await unsigned()).toEqual(['oc']);
    const lines = told.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    const { region } = alice.network.genesis.seats.find((seat) => regionOf(seat.region) === 'oc') as { region: number };
    expect(lines).toContainEqual(expect.objectContaining({ event: 'block_refused', region, code }));
    expect(lines).toContainEqual(expect.objectContaining({ event: 'vote_refused', region: 'oc', code }));
  });

  it.each<[string, bigint, boolean]>([
    ['a block too far ahead of their clock', 11_000n, true],
    // Its twin is executed, and found to be another block than the others are shown.
    ['not for its time one that is a little ahead', 5_000n, false],
  ])('%s; the others make the block final', async (_, aheadMs, isEarly) => {
    const told = vi.spyOn(console, 'error');
    const later: Change = (proposal) => withHeader({ timeMs: (BigInt(Date.now()) + aheadMs) as UnixMs })(proposal);
    showChanged(later, ['oc']);
    await settled();
    expect(await unsigned()).toEqual(['oc']);
    const lines = told.mock.calls.map(([line]) => JSON.parse(String(line)) as { event: string; reason?: string });
    const early = lines.filter(({ reason }) => reason?.includes('ahead of this seat’s clock'));
    expect(early.length > 0).toBe(isEarly);
    expect(lines.some(({ event }) => event === 'block_refused')).toBe(!isEarly);
  });

  it('and sign again what is right, on top of a block that they did not sign', async () => {
    const answers = showChanged((same) => same, ['oc']);
    await settled();
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
    expect(await unsigned()).toEqual([]);
  });

  it('a header that no execution gives, all of them: it gets no certificate, and the right one does', async () => {
    const before = (await ledger.tip())?.height;
    const answers = showChanged(withHeader({ stateRoot: OTHER }), ['weur', 'eeur', 'enam', 'wnam', 'apac', 'oc']);
    const { id } = await alice.client.predict(alice.predictRequest(), { waitSeconds: 10 });
    await vi.waitFor(() => expect(answers.length).toBeGreaterThanOrEqual(6), { timeout: 15_000 });
    expect(answers.filter(({ ok }) => ok)).toEqual([]);
    expect((await ledger.tip())?.height).toBe(before);
    vi.restoreAllMocks();
    expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled', final: true });
  });
});
