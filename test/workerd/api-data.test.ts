/** Data sets, proofs, order events and development routes over HTTP. */
import { createExecutionContext, env } from 'cloudflare:test';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WireOrder } from '../../protocol/wire.ts';
import worker from '../../workers/main.ts';
import { keyPair } from '../support/keys.ts';
import sample from '../vectors/groth16-bid-covers-ask.json';
import { call, clientOf, expectProblem, requestOf } from './api-caller.ts';
import { type Demander, startDemander } from './api-demander.ts';
import { signer } from './api-signed.ts';

let demander: Demander;
let asAlice: ReturnType<typeof signer>;
let asBob: ReturnType<typeof signer>;
let asNobody: ReturnType<typeof signer>;
beforeAll(async () => {
  demander = await startDemander('api/alice', 'enam');
  await clientOf('api/bob', 'sam').faucet();
  const { hash } = demander.network;
  asAlice = signer('api/alice', hash);
  asBob = signer('api/bob', hash);
  asNobody = signer('api/nobody', hash);
}, 60_000);

const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) & 255);
const id = bytesToHex(sha256(bytes));

describe('a data set', () => {
  it('is stored under its hash, read back by anybody, and stored once', async () => {
    const stored = await asAlice('POST', '/v1/datasets', { bytes, key: 'set-1' });
    expect(stored.status).toBe(201);
    expect(stored.headers.get('location')).toBe(`/v1/datasets/${id}`);
    expect(await stored.json()).toEqual({ id, bytes: bytes.length });
    const read = await call('GET', `/v1/datasets/${id}`);
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(bytes);
    const again = await asAlice('POST', '/v1/datasets', { bytes, key: 'set-2' });
    expect(await again.json()).toEqual({ id, bytes: bytes.length });
  });

  it('under a used key is answered as before, or refused for other bytes', async () => {
    const again = await asAlice('POST', '/v1/datasets', { bytes, key: 'set-1' });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.status).toBe(201);
    const other = await asAlice('POST', '/v1/datasets', { bytes: bytes.slice(1), key: 'set-1' });
    await expectProblem(other, 'idempotency_key_reused');
  });

  it('needs bytes, a key, a signature and an account', async () => {
    await expectProblem(await asAlice('POST', '/v1/datasets', { bytes }), 'idempotency_key_required');
    await expectProblem(
      await asAlice('POST', '/v1/datasets', { bytes: new Uint8Array(0), key: 'none' }),
      'length_required',
    );
    await expectProblem(await asNobody('POST', '/v1/datasets', { bytes, key: 'nobody' }), 'unknown_account');
    const forBody = { body: bytes.slice(1) };
    await expectProblem(await asAlice('POST', '/v1/datasets', { bytes, key: 'x', signedAs: forBody }), 'bad_signature');
    const forPath = { path: '/v1/webhooks' };
    await expectProblem(await asAlice('POST', '/v1/datasets', { bytes, key: 'x', signedAs: forPath }), 'bad_signature');
    for (const expiresInMs of [-1000, 400_000]) {
      await expectProblem(await asAlice('POST', '/v1/datasets', { bytes, key: 'x', expiresInMs }), 'auth_expired');
    }
  });

  it('that is not there is unknown', async () => {
    await expectProblem(await call('GET', `/v1/datasets/${'00'.repeat(32)}`), 'unknown_dataset');
    await expectProblem(await asAlice('DELETE', `/v1/datasets/${'00'.repeat(32)}`, { key: 'gone' }), 'unknown_dataset');
  });

  it('is deleted by its owner alone, and a repeat of that is answered the same', async () => {
    const path = `/v1/datasets/${id}`;
    await expectProblem(await call('DELETE', path, { key: 'unsigned' }), 'auth_required');
    await expectProblem(await asBob('DELETE', path, { key: 'his' }), 'not_authorised');
    expect((await call('GET', path)).status).toBe(200);
    expect((await asAlice('DELETE', path, { key: 'hers' })).status).toBe(204);
    await expectProblem(await call('GET', path), 'unknown_dataset');
    const repeated = await asAlice('DELETE', path, { key: 'hers' });
    expect(repeated.status).toBe(204);
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
    await expectProblem(await asAlice('DELETE', path, { bytes: new Uint8Array(1), key: 'body' }), 'body_too_large');
  });
});

