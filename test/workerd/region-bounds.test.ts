/** Orders whose times, keys or transactions would leave somebody unpaid or somebody's escrow locked. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FinalNotice, PeerRpcMethods } from '../../durable-objects/region/peer.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { openLedger } from '../../ledger/d1.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { decodeEnvelope, encodeEnvelope, sealedHash } from '../../protocol/order/sealed.ts';
import { regionNumber } from '../../protocol/regions.ts';
import type { UnsignedTransaction } from '../../protocol/tx/envelope.ts';
import {
  CONFIRM_WINDOW_MS_MAX,
  DEADLINE_HORIZON_MS,
  encodeOrderOpen,
  type OrderOpen,
} from '../../protocol/tx/order-open.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../protocol/units.ts';
import { newContentKey } from '../../sealing/content.ts';
import { sealEnvelope } from '../../sealing/envelope.ts';
import { audit } from '../support/audit.ts';
import { call, expectProblem } from './api-caller.ts';
import { LIMIT, postOrder, WORK } from './api-demander.ts';
import { type RegionDemander, startRegionDemander } from './region-demander.ts';

const ledger = openLedger(env.DB);
const NAME = 'bounds/alice';
let alice: RegionDemander;
let peer: PeerRpcMethods;

beforeAll(async () => {
  alice = await startRegionDemander(NAME, 'enam');
  peer = alice.region as unknown as PeerRpcMethods;
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

const until = (condition: () => Promise<boolean>) =>
  vi.waitFor(async () => expect(await condition()).toBe(true), { timeout: 15_000, interval: 20 });

/** Nothing of this region is sealed until the returned call. */
function holdBack(): () => void {
  const spy = vi.spyOn(Region.prototype, 'pull').mockResolvedValue([]);
  return () => spy.mockRestore();
}

const refusal = (hash: Uint8Array, code: ErrorCode): FinalNotice => ({
  height: 0n,
  hash: new Uint8Array(32),
  timeMs: 0n,
  transactions: [],
  accounts: [],
  orders: [],
  refused: [{ hash, code }],
});

const pendingOfAlice = (): Promise<Uint8Array[]> =>
  runInDurableObject(alice.region as never, (_instance, { storage }) =>
    storage.sql
      .exec("SELECT hash FROM mempool WHERE status = 'pending' AND sender = ?", alice.key.key)
      .toArray()
      .map(({ hash }) => new Uint8Array(hash as ArrayBuffer)),
  );

describe('an order is refused and changes nothing', () => {
  const farFuture = 2n ** 63n;
  /** Ahead of us, whenever the test runs, and nearer than the margin. */
  const soon = BigInt(Date.now() + 15_000);
  const wrongs: [string, { body?: Partial<OrderOpen>; tx?: Partial<UnsignedTransaction> }, ErrorCode][] = [
    ['an expiry that the next blocks reach', { tx: { expiryHeight: 100n as BlockHeight } }, 'expiry_too_soon'],
    ['a deadline that passes before its block', { body: { deadlineMs: soon as UnixMs } }, 'deadline_too_soon'],
    ['a deadline for ever', { body: { deadlineMs: farFuture as UnixMs } }, 'deadline_too_far'],
    [
      'a deadline just beyond the horizon',
      { body: { deadlineMs: (BigInt(Date.now() + 60_000) + DEADLINE_HORIZON_MS) as UnixMs } },
      'deadline_too_far',
    ],
    [
      'a window of years',
      { body: { confirm: { kind: 'manual', windowMs: (CONFIRM_WINDOW_MS_MAX + 1n) as UnixMs } } },
      'window_too_long',
    ],
    ['a window for ever', { body: { confirm: { kind: 'manual', windowMs: farFuture as UnixMs } } }, 'window_too_long'],
  ];

  it.each(wrongs)('with %s', async (name, { body, tx }, code) => {
    const before = await alice.client.account();
    const nonce = await alice.nextNonce();
    const { sealed } = await alice.client.prepareTrain(nonce, alice.trainRequest());
    const { inputs } = await openedBody(nonce);
    const bytes = alice.signedBy(
      NAME,
      'orderOpen',
      nonce,
      encodeOrderOpen({ ...orderOf(sealed, inputs), ...body }),
      tx,
    );
    await expectProblem(await postOrder(bytes, sealed, `bounds-${wrongs.findIndex(([one]) => one === name)}`), code);
    expect(await alice.client.account()).toEqual(before);
  });
});

