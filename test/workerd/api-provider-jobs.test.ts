/** /v1/provider/jobs over HTTP: for listed keys alone, under a lease alone, and each result once. */
import { env } from 'cloudflare:test';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireProviderJob } from '../../protocol/provider-jobs.ts';
import type { Env } from '../../workers/env.ts';
import { keyPair } from '../support/keys.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';
import { type SignedCall, signer } from './api-signed.ts';
import { type PlacedSearch, type SearchDemander, startSearchDemander } from './search-orders.ts';

const PROCESS = 'provider-jobs/process';
const STRANGER = 'provider-jobs/stranger';
const BASE = '/v1/provider/jobs';
const deployment = env as unknown as { PROVIDER_PROCESSES?: string };
/** Taken away, not undefined: files share the bindings, and objects of others look into each of them. */
const unlist = (): boolean => Reflect.deleteProperty(deployment, 'PROVIDER_PROCESSES');

let alice: SearchDemander;
let placed: PlacedSearch;
let by: (name: string) => ReturnType<typeof signer>;
let job: WireProviderJob;

beforeAll(async () => {
  alice = await startSearchDemander('provider-jobs/alice');
  by = (name) => signer(name, alice.network.hash);
  await clientOf(STRANGER, 'enam').faucet();
  deployment.PROVIDER_PROCESSES = keyPair(PROCESS).address;
  placed = await alice.open();
  await alice.handedOut(placed.id);
}, 60_000);
afterAll(() => {
  unlist();
});

const sealTo = '09'.padEnd(64, '0');
const take = (name: string, json: object = { sealTo, regions: ['weur', 'enam'] }) =>
  by(name)('POST', `${BASE}/take`, { json });
const post = (path: string, options: SignedCall, name = PROCESS) => by(name)('POST', `${BASE}/${path}`, options);
const answer = async (response: Promise<Response>): Promise<unknown> => {
  const answered = await response;
  expect(answered.status, await answered.clone().text()).toBe(200);
  return answered.json();
};

/** 40 bytes that nobody opens. */
const CIPHERTEXT = new Uint8Array(40).fill(7);
const ID = bytesToHex(sha256(CIPHERTEXT));
const resultOf = (change: object = {}) => ({
  ...{ token: job.token, stateHash: ID, cycles: '5', root: ID, resultId: ID, summary: 'BwcH' },
  ...change,
});
const slice = (change: Record<string, string> = {}) =>
  new URLSearchParams({ token: job.token, lease: String(job.lease), cycles: '5', goesOn: 'yes', ...change });

