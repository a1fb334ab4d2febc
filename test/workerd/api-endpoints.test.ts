/** Names for models, over the API: deployed, resolved, rolled back, listed, and refused to everybody else. */
import { beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../protocol/address.ts';
import { ENDPOINT_VERSIONS_MAX } from '../../protocol/record/endpoint.ts';
import { encodeEndpoint } from '../../protocol/tx/endpoint.ts';
import type { WireEndpoint, WireEndpoints } from '../../protocol/wire.ts';
import { keyPair } from '../support/keys.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';
import { type Demander, startDemander } from './api-demander.ts';

const NAME = 'endpoints/alice';
let alice: Demander;
const neighbour = clientOf('endpoints/neighbour', 'enam');
const owner = keyPair(NAME).address;

beforeAll(async () => {
  alice = await startDemander(NAME, 'enam');
  await neighbour.faucet();
}, 60_000);

async function answer<T>(path: string): Promise<T> {
  const response = await call('GET', path);
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as T;
}
const endpoint = (name: string) => answer<WireEndpoint>(`/v1/endpoints/${owner}/${name}`);

describe('an endpoint', () => {
  it('answers by its newest version, and by another one once that is activated', async () => {
    const { order } = alice.model;
    await expectProblem(await call('GET', `/v1/endpoints/${owner}/digits`), 'unknown_endpoint');
    expect(await alice.client.deployEndpoint('digits', order)).toMatchObject({ type: 'endpoint', status: 'applied' });
    expect(await endpoint('digits')).toEqual({ owner, name: 'digits', active: 1, versions: [{ version: 1, order }] });
    await alice.client.deployEndpoint('digits', order);
    const both = [1, 2].map((version) => ({ version, order }));
    expect(await endpoint('digits')).toMatchObject({ active: 2, versions: both });
    await alice.client.activateEndpoint('digits', 1);
    expect(await endpoint('digits')).toMatchObject({ active: 1, versions: both });
    await alice.client.activateEndpoint('digits', 2);
    expect(await endpoint('digits')).toMatchObject({ active: 2 });
  }, 60_000);

  it('is not activated at a version that it does not have, nor where there is none', async () => {
    for (const [name, version] of [
      ['digits', 3],
      ['digits', 0],
      ['letters', 1],
    ] as const) {
      await expect(alice.client.activateEndpoint(name, version)).rejects.toMatchObject({ code: 'unknown_endpoint' });
    }
    expect(await endpoint('digits')).toMatchObject({ active: 2 });
  }, 60_000);

  it('is not deployed with another’s model, nor under what is no name, nor by another', async () => {
    const refused = { code: 'unknown_model' };
    await expect(neighbour.deployEndpoint('digits', alice.model.order)).rejects.toMatchObject(refused);
    await expect(alice.client.deployEndpoint('digits', '01'.repeat(32))).rejects.toMatchObject(refused);
    const body = encodeEndpoint({ name: 'No Name', action: { kind: 'activate', version: 1 } });
    const bytes = alice.signedBy(NAME, 'endpoint', await alice.nextNonce(), body);
    const sent = await call('POST', '/v1/transactions', {
      json: { transaction: Buffer.from(bytes).toString('base64') },
      key: 'no-name',
      headers: { prefer: 'wait=20' },
    });
    expect(await sent.json()).toMatchObject({ code: 'invalid_field' });
    // Whoever acts under the same name acts on a record of its own, which is none.
    await expect(neighbour.activateEndpoint('digits', 1)).rejects.toMatchObject({ code: 'unknown_endpoint' });
    expect(await endpoint('digits')).toMatchObject({ owner, active: 2 });
  }, 60_000);

  it('is asked for by an owner’s address and a name that is one', async () => {
    await expectProblem(await call('GET', '/v1/endpoints/hai1x/digits'), 'invalid_field', 'owner');
    for (const name of ['No', 'a--b', '-a', 'a'.repeat(65)]) {
      await expectProblem(await call('GET', `/v1/endpoints/${owner}/${name}`), 'invalid_field', 'name');
    }
  });
});

describe('the endpoints of an account', () => {
  const list = (query = '', of = owner) => answer<WireEndpoints>(`/v1/endpoints/${of}${query}`);

  it('are listed in pages, each once with its versions; by the SDK by name', async () => {
    for (const name of ['zebras', 'ants']) await alice.client.deployEndpoint(name, alice.model.order);
    const all = await list();
    expect(all.next).toBeNull();
    expect(all.endpoints.find(({ name }) => name === 'digits')).toEqual(await endpoint('digits'));
    const first = await list('?limit=2');
    expect(first.endpoints).toEqual(all.endpoints.slice(0, 2));
    const second = await list(`?limit=2&after=${first.next}`);
    expect(second).toEqual({ endpoints: all.endpoints.slice(2), next: null });
    const named = await alice.client.endpoints();
    expect(named.map(({ name }) => name)).toEqual(['ants', 'digits', 'zebras']);
    expect(named[1]?.versions.length).toBeLessThanOrEqual(ENDPOINT_VERSIONS_MAX);
  }, 60_000);

  it('are none of an account that has none, and of one that nobody knows', async () => {
    const nothing = { endpoints: [], next: null };
    expect(await list('', keyPair('endpoints/neighbour').address)).toEqual(nothing);
    expect(await list('', addressOf(new Uint8Array(32).fill(9)))).toEqual(nothing);
    expect(await neighbour.endpoints()).toEqual([]);
  });

  it('are not listed for what is no address, from behind what is no place, or too many at once', async () => {
    await expectProblem(await call('GET', '/v1/endpoints/hai1x'), 'invalid_field', 'owner');
    await expectProblem(await call('GET', `/v1/endpoints/${owner}?after=ab`), 'invalid_field', 'after');
    await expectProblem(await call('GET', `/v1/endpoints/${owner}?limit=101`), 'invalid_field', 'limit');
  });
});