/** Inputs of a prepared train order: the data set is uploaded, so nothing but the tested field is wrong. */
async function openedBody(nonce: bigint): Promise<OrderOpen> {
  const { transaction } = await alice.client.prepareTrain(nonce, alice.trainRequest());
  const { parseTransaction } = await import('../../protocol/tx/envelope.ts');
  const { decodeOrderOpen } = await import('../../protocol/tx/order-open.ts');
  const parsed = parseTransaction(transaction, alice.network.hash);
  if (!parsed.ok) throw new Error(parsed.code);
  return decodeOrderOpen(parsed.value.body);
}

const orderOf = (sealed: Uint8Array, inputs: Uint8Array[]): OrderOpen => ({
  work: { kind: 'train', ...WORK },
  priceLimitZhi: LIMIT,
  confirm: { kind: 'auto' },
  deadlineMs: BigInt(Date.now() + 3_600_000) as UnixMs,
  region: regionNumber('enam'),
  sealedHash: sealedHash(sealed),
  inputs,
});

it('refuses a transfer to a region that is not there, before it costs a nonce', async () => {
  const nonce = await alice.nextNonce();
  const body = encodeTransfer({ to: new Uint8Array(32).fill(7), amountZhi: 1n as Zhi, homeRegion: 99 });
  const transaction = base64.encode(alice.signedBy(NAME, 'transfer', nonce, body));
  await expectProblem(
    await call('POST', '/v1/transactions', { json: { transaction }, key: 'nowhere' }),
    'invalid_field',
  );
  expect(await alice.nextNonce()).toBe(nonce);
});

describe('an envelope that tells the checker another key than the provider', () => {
  it('ends the order with its escrow back, and no provider is called a liar', async () => {
    const nonce = await alice.nextNonce();
    const prepared = await alice.client.prepareTrain(nonce, alice.trainRequest());
    const envelope = decodeEnvelope(prepared.sealed);
    const roles = alice.network.genesis.regions.find(({ region }) => region === regionNumber('enam'));
    const checker = roles?.checkerSealKey as Uint8Array;
    const other = decodeEnvelope(
      await sealEnvelope({
        contentKey: newContentKey(),
        payload: { kind: 'train', datasetKey: newContentKey() },
        recipients: [checker],
        genesisHash: alice.network.hash,
        demander: alice.key.key,
      }),
    );
    const grants = [...envelope.grants.filter(({ to }) => !equalBytes(to, checker)), ...other.grants];
    const sealed = encodeEnvelope({ ...envelope, grants });
    const { inputs } = await openedBody(nonce);
    const bytes = alice.signedBy(NAME, 'orderOpen', nonce, encodeOrderOpen(orderOf(sealed, inputs)));
    const before = BigInt((await alice.client.account()).balanceZhi);
    const answer = (await (await postOrder(bytes, sealed, 'two-keys')).json()) as { order: { id: string } };
    const order = await alice.final(hexToBytes(answer.order.id));
    expect(order).toMatchObject({ state: 'unserved', failure: { code: 'sealed_malformed' }, attempts: [] });
    const fee = 6n * alice.network.genesis.baseFeeZhi;
    expect(BigInt((await alice.client.account()).balanceZhi)).toBe(before - fee);
  });
});

