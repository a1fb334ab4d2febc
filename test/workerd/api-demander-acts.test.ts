/** What a demander does to its order over the API: it confirms or cancels, and nobody does so in its stead. */
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openLedger } from '../../ledger/d1.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import type { UnixMs } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { audit } from '../support/audit.ts';
import { clientOf } from './api-caller.ts';
import { LIMIT } from './api-demander.ts';
import { type RegionDemander, startRegionDemander } from './region-demander.ts';

const ledger = openLedger(env.DB);
const bob = clientOf('acts/bob', 'apac');
const neighbour = clientOf('acts/neighbour', 'enam');
let alice: RegionDemander;
let feeZhi: bigint;

beforeAll(async () => {
  alice = await startRegionDemander('acts/alice', 'enam');
  feeZhi = feeOf('orderOpen', alice.network.genesis.baseFeeZhi);
  await bob.faucet();
  await neighbour.faucet();
}, 60_000);

afterEach(async () => {
  expect((await audit(env.DB)).faults).toEqual([]);
});

const balance = async (): Promise<bigint> => BigInt((await alice.client.account()).balanceZhi);
const eventsOf = async (order: string) =>
  (await ledger.events({ height: 0n, index: 0 }, 20, { order })).map(({ type }) => type);

describe('an order that waits for its demander', () => {
  const checkedOrder = async (): Promise<WireOrder> => {
    const confirm = { kind: 'manual', windowMs: 600_000n as UnixMs } as const;
    const { order } = await alice.client.predict({ ...alice.predictRequest(), confirm }, { waitSeconds: 20 });
    expect(order.state).toBe('checked');
    return order;
  };

  it('is settled by its confirmation', async () => {
    const before = await balance();
    const { id } = await checkedOrder();
    expect(await alice.client.confirm(id)).toMatchObject({ type: 'orderConfirm', status: 'applied' });
    const order = await alice.final(hexToBytes(id));
    expect(order.state).toBe('settled');
    expect(before - (await balance())).toBe(BigInt((order.bill as NonNullable<WireOrder['bill']>).priceZhi) + feeZhi);
    expect(await eventsOf(id)).toEqual([
      'order.opened',
      'order.matched',
      'order.computed',
      'order.checked',
      'order.confirmed',
      'order.settled',
    ]);
  }, 60_000);

  it('is not confirmed by another, for another result, nor twice', async () => {
    const { id } = await checkedOrder();
    // Of another region, which does not know the order.
    await expect(bob.confirm(id)).rejects.toMatchObject({ code: 'unknown_order' });
    await expect(neighbour.confirm(id)).rejects.toMatchObject({ code: 'not_authorised' });
    const another = alice.client.confirm(id, taggedHash('HAI/another-result'));
    await expect(another).rejects.toMatchObject({ code: 'result_mismatch' });
    expect((await alice.order(hexToBytes(id))).state).toBe('checked');
    await alice.client.confirm(id);
    await expect(alice.client.confirm(id)).rejects.toMatchObject({ code: 'illegal_transition' });
    expect((await alice.final(hexToBytes(id))).state).toBe('settled');
  }, 60_000);
});

describe('an order that is not computed yet', () => {
  it('is cancelled by its demander, and its escrow returns', async () => {
    const before = await balance();
    const { id, hex } = await alice.leased('predict');
    await vi.waitFor(async () => expect(await balance()).toBe(before - LIMIT - feeZhi), { timeout: 15_000 });
    expect(await alice.client.cancel(hex)).toMatchObject({ type: 'orderRefund', status: 'applied' });
    expect(await alice.final(id)).toMatchObject({ state: 'cancelled', bill: null });
    expect(await balance()).toBe(before - feeZhi);
    expect(await eventsOf(hex)).toContain('order.refunded');
  }, 60_000);

  it('is not cancelled by another, nor twice', async () => {
    const { id, hex } = await alice.leased('predict');
    await expect(neighbour.cancel(hex)).rejects.toMatchObject({ code: 'not_authorised' });
    await expect(neighbour.cancel('01'.repeat(32))).rejects.toMatchObject({ code: 'unknown_order' });
    await alice.client.cancel(hex);
    await expect(alice.client.cancel(hex)).rejects.toMatchObject({ code: 'not_cancellable' });
    expect((await alice.final(id)).state).toBe('cancelled');
  }, 60_000);
});
