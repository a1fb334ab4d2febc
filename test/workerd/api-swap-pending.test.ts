/** Swap claims that wait for a block, and what is told of records and locks that were paid. */
import { env } from 'cloudflare:workers';
import { bytesToHex } from '@noble/hashes/utils.js';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { swapCalls } from '../../clients/sdk/swap.ts';
import { Mempool } from '../../durable-objects/region/mempool.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { lockKey, swapClaims } from '../../protocol/record/swap.ts';
import { Overlay } from '../../protocol/state/overlay.ts';
import { recordKindNumber } from '../../protocol/state/record.ts';
import type { WireSwapClaim } from '../../protocol/swap/wire.ts';
import { encodeSwapIn, type SwapIn } from '../../protocol/tx/swap-in.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import { audit } from '../support/audit.ts';
import { keyPair } from '../support/keys.ts';
import { type TestNetwork, testNetwork } from '../support/network.ts';
import { SNAPSHOT, swapClaim } from '../support/swap.ts';
import { call, expectProblem } from './api-caller.ts';
import { type Sender, startSender } from './api-sender.ts';
import { foundSwapNetwork } from './swap-founding.ts';

const ROOT = bytesToHex(SNAPSHOT.root);
const claimant = keyPair('swap-pending/claimant');
let relayer: Sender;
let network: TestNetwork;

beforeAll(async () => {
  await foundSwapNetwork();
  relayer = await startSender('swap-pending/relayer');
  const { genesis, hash } = await relayer.client.network();
  network = { ...testNetwork(), genesis, hash };
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

async function get<T>(path: string): Promise<T> {
  const response = await call('GET', path);
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as T;
}
const claimOf = (index: number) => swapClaim(network, SNAPSHOT, index, claimant.key, 'apac');
const post = (claim: SwapIn) => relayer.post('swapIn', encodeSwapIn(claim));

describe('a swap claim', () => {
  it('of a record that another claim here asks for is refused before that one is in a block', async () => {
    const other = await startSender('swap-pending/other');
    const before = await other.client.account();
    vi.spyOn(Region.prototype, 'pull').mockResolvedValue([]);
    const sent = await relayer.post('swapIn', encodeSwapIn(claimOf(5)), 'respond-async');
    expect(sent.status).toBe(202);
    await expectProblem(await other.post('swapIn', encodeSwapIn(claimOf(5))), 'already_claimed');
    expect(await other.client.account()).toEqual(before);
    vi.restoreAllMocks();
    await vi.waitFor(
      async () => {
        const { claim } = await get<WireSwapClaim>(`/v1/swap/claims/${ROOT}/5`);
        expect(claim).toMatchObject({ amountZhi: '10005' });
      },
      { timeout: 15_000, interval: 50 },
    );
    await expectProblem(await other.post('swapIn', encodeSwapIn(claimOf(5))), 'already_claimed');
  }, 60_000);

  it('beyond those that may wait is told to come later', async () => {
    vi.spyOn(Mempool.prototype, 'hasSwapClaims').mockReturnValue(true);
    await expectProblem(await post(claimOf(6)), 'overloaded');
    vi.restoreAllMocks();
    expect((await get<WireSwapClaim>(`/v1/swap/claims/${ROOT}/6`)).claim).toBeNull();
  });

  it('of a lock that another set lists is told where the lock is named', async () => {
    const lock = { txHash: new Uint8Array(32).fill(9), logIndex: 3 };
    const paid = { set: network.hash, index: 8, recipient: claimant.key, amountZhi: 77n as Zhi, timeMs: 5n as UnixMs };
    const written = new Overlay({ account: () => undefined, order: () => undefined, record: () => undefined });
    swapClaims.write(written, lockKey(lock), paid);
    const [row] = written.records();
    await env.DB.prepare('INSERT INTO record (kind, key, value, updated_height) VALUES (?, ?, ?, 1)')
      .bind(recordKindNumber('swapClaim'), lockKey(lock), row?.value)
      .run();
    const calls = relayer.client.with(swapCalls);
    expect((await calls.swapClaim(SNAPSHOT.root, 7)).claim).toBeNull();
    expect((await calls.swapClaim(SNAPSHOT.root, 7, { ...lock, logIndex: 4 })).claim).toBeNull();
    expect(await calls.swapClaim(SNAPSHOT.root, 7, lock)).toEqual({
      set: ROOT,
      index: 7,
      claim: { set: bytesToHex(network.hash), index: 8, recipient: claimant.address, amountZhi: '77', timeMs: '5' },
    });
    // A record that was claimed itself is told as such, whatever lock is named.
    expect((await calls.swapClaim(SNAPSHOT.root, 5, lock)).claim).toMatchObject({ set: ROOT, index: 5 });
    await env.DB.prepare('DELETE FROM record WHERE key = ?').bind(lockKey(lock)).run();
    const path = `/v1/swap/claims/${ROOT}/7`;
    await expectProblem(await call('GET', `${path}?logIndex=1`), 'invalid_field', 'logIndex');
    await expectProblem(await call('GET', `${path}?txHash=${ROOT}`), 'invalid_field', 'logIndex');
    await expectProblem(await call('GET', `${path}?txHash=${ROOT}&logIndex=4294967296`), 'invalid_field', 'logIndex');
  });
});
