/** What a region makes of the chain's word: notices that are lost, false, late or repeated; and what its seats sign. */

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RegionContext } from '../../durable-objects/region/context.ts';
import { Keyring } from '../../durable-objects/region/keyring.ts';
import type { FinalNotice, PeerRpcMethods, Proposal } from '../../durable-objects/region/peer.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { openLedger } from '../../ledger/d1.ts';
import { decodeCertificate } from '../../protocol/block/certificate.ts';
import { decodeHeader, encodeHeader } from '../../protocol/block/header.ts';
import type { Parent } from '../../protocol/block/link.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { encodeOrderRecord, type OrderRecord } from '../../protocol/order/record.ts';
import { regionOf } from '../../protocol/regions.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import { encodeOrderRefund } from '../../protocol/tx/order-refund.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import type { UnixMs } from '../../protocol/units.ts';
import { regionStub } from '../../workers/env.ts';
import { audit } from '../support/audit.ts';
import { clientOf } from './api-caller.ts';
import { type RegionDemander, startRegionDemander, unwrap, workerEnv } from './region-demander.ts';

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

/** Notices to this region are lost from now on. */
function loseNotices() {
  const lost = new Set<bigint>();
  const takeFinal = Region.prototype.takeFinal;
  vi.spyOn(Region.prototype, 'takeFinal').mockImplementation(async function (this: Region, told: FinalNotice) {
    const { name } = (this as unknown as { ctx: DurableObjectState }).ctx.id;
    if (!name?.startsWith('enam/')) return takeFinal.call(this, told);
    lost.add(told.height);
  });
  return {
    lost,
    /** Resolves when the order is settled on the chain, and the notice of that is lost too. */
    async settled(id: string): Promise<void> {
      await until(async () => {
        const found = await ledger.order(hexToBytes(id));
        return found?.record.state === 'settled' && lost.has(found.updatedHeight);
      });
    },
  };
}

const placed = async (): Promise<string> => {
  const { id } = await alice.client.predict(alice.predictRequest(), { waitSeconds: 10 });
  return id;
};

/** Hashes of what is pending, oldest first: of alice's transactions, or of the roles'. */
const pendingOf = (whose: 'alice' | 'roles'): Promise<Uint8Array[]> =>
  runInDurableObject(alice.region as never, (_instance, { storage }) =>
    storage.sql
      .exec(
        `SELECT hash FROM mempool WHERE status = 'pending' AND sender ${whose === 'alice' ? '=' : '<>'} ? ORDER BY seq`,
        alice.key.key,
      )
      .toArray()
      .map(({ hash }) => new Uint8Array(hash as ArrayBuffer)),
  );

/** Does something to what the region's object has stored, as its own code would. */
const inRegion = <T>(change: (context: RegionContext) => T): Promise<T> =>
  runInDurableObject(alice.region as never, (_instance, state) => change(new RegionContext(state, workerEnv)));

