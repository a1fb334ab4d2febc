/** What a region makes of the chain's word: notices that are lost, false, late or repeated; and what its seats sign. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FinalNotice, PeerRpcMethods } from '../../durable-objects/region/peer.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { openLedger } from '../../ledger/d1.ts';
import { decodeCertificate } from '../../protocol/block/certificate.ts';
import { decodeHeader, encodeHeader } from '../../protocol/block/header.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { encodeOrderRecord } from '../../protocol/order/record.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import type { UnixMs } from '../../protocol/units.ts';
import { audit } from '../support/audit.ts';
import { type RegionDemander, startRegionDemander, unwrap } from './region-demander.ts';

const ledger = openLedger(env.DB);
let alice: RegionDemander;
/** What the sequencer calls. */
let peer: PeerRpcMethods;

beforeAll(async () => {
  alice = await startRegionDemander('finality/alice', 'enam');
  peer = alice.region as unknown as PeerRpcMethods;
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

const notice = (change: Partial<FinalNotice>): FinalNotice => ({
  height: 0n,
  hash: new Uint8Array(32),
  timeMs: 0n,
  transactions: [],
  accounts: [],
  orders: [],
  refused: [],
  ...change,
});

const until = (condition: () => Promise<boolean>) =>
  vi.waitFor(async () => expect(await condition()).toBe(true), { timeout: 15_000, interval: 20 });

/** Notices to this region are lost from now on; the counter says how many. */
function loseNotices(): { lost: number } {
  const counter = { lost: 0 };
  const takeFinal = Region.prototype.takeFinal;
  vi.spyOn(Region.prototype, 'takeFinal').mockImplementation(async function (this: Region, told: FinalNotice) {
    const { name } = (this as unknown as { ctx: DurableObjectState }).ctx.id;
    if (!name?.startsWith('enam/')) return takeFinal.call(this, told);
    counter.lost += 1;
  });
  return counter;
}

const placed = async (): Promise<string> => {
  const { id } = await alice.client.predict(alice.predictRequest(), { waitSeconds: 10 });
  return id;
};

const pendingHashes = (): Promise<Uint8Array[]> =>
  runInDurableObject(alice.region as never, (_instance, { storage }) =>
    storage.sql
      .exec("SELECT hash FROM mempool WHERE status = 'pending' ORDER BY seq")
      .toArray()
      .map(({ hash }) => new Uint8Array(hash as ArrayBuffer)),
  );

async function settledOnChain(id: string): Promise<void> {
  await until(async () => (await ledger.orderRecord(hexToBytes(id)))?.state === 'settled');
}

describe('a region that misses its notices', () => {
  it('finds every outcome in D1', async () => {
    const counter = loseNotices();
    const ids = [await placed(), await placed()];
    for (const id of ids) await settledOnChain(id);
    expect(counter.lost).toBeGreaterThan(0);
    for (const id of ids) expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled', final: true });
    expect(await pendingHashes()).toEqual([]);
  });

  it('and is then told falsely that the transactions were refused, believes the chain in the end', async () => {
    loseNotices();
    const id = await placed();
    await settledOnChain(id);
    vi.restoreAllMocks();
    const pending = await pendingHashes();
    expect(pending.length).toBeGreaterThan(2);
    const [open] = pending;
    const refused = pending.filter((hash) => hash !== open).map((hash) => ({ hash, code: 'nonce_used' as ErrorCode }));
    await peer.takeFinal(notice({ refused }));
    expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled', final: true });
    const next = await placed();
    expect(await alice.final(hexToBytes(next))).toMatchObject({ state: 'settled' });
  });

  it('gives out the nonce that the chain expects', async () => {
    loseNotices();
    const id = await placed();
    await settledOnChain(id);
    vi.restoreAllMocks();
    // The account as of the tip comes with some other block, while the order's own transaction is still pending here.
    const tip = await ledger.tip();
    const account = await ledger.account(alice.key.key);
    if (!tip || !account) throw new Error('the ledger is empty');
    const leaf = encodeAccount(account);
    await peer.takeFinal(notice({ accounts: [{ key: alice.key.key, leaf, height: tip.height }] }));
    expect(await pendingHashes()).not.toEqual([]);
    expect(await alice.nextNonce()).toBe(account.nonce);
    expect(unwrap(await alice.region.account(alice.key.key)).reservedZhi).toBe(0n);
    expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled' });
  });
});

describe('a notice', () => {
  it('that comes twice, or from an earlier block, changes nothing', async () => {
    const id = await placed();
    const order = await alice.final(hexToBytes(id));
    const before = await alice.client.account();
    const stored = await ledger.order(hexToBytes(id));
    const [transaction] = await ledger.transactionsOfOrder(hexToBytes(id));
    if (!stored || !transaction) throw new Error('the order is not on the chain');
    const poor = encodeAccount({ balanceZhi: 0n as never, nonce: 0n, homeRegion: 1 });
    const late = notice({
      height: 1n,
      transactions: [{ hash: transaction.hash, entries: [404], index: 9 }],
      accounts: [{ key: alice.key.key, leaf: poor, height: 1n }],
      orders: [{ id: hexToBytes(id), record: encodeOrderRecord({ ...stored.record, state: 'unserved' }) }],
      refused: [{ hash: transaction.hash, code: 'nonce_used' }],
    });
    await peer.takeFinal(late);
    await peer.takeFinal(late);
    expect(await alice.order(hexToBytes(id))).toEqual(order);
    expect(await alice.client.account()).toEqual(before);
  });
});

describe('the seats of a region', () => {
  const lastBlock = async () => {
    const tip = await ledger.tip();
    const block = tip && (await ledger.block(tip.height));
    if (!block) throw new Error('no block');
    return block;
  };

  it('give the same votes for the same header again, also after an eviction', async () => {
    const { header, certificate } = await lastBlock();
    const votes = unwrap(await peer.vote(header, null));
    expect(votes).toHaveLength(2);
    await evictDurableObject(alice.region);
    expect(unwrap(await peer.vote(header, null))).toEqual(votes);
    const { signatures } = decodeCertificate(certificate);
    const signed = votes.filter(({ signature }) =>
      signatures.some((other) => other.every((byte, i) => byte === signature[i])),
    );
    expect(signed).toEqual(votes);
  });

  it.each<[string, (header: ReturnType<typeof decodeHeader>) => ReturnType<typeof decodeHeader>]>([
    ['another block of the height', (header) => ({ ...header, timeMs: (header.timeMs + 1n) as UnixMs })],
    ['a block that leaves one out', (header) => ({ ...header, height: (header.height + 2n) as never })],
    ['a block on another parent', (header) => ({ ...header, height: (header.height + 1n) as never })],
    ['a block of another network', (header) => ({ ...header, genesis: new Uint8Array(32) })],
  ])('do not sign %s', async (_, change) => {
    const { header, certificate } = await lastBlock();
    const other = encodeHeader(change(decodeHeader(header)));
    expect(await peer.vote(other, null)).toMatchObject({ ok: false, code: 'consensus_stalled' });
    expect(await peer.vote(other, { header, certificate })).toMatchObject({ ok: false, code: 'consensus_stalled' });
  });
});