describe('a Groth16 proof', () => {
  const verify = (json: object) => call('POST', '/v1/proofs/verify', { json });
  const { proof, publicSignals, verificationKeyId } = sample;

  it.each(['bid_covers_ask', verificationKeyId])('is verified under %s', async (circuit) => {
    const response = await verify({ circuit, proof, publicSignals });
    expect(await response.json()).toEqual({ valid: true, circuit: 'bid_covers_ask', development: true });
  });

  it('is refused when it is false, malformed, or of no circuit here', async () => {
    const [first = '', ...rest] = publicSignals;
    const other = [(BigInt(first) + 1n).toString(), ...rest];
    await expectProblem(await verify({ circuit: 'bid_covers_ask', proof, publicSignals: other }), 'proof_invalid');
    await expectProblem(await verify({ circuit: 'bid_covers_ask', proof, publicSignals: rest }), 'proof_malformed');
    await expectProblem(await verify({ circuit: 'bid_covers_ask', proof: {}, publicSignals }), 'proof_malformed');
    const spaced = { ...proof, pi_a: ['1', '1', '1'] };
    await expectProblem(await verify({ circuit: 'bid_covers_ask', proof: spaced, publicSignals }), 'proof_malformed');
    await expectProblem(
      await verify({ circuit: 'ask_covers_bid', proof, publicSignals }),
      'unknown_circuit',
      'circuit',
    );
  });
});

describe('an order’s events', () => {
  interface Event {
    readonly id: string;
    readonly order: WireOrder;
  }
  async function eventsOf(order: string, lastEventId?: string): Promise<Event[]> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await call('GET', `/v1/orders/${order}/events`, { headers });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const blocks = (await response.text()).split('\n\n').filter((block) => block.includes('event: order'));
    return blocks.map((block) => {
      const line = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      return { id: line('id'), order: JSON.parse(line('data')) as WireOrder };
    });
  }

  it('come as they happen, numbered upwards, and end when it is final', async () => {
    const opened = await demander.client.predict(demander.predictRequest(), { preferQueue: true });
    const events = await eventsOf(opened.id);
    expect(events.length).toBeGreaterThanOrEqual(2);
    expect(events.map(({ order }) => order.final).indexOf(true)).toBe(events.length - 1);
    const numbers = events.map((event) => Number(event.id));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('of a final order are its state, whatever the client saw last', async () => {
    const [event] = await eventsOf(demander.model.order);
    expect(event?.order).toMatchObject({ id: demander.model.order, final: true });
    for (const last of ['0', event?.id, 'nonsense']) {
      expect((await eventsOf(demander.model.order, last)).map((again) => again.id)).toEqual([event?.id]);
    }
  });

  it('that a client has seen are not told again', async () => {
    const opened = await demander.client.train(
      { ...demander.trainRequest(), confirm: { kind: 'manual', windowMs: 3_600_000n as never } },
      { waitSeconds: 20 },
    );
    const { order } = await demander.client.waitOrder(opened.id, 'checked', 20_000);
    expect(order.state).toBe('checked');
    const [seen] = await firstEvents(opened.id, 1);
    const later = firstEvents(opened.id, 1, seen?.id);
    // Checked, and not yet confirmed: its result is there, its receipt is not.
    expect((await call('GET', `/v1/orders/${opened.id}/result`)).status).toBe(200);
    await expectProblem(await call('GET', `/v1/orders/${opened.id}/receipt`), 'result_not_ready');
    const other = new Uint8Array(32);
    await expect(demander.client.confirm(opened.id, other)).rejects.toMatchObject({ code: 'result_mismatch' });
    await demander.client.confirm(opened.id);
    await expect(demander.client.confirm(opened.id)).rejects.toMatchObject({ code: 'illegal_transition' });
    const [next] = await later;
    expect(Number(next?.id)).toBeGreaterThan(Number(seen?.id));
    await demander.client.waitOrder(opened.id, 'final', 20_000);
  }, 60_000);

  /** The first `count` events of a stream that goes on; then the caller hangs up. */
  async function firstEvents(order: string, count: number, lastEventId?: string): Promise<{ id: string }[]> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await call('GET', `/v1/orders/${order}/events`, { headers });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const found: { id: string }[] = [];
    let text = '';
    while (found.length < count) {
      const { done, value } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
      found.length = 0;
      for (const match of text.matchAll(/^id: (\d+)\nevent: order$/gm)) found.push({ id: match[1] as string });
    }
    await reader.cancel();
    return found;
  }
});

describe('a development route', () => {
  const address = keyPair('api/erin').address;
  const lies = { region: 'weur', times: 0 };

  it('works on a development network', async () => {
    expect((await call('POST', '/v1/dev/lies', { json: lies })).status).toBe(204);
  });

  it('is closed anywhere else, with nothing changed', async () => {
    for (const [path, json] of [
      ['/v1/faucet', { account: address }],
      ['/v1/dev/lies', { region: 'weur', times: 5 }],
    ] as const) {
      const production = { ...env, DEV: '0' } as never;
      const request = requestOf('POST', path, { json, key: 'production' });
      const response = await worker.fetch(request as never, production, createExecutionContext());
      await expectProblem(response, 'dev_only');
    }
    await expectProblem(await call('GET', `/v1/accounts/${address}`), 'unknown_account');
  });
});