describe('a region that misses its notices', () => {
  it('only of its settlement, and sends it again, learns from the refusal that the order is over', async () => {
    const confirm = { kind: 'manual', windowMs: 500n as UnixMs } as const;
    const { id } = await alice.client.predict({ ...alice.predictRequest(), confirm }, { waitSeconds: 10 });
    await until(async () => (await ledger.orderRecord(hexToBytes(id)))?.state === 'checked');
    await until(async () => (await pendingOf('alice')).length + (await pendingOf('roles')).length === 0);
    const notices = loseNotices();
    await notices.settled(id);
    vi.restoreAllMocks();
    await clientOf('finality/bob', 'enam').faucet();
    const refused = (await pendingOf('roles')).map((hash) => ({ hash, code: 'nonce_used' as ErrorCode }));
    expect(refused).toHaveLength(1);
    await peer.takeFinal(notice({ refused }));
    expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled', final: true });
  });

  it('finds every outcome in D1', async () => {
    const notices = loseNotices();
    const ids = [await placed(), await placed()];
    for (const id of ids) await notices.settled(id);
    for (const id of ids) expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled', final: true });
    await until(async () => (await pendingOf('alice')).length + (await pendingOf('roles')).length === 0);
  });

  it('offers again what the ledger says is sealed, and nothing else', async () => {
    const id = await placed();
    await alice.final(hexToBytes(id));
    const sealed = (await ledger.transactionsOfOrder(hexToBytes(id))).map(({ hash }) => bytesToHex(hash));
    expect(sealed.length).toBeGreaterThan(2);
    const asked = [...sealed.map(hexToBytes), hexToBytes(id)];
    const tip = (await ledger.tip()) as Parent;
    expect((await ledger.sealedAmong(asked, tip))?.map(bytesToHex).sort()).toEqual(sealed.sort());
    expect(await ledger.sealedAmong(asked, { ...tip, height: tip.height + 1n })).toBeUndefined();
    expect(await ledger.sealedAmong([], tip)).toEqual([]);
  });

  // On the same tip the roles' transactions are composed anew to the same bytes; on a later one they are others.
  it.each([
    ['', false],
    [', later', true],
  ])('and is then told falsely that they were refused%s, believes the chain in the end', async (_, tipMoves) => {
    const notices = loseNotices();
    const id = await placed();
    await notices.settled(id);
    vi.restoreAllMocks();
    const pending = await pendingOf('roles');
    expect(pending.length).toBeGreaterThan(2);
    if (tipMoves) await clientOf('finality/bob', 'enam').faucet();
    const refused = pending.map((hash) => ({ hash, code: 'nonce_used' as ErrorCode }));
    await peer.takeFinal(notice({ refused }));
    expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled', final: true });
    const next = await placed();
    expect(await alice.final(hexToBytes(next))).toMatchObject({ state: 'settled' });
  });

  it('gives out the nonce that the chain expects', async () => {
    const notices = loseNotices();
    const id = await placed();
    await notices.settled(id);
    vi.restoreAllMocks();
    // The account as of the tip comes with some other block, while the order's own transaction is still pending here.
    const tip = await ledger.tip();
    const account = await ledger.account(alice.key.key);
    if (!tip || !account) throw new Error('the ledger is empty');
    const leaf = encodeAccount(account);
    await peer.takeFinal(notice({ accounts: [{ key: alice.key.key, leaf, height: tip.height }] }));
    expect(await pendingOf('alice')).not.toEqual([]);
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

describe('what a notice brings for one order', () => {
  it('is delivered whatever R2 does with the result of another, and neither result is lost', async () => {
    const notices = loseNotices();
    const ids = [await placed(), await placed()].map(hexToBytes);
    for (const id of ids) await notices.settled(alice.hexOf(id));
    vi.restoreAllMocks();
    const large = new Uint8Array(20_000).fill(7);
    await inRegion(({ orders }) => {
      for (const id of ids) orders.storeResult(id, large, null);
    });
    const put = vi
      .spyOn(Object.getPrototypeOf(workerEnv.BLOBS) as R2Bucket, 'put')
      .mockRejectedValue(new Error('R2 is away'));
    const records = await Promise.all(ids.map(async (id) => ({ id, record: await ledger.orderRecord(id) })));
    const orders = records.map(({ id, record }) => ({ id, record: encodeOrderRecord(record as OrderRecord) }));
    await peer.takeFinal(notice({ orders }));
    expect(put).toHaveBeenCalledTimes(2);
    for (const id of ids) {
      const order = await alice.order(id);
      expect(order).toMatchObject({ state: 'settled', final: true });
      expect(order.steps.deliver).not.toBeNull();
      expect(unwrap(await alice.region.orderResult(id))).toEqual(large);
    }
  });
});

it('what stays pending for long is looked up in turn: what cannot be resolved holds nothing up', async () => {
  const hashes = Array.from({ length: 150 }, (_, i) => new Uint8Array(32).fill(i + 1));
  const turns = await inRegion((context) => {
    const { mempool } = context;
    const taken: number[][] = [];
    const rolledBack = () =>
      context.transaction(() => {
        for (const hash of hashes) mempool.add({ hash, bytes: hash, sender: hash, nonce: 0n, reservedZhi: 0n }, 0);
        for (let turn = 0; turn < 4; turn++) taken.push(mempool.pendingInTurn(1, 64).map(([first]) => first as number));
        throw new Error('enough');
      });
    expect(rolledBack).toThrow('enough');
    return taken;
  });
  const numbers = hashes.map(([first]) => first);
  expect(turns).toEqual([numbers.slice(0, 64), numbers.slice(64, 128), numbers.slice(128), numbers.slice(0, 64)]);
});

it('an order that is cancelled while the roles sign leaves no entry of it in what they sign', async () => {
  // Nothing is composed until both are matched.
  const pull = vi.spyOn(Region.prototype, 'pull').mockResolvedValue([]);
  const [gone, goesOn] = [await alice.leased('train'), await alice.leased('train')];
  const nonce = await alice.nextNonce();
  const cancel = encodeOrderRefund({ order: gone.id, reason: 'cancel' });
  const bytes = alice.signedBy('finality/alice', 'orderRefund', nonce, cancel);
  const sign = Keyring.prototype.sign;
  let cancelled: Promise<unknown> | undefined;
  vi.spyOn(Keyring.prototype, 'sign').mockImplementation(async function (this: Keyring, role, message) {
    // In the region's own object: a call of the test would be of another request.
    cancelled ??= regionStub(workerEnv, 'enam').submitTransaction(bytes, {
      account: alice.key.key,
      key: 'cancelled-while-signing',
      requestHash: taggedHash('HAI/test-request', bytes),
    });
    await cancelled;
    return sign.call(this, role, message);
  });
  pull.mockRestore();
  expect(await alice.final(gone.id)).toMatchObject({ state: 'cancelled' });
  await until(async () => (await ledger.orderRecord(goesOn.id))?.state === 'matched');
  const types = (await ledger.transactionsOfOrder(gone.id)).map(({ type }) => txTypeName(type));
  expect(types).toEqual(['orderOpen', 'orderRefund']);
});

describe('the seats of a region', () => {
  const lastBlock = async () => {
    const tip = await ledger.tip();
    const block = tip && (await ledger.block(tip.height));
    if (!block) throw new Error('no block');
    return block;
  };

  /** What is refused before anything is executed, or was executed before. */
  const bare = (header: Uint8Array): Proposal => ({ header, body: new Uint8Array(0), witness: new Uint8Array(0) });

  it('give the same votes for the same header again, also after an eviction', async () => {
    const { header, certificate } = await lastBlock();
    const votes = unwrap(await peer.vote(bare(header), null));
    expect(votes).toHaveLength(2);
    await evictDurableObject(alice.region);
    expect(unwrap(await peer.vote(bare(header), null))).toEqual(votes);
    const { signatures } = decodeCertificate(certificate);
    const signed = votes.filter(({ signature }) =>
      signatures.some((other) => other.every((byte, i) => byte === signature[i])),
    );
    expect(signed).toEqual(votes);
  });

  it('whose votes do not verify, or come twice, are left out of the certificate, and the block is final', async () => {
    const vote = Region.prototype.vote;
    vi.spyOn(Region.prototype, 'vote').mockImplementation(async function (this: Region, proposal, parent) {
      const given = await vote.call(this, proposal, parent);
      const { name } = (this as unknown as { ctx: DurableObjectState }).ctx.id;
      if (!given.ok) return given;
      if (name?.startsWith('me/')) return { ok: true, value: [...given.value, ...given.value] };
      if (!name?.startsWith('oc/')) return given;
      const false_ = given.value.map(({ seatKey, signature }) => ({
        seatKey,
        signature: signature.map((byte) => byte ^ 1),
      }));
      return { ok: true, value: [...false_, { seatKey: new Uint8Array(32), signature: new Uint8Array(3) }] };
    });
    const id = await placed();
    expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled' });
    const { seats } = decodeCertificate((await lastBlock()).certificate);
    const voted = alice.network.genesis.seats.map((seat, i) => [regionOf(seat.region), ((seats >> i) & 1) === 1]);
    expect(voted.filter(([, has]) => !has)).toEqual([['oc', false]]);
  });

  it('do not sign another block of the height, though it follows its parent', async () => {
    const { header, height } = await lastBlock();
    const parent = (await ledger.block(height - 1n)) as Awaited<ReturnType<typeof lastBlock>>;
    const decoded = decodeHeader(header);
    const other = encodeHeader({ ...decoded, timeMs: (decoded.timeMs + 1n) as UnixMs });
    expect(await peer.vote(bare(other), parent)).toMatchObject({
      ok: false,
      code: 'consensus_stalled',
      evidence: 'another block of this height was signed',
    });
  });

  it.each<[string, (header: ReturnType<typeof decodeHeader>) => ReturnType<typeof decodeHeader>]>([
    ['another block of the height', (header) => ({ ...header, timeMs: (header.timeMs + 1n) as UnixMs })],
    ['a block that leaves one out', (header) => ({ ...header, height: (header.height + 2n) as never })],
    ['a block on another parent', (header) => ({ ...header, height: (header.height + 1n) as never })],
    ['a block of another network', (header) => ({ ...header, genesis: new Uint8Array(32) })],
  ])('do not sign %s', async (_, change) => {
    const { header, certificate } = await lastBlock();
    const other = encodeHeader(change(decodeHeader(header)));
    expect(await peer.vote(bare(other), null)).toMatchObject({ ok: false, code: 'consensus_stalled' });
    expect(await peer.vote(bare(other), { header, certificate })).toMatchObject({
      ok: false,
      code: 'consensus_stalled',
    });
  });
});
