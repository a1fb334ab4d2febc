/** An order whose opening the chain refused unsealed: its signed bytes may be sent again. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PeerRpcMethods } from '../../durable-objects/region/peer.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { RoleEntries } from '../../durable-objects/region/role-entries.ts';
import type { Lease } from '../../durable-objects/region/rpc.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import { runDirect } from '../../workers/consumers/run.ts';
import { audit } from '../support/audit.ts';
import { type RegionDemander, startRegionDemander, unwrap, workerEnv } from './region-demander.ts';

let alice: RegionDemander;
/** What the sequencer calls. */
let peer: PeerRpcMethods;

beforeAll(async () => {
  alice = await startRegionDemander('unopened/alice', 'enam');
  peer = alice.region as unknown as PeerRpcMethods;
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

const withEntries = (change: (entries: RoleEntries) => void): Promise<void> =>
  runInDurableObject(alice.region as never, (_instance, { storage }) => change(new RoleEntries(storage.sql)));

describe('an order that the chain did not open', () => {
  const intakeOf = (signed: { transaction: Uint8Array; sealed: Uint8Array }, key: string) => ({
    ...signed,
    preferQueue: false,
    idempotency: {
      account: alice.key.key,
      key,
      requestHash: taggedHash('HAI/test-request', signed.transaction),
    },
  });

  async function unopened(key: string) {
    vi.spyOn(Region.prototype, 'pull').mockResolvedValue([]);
    const { transaction, sealed, id } = await alice.client.preparePredict(
      await alice.nextNonce(),
      alice.predictRequest(),
    );
    const first = unwrap(await alice.region.intakeOrder(intakeOf({ transaction, sealed }, key)));
    const refused = [{ hash: transactionHash(transaction), code: 'nonce_gap' }] as const;
    const block = { height: 0n, hash: new Uint8Array(32), timeMs: 0n };
    await peer.takeFinal({ ...block, transactions: [], accounts: [], orders: [], refused: [...refused] });
    expect(await alice.order(hexToBytes(id))).toMatchObject({ state: 'unserved', failure: { code: 'nonce_gap' } });
    return { signed: { transaction, sealed }, id: hexToBytes(id), first };
  }

  it('may be sent again under a new key, and is served from its beginning', async () => {
    const { signed, id, first } = await unopened('unopened');
    const again = unwrap(await alice.region.intakeOrder(intakeOf(signed, 'unopened-again')));
    expect(again).toMatchObject({ replayed: false, answer: { order: { state: 'matched', failure: null } } });
    expect(again.lease?.token).toBeGreaterThan(first.lease?.token as number);
    // Whoever still computes what it was has nothing to say of what it is.
    const { token } = first.lease as Lease;
    expect(await alice.region.declineWork(id, token, 'work_invalid')).toMatchObject({ ok: false });
    // Both keys tell of the one order.
    for (const key of ['unopened', 'unopened-again'])
      expect(unwrap(await alice.region.intakeOrder(intakeOf(signed, key)))).toMatchObject({ replayed: true });
    const { orders } = await alice.client.orders();
    expect(orders.filter((order) => order.id === alice.hexOf(id))).toHaveLength(1);
    vi.restoreAllMocks();
    await runDirect(workerEnv, 'enam', again.lease as Lease);
    expect(await alice.final(id)).toMatchObject({ state: 'settled' });
  });

  it('is refused for now while something is still to be sealed of what it was', async () => {
    const { signed, id } = await unopened('unopened-early');
    await withEntries((entries) => entries.add('match', id, Uint8Array.of(1)));
    const early = await alice.region.intakeOrder(intakeOf(signed, 'unopened-later'));
    expect(early).toMatchObject({ ok: false, code: 'too_many_pending' });
    expect(await alice.order(id)).toMatchObject({ state: 'unserved', final: true });
    await withEntries((entries) => entries.removeUncomposedOf(id));
    const later = unwrap(await alice.region.intakeOrder(intakeOf(signed, 'unopened-later')));
    vi.restoreAllMocks();
    await runDirect(workerEnv, 'enam', later.lease as Lease);
    expect(await alice.final(id)).toMatchObject({ state: 'settled' });
  });
});