describe('a job', () => {
  it('is given to a listed key alone, whose request is signed and whole', async () => {
    await expectProblem(await call('POST', `${BASE}/take`, { json: { sealTo, regions: ['weur'] } }), 'auth_required');
    await expectProblem(await take(STRANGER), 'not_authorised');
    await expectProblem(await take(PROCESS, { sealTo, regions: [] }), 'invalid_field', 'regions');
    await expectProblem(await take(PROCESS, { sealTo: 'ab', regions: ['weur'] }), 'invalid_field', 'sealTo');
    expect(await answer(take(PROCESS, { sealTo, regions: ['apac'] }))).toEqual({ job: null });
    ({ job } = (await answer(take(PROCESS))) as { job: WireProviderJob });
    expect(job).toMatchObject({ order: placed.hex, index: 0, needs: [], checkpoint: null });
    // It is held: the next one is another job.
    expect(await answer(take(PROCESS))).toMatchObject({ job: { order: placed.hex, index: 1 } });
  });

  it('keeps a checkpoint under its lease, which whoever goes on with it fetches', async () => {
    const at = `${placed.hex}/0/checkpoint`;
    await expectProblem(await post(`${at}?${slice()}`, { bytes: CIPHERTEXT }, STRANGER), 'not_authorised');
    await expectProblem(await post(`${at}?${slice({ goesOn: '' })}`, { bytes: CIPHERTEXT }), 'invalid_field', 'goesOn');
    const late = slice({ token: String(Number(job.token) + 1) });
    expect(await answer(post(`${at}?${late}`, { bytes: CIPHERTEXT }))).toEqual({ goesOn: false });
    const old = slice({ lease: String(job.lease + 1) });
    expect(await answer(post(`${at}?${old}`, { bytes: CIPHERTEXT }))).toEqual({ goesOn: false });
    const blob = () => by(PROCESS)('GET', `${BASE}/${placed.hex}/blobs/${ID}`);
    expect(await answer(post(`${at}?${slice()}`, { bytes: CIPHERTEXT }))).toEqual({ goesOn: true });
    expect(new Uint8Array(await (await blob()).arrayBuffer())).toEqual(CIPHERTEXT);
    await expectProblem(await by(STRANGER)('GET', `${BASE}/${placed.hex}/blobs/${ID}`), 'not_authorised');
    await expectProblem(await by(PROCESS)('GET', `${BASE}/${placed.hex}/blobs/${'00'.repeat(32)}`), 'not_found');
  });

  it('is done once: a result that comes again is that one, another one is none, and none is beyond its order', async () => {
    const done = (change: object = {}, index = 0, name = PROCESS) =>
      post(`${placed.hex}/${index}/done`, { json: resultOf(change) }, name);
    await expectProblem(await done({}, 0, STRANGER), 'not_authorised');
    await expectProblem(await done({ token: String(Number(job.token) + 1) }), 'lease_lost');
    await expectProblem(await done({ cycles: '999999999999' }), 'bill_mismatch');
    await expectProblem(await done({}, 9), 'work_invalid');
    await expectProblem(await post(`ff${'00'.repeat(31)}/0/done`, { json: resultOf() }), 'unknown_order');
    expect(await answer(post(`${placed.hex}/0/result?token=${job.token}`, { bytes: CIPHERTEXT }))).toEqual({ id: ID });
    expect(await answer(done())).toEqual({ taken: true });
    expect(await answer(done())).toEqual({ taken: true });
    expect(await answer(done({ resultId: '01'.repeat(32), cycles: '6' }))).toEqual({ taken: false });
    const told = (await (await call('GET', `/v1/orders/${placed.hex}/jobs`)).json()) as { cycles: string };
    expect(told.cycles).toBe('5');
    // Nothing more is kept of a job that is over.
    expect(await answer(post(`${placed.hex}/0/checkpoint?${slice()}`, { bytes: CIPHERTEXT }))).toEqual({
      goesOn: false,
    });
    const result = `${placed.hex}/0/result?token=${job.token}`;
    await expectProblem(await post(result, { bytes: CIPHERTEXT }), 'lease_lost');
  });

  it('is nobody’s of the old lease once its order was given on', async () => {
    await alice.region.yieldLease(placed.id, Number(job.token));
    await alice.handedOut(placed.id);
    await expectProblem(await post(`${placed.hex}/1/done`, { json: resultOf() }), 'lease_lost');
    const gone = await answer(post(`${placed.hex}/1/checkpoint?${slice()}`, { bytes: CIPHERTEXT }));
    expect(gone).toEqual({ goesOn: false });
    const given = { json: { token: job.token, lease: String(job.lease) } };
    expect(await answer(post(`${placed.hex}/1/failed`, given))).toEqual({ withheld: false });
    await expectProblem(await post(`${placed.hex}/1/failed`, given, STRANGER), 'not_authorised');
    const next = (await answer(take(PROCESS))) as { job: WireProviderJob };
    expect(next.job).toMatchObject({ index: 1, token: String(Number(job.token) + 1) });
  });
});

it('no key is listed where the deployment lists none', async () => {
  const bindings = env as unknown as Env;
  unlist();
  expect(bindings.PROVIDER_PROCESSES).toBeUndefined();
  await expectProblem(await take(PROCESS), 'not_authorised');
});