describe('a transaction that the chain does not take is undone', () => {
  it('a cancellation: the order goes on, and settles', async () => {
    const { id } = await alice.leased('train');
    await until(async () => (await ledger.orderRecord(id))?.state === 'matched');
    const goOn = holdBack();
    const cancelling = alice.client.cancel(alice.hexOf(id)).catch(() => undefined);
    await until(async () => (await alice.order(id)).state === 'cancelled');
    const [hash] = await pendingOfAlice();
    await peer.takeFinal(refusal(hash as Uint8Array, 'tx_expired'));
    expect((await alice.order(id)).state).toBe('matched');
    goOn();
    await cancelling;
    expect(await alice.final(id)).toMatchObject({ state: 'settled', final: true });
  });

  it('also when the database is away and the object dies before it is done', async () => {
    const { id } = await alice.leased('train');
    await until(async () => (await ledger.orderRecord(id))?.state === 'matched');
    const goOn = holdBack();
    const cancelling = alice.client.cancel(alice.hexOf(id)).catch(() => undefined);
    await until(async () => (await alice.order(id)).state === 'cancelled');
    const [hash] = await pendingOfAlice();
    const database = vi.spyOn(Object.getPrototypeOf(env.DB) as D1Database, 'prepare').mockImplementation(() => {
      throw new Error('the database is away');
    });
    await peer.takeFinal(refusal(hash as Uint8Array, 'tx_expired')).catch(() => undefined);
    await evictDurableObject(alice.region);
    database.mockRestore();
    await until(async () => (await alice.order(id)).state !== 'cancelled');
    goOn();
    await cancelling;
    expect(await alice.final(id)).toMatchObject({ state: 'settled', final: true });
  });

  it('a confirmation: the demander may confirm again, and the provider is paid', async () => {
    const request = { ...alice.trainRequest(), confirm: { kind: 'manual' as const, windowMs: 3_600_000n as UnixMs } };
    const opened = await alice.client.train(request, { waitSeconds: 20 });
    const id = hexToBytes(opened.id);
    await until(async () => (await ledger.orderRecord(id))?.state === 'checked');
    const goOn = holdBack();
    const confirming = alice.client.confirm(opened.id).catch(() => undefined);
    await until(async () => (await alice.order(id)).state === 'confirmed');
    const [hash] = await pendingOfAlice();
    await peer.takeFinal(refusal(hash as Uint8Array, 'tx_expired'));
    expect((await alice.order(id)).state).toBe('checked');
    goOn();
    await confirming;
    await alice.client.confirm(opened.id);
    expect(await alice.final(id)).toMatchObject({ state: 'settled', final: true });
  });
});

describe('a data set that an order reads', () => {
  const inUse = { code: 'dataset_in_use' };

  it('stays until the order is over for certain', async () => {
    const { id, lease } = await alice.leased('train');
    const input = alice.hexOf(lease.inputs[0] as Uint8Array);
    await expect(alice.client.datasets.remove(input)).rejects.toMatchObject(inUse);
    const goOn = holdBack();
    const cancelling = alice.client.cancel(alice.hexOf(id));
    await until(async () => (await alice.order(id)).state === 'cancelled');
    await expect(alice.client.datasets.remove(input)).rejects.toMatchObject(inUse);
    goOn();
    await cancelling;
    await alice.client.datasets.remove(input);
    await expect(alice.client.datasets.remove(input)).rejects.toMatchObject({ code: 'unknown_dataset' });
  });

  it('goes once the result is checked', async () => {
    const request = { ...alice.trainRequest(), confirm: { kind: 'manual' as const, windowMs: 3_600_000n as UnixMs } };
    const { id, uploads } = await alice.client.train(request, { waitSeconds: 20 });
    await alice.client.datasets.remove(uploads[0] as string);
    await alice.client.confirm(id);
    expect(await alice.final(hexToBytes(id))).toMatchObject({ state: 'settled' });
  });

  it('stays also when the order is of another region', async () => {
    const { uploads } = await alice.client.train(alice.trainRequest(), { waitSeconds: 20 });
    const elsewhere = vi.spyOn(Region.prototype, 'readsInput').mockImplementation(async function (this: Region) {
      return (this as unknown as { ctx: DurableObjectState }).ctx.id.name?.startsWith('sam/') === true;
    });
    await expect(alice.client.datasets.remove(uploads[0] as string)).rejects.toMatchObject(inUse);
    elsewhere.mockRestore();
    await alice.client.datasets.remove(uploads[0] as string);
  });
});
