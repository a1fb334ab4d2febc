/** Refusals for want of room, of money or of an answer: each with its code, and gone with its cause. */
import { runInDurableObject } from 'cloudflare:test';
import { base64 } from '@scure/base';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PENDING_MAX } from '../../durable-objects/region/accounts.ts';
import { RegionContext } from '../../durable-objects/region/context.ts';
import { Keyring } from '../../durable-objects/region/keyring.ts';
import { matchOrder } from '../../durable-objects/region/match.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { Zhi } from '../../protocol/units.ts';
import { signFast } from '../../sealing/signatures.ts';
import { judge } from '../../workers/consumers/check-work.ts';
import { compute } from '../../workers/consumers/compute.ts';
import { networkOf } from '../../workers/network.ts';
import { keyPair } from '../support/keys.ts';
import { call, expectProblem } from './api-caller.ts';
import { type RegionDemander, startRegionDemander, unwrap, workerEnv } from './region-demander.ts';

const NAME = 'refusals/alice';
const bob = keyPair('refusals/bob');
let alice: RegionDemander;

beforeAll(async () => {
  alice = await startRegionDemander(NAME, 'enam');
}, 60_000);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('an account with as many pending transactions as it may have', () => {
  const transfer = (nonce: bigint) => {
    const body = encodeTransfer({ to: bob.key, amountZhi: 1n as Zhi, homeRegion: 0 });
    const transaction = base64.encode(alice.signedBy(NAME, 'transfer', nonce, body));
    return call('POST', '/v1/transactions', {
      json: { transaction },
      key: `pending-${nonce}`,
      headers: { prefer: 'respond-async' },
    });
  };

  it('is refused a further one, and takes it once they are sealed', async () => {
    const first = await alice.nextNonce();
    const beyond = first + BigInt(PENDING_MAX);
    vi.spyOn(Region.prototype, 'pull').mockResolvedValue([]);
    for (let nonce = first; nonce < beyond; nonce++) expect((await transfer(nonce)).status).toBe(202);
    await expectProblem(await transfer(beyond), 'too_many_pending');
    expect(await alice.nextNonce()).toBe(beyond);
    vi.restoreAllMocks();
    await vi.waitFor(async () => expect((await transfer(beyond)).status).toBeLessThan(300), {
      timeout: 15_000,
      interval: 50,
    });
  });
});

describe('the faucet', () => {
  const ask = (key: string, account = bob.address, amountZhi = '5') =>
    call('POST', '/v1/faucet', { json: { account, amountZhi }, key, headers: { prefer: 'wait=10' } });

  /** The network as if its faucet had been given another key. */
  function faucetOf({ key, seed }: typeof bob): void {
    const real = Keyring.prototype.publicKey;
    const sign = Keyring.prototype.sign;
    vi.spyOn(Keyring.prototype, 'publicKey').mockImplementation(function (this: Keyring, role) {
      return role === 'faucet' ? key : real.call(this, role);
    });
    vi.spyOn(Keyring.prototype, 'sign').mockImplementation(function (this: Keyring, role, message) {
      return role === 'faucet' ? signFast(seed, message) : sign.call(this, role, message);
    });
  }

  it('is empty when the genesis gave its key nothing, and pays when it did', async () => {
    faucetOf(keyPair('refusals/unfunded'));
    await expectProblem(await ask('empty'), 'faucet_empty');
    vi.restoreAllMocks();
    expect((await ask('full')).status).toBeLessThan(300);
  });

  it('is empty once it holds less than is asked for, and pays what it still can', async () => {
    const poor = keyPair('refusals/poor');
    const { genesis } = await networkOf(workerEnv);
    const left = genesis.baseFeeZhi * 100n;
    expect((await ask('fill', poor.address, String(left))).status).toBe(200);
    faucetOf(poor);
    await expectProblem(await ask('dry', bob.address, String(left)), 'faucet_empty');
    expect((await ask('rest', bob.address, '1')).status).toBeLessThan(300);
  });
});

describe('a provider whose region does not answer', () => {
  /** The match's own answer, which no caller of the API gets to see: the order stays open instead. */
  const matchAgain = (id: Uint8Array) =>
    runInDurableObject(alice.region as never, async (_, state) => {
      const context = new RegionContext(state, workerEnv as never);
      return matchOrder(context, await context.network(), id, Date.now());
    });

  it('leaves the order open and unharmed, and serves it when it answers again', async () => {
    // Its own region's provider lies, so the next attempt goes to a provider of another region.
    await alice.region.setLies(1);
    const { id, lease } = await alice.leased('predict');
    const judged = async () => unwrap(await judge(workerEnv, alice.region, unwrap(await alice.region.checkJob(id))));
    expect(await compute(workerEnv, alice.region, lease)).toEqual({ ok: true, value: 'done' });
    const accept = vi.spyOn(Region.prototype, 'acceptOrder').mockRejectedValue(new Error('no answer'));
    expect(unwrap(await alice.region.recordVerdict(await judged())).order.state).toBe('open');
    expect(await matchAgain(id)).toMatchObject({ code: 'overloaded', evidence: expect.stringContaining('no answer') });
    expect(await alice.region.task(id)).toEqual({ kind: 'none' });
    expect(accept).toHaveBeenCalledTimes(2);
    expect(await alice.order(id)).toMatchObject({ state: 'open', failure: null, attempts: [{ verdict: 'failed' }] });
    vi.restoreAllMocks();
    const task = await alice.region.task(id);
    if (task.kind !== 'compute') throw new Error(`the task is ${task.kind}`);
    expect(await compute(workerEnv, alice.region, task.lease)).toEqual({ ok: true, value: 'done' });
    expect(unwrap(await alice.region.recordVerdict(await judged())).order.state).toBe('confirmed');
    const { state, attempts } = await alice.final(id);
    expect([state, ...attempts.map(({ verdict }) => verdict)]).toEqual(['settled', 'failed', 'passed']);
    expect(attempts[1]?.provider).not.toBe(attempts[0]?.provider);
  });
});
