/** The log as the API serves it: checkpoints, tiles, proofs and cosignatures, of a network that seals blocks. */
import { env } from 'cloudflare:workers';
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { witnessId } from '../../durable-objects/region/sequencer/log-store.ts';
import { openLedger } from '../../ledger/d1.ts';
import { decodeGenesis, type Genesis, genesisHash } from '../../protocol/genesis.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { headText, logOrigin, type TreeHead } from '../../protocol/log/checkpoint.ts';
import { EMPTY_LOG, logRoot, withLeaf } from '../../protocol/log/frontier.ts';
import { type NoteSignature, signatureLine } from '../../protocol/log/note.ts';
import { type OpenedCheckpoint, openCheckpoint } from '../../protocol/log/open-checkpoint.ts';
import { decodeEntries } from '../../protocol/log/tile.ts';
import { verifyConsistency, verifyInclusion } from '../../protocol/log/verify-proof.ts';
import { leafHash } from '../../protocol/merkle.ts';
import { regionOf } from '../../protocol/regions.ts';
import type { WireConsistencyProof, WireInclusionProof, WireLog } from '../../protocol/wire.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { regionStub } from '../../workers/env.ts';
import { keyPair } from '../support/keys.ts';
import { cosign } from '../support/log.ts';
import { TEST_WITNESS_KEYS, TEST_WITNESSES } from '../support/witnesses.ts';
import { call, expectProblem } from './api-caller.ts';
import { type RegionDemander, startRegionDemander, workerEnv } from './region-demander.ts';

const ledger = openLedger(env.DB);
let alice: RegionDemander;
let genesis: Genesis;

beforeAll(async () => {
  alice = await startRegionDemander('log/alice', 'enam');
  genesis = decodeGenesis((await ledger.genesis()) as Uint8Array);
}, 60_000);

async function sealBlock(): Promise<bigint> {
  const before = (await ledger.tip())?.height ?? 0n;
  await regionStub(workerEnv, regionOf(genesis.sequencerRegion)).faucet(alice.key.key, 5n, 0);
  const tipHeight = async () => (await ledger.tip())?.height ?? 0n;
  await vi.waitFor(async () => expect(await tipHeight()).toBeGreaterThan(before), { timeout: 15_000, interval: 20 });
  return tipHeight();
}

async function textOf(path: string): Promise<string> {
  const response = await call('GET', path);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.text();
}

async function opened(text: string, required = 0): Promise<OpenedCheckpoint> {
  const policy = { genesisHash: genesisHash(genesis), logKey: genesis.logKey, witnesses: TEST_WITNESS_KEYS, required };
  const result = await openCheckpoint(text, { ...policy, spareLines: 'refuse' }, verifyFast);
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
}

const headOf = async (path: string): Promise<TreeHead> => (await opened(await textOf(path))).head;

/** Once the log has reached the height. */
async function loggedTo(height: bigint): Promise<TreeHead> {
  const reached = async () => {
    const response = await call('GET', '/v1/log/checkpoint');
    return response.ok ? (await opened(await response.text())).head.size : 0n;
  };
  await vi.waitFor(async () => expect(await reached()).toBeGreaterThanOrEqual(height), {
    timeout: 20_000,
    interval: 50,
  });
  return headOf('/v1/log/checkpoint');
}

async function entriesOf(size: bigint): Promise<Uint8Array[]> {
  const response = await call('GET', `/v1/log/tile/entries/000.p/${size}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toContain('immutable');
  const entries = decodeEntries(new Uint8Array(await response.arrayBuffer()), Number(size));
  if (!entries) throw new Error('not a bundle');
  return entries;
}

const decoded = (path: readonly string[]) => path.map((hash) => base64.decode(hash));

describe('a checkpoint', () => {
  it('follows the blocks, signed by the key in genesis, over the headers that the tiles hold', async () => {
    const head = await loggedTo(await sealBlock());
    expect(head.origin).toBe(logOrigin(genesisHash(genesis)));
    const entries = await entriesOf(head.size);
    const headers = await ledger.headers(1n, Number(head.size));
    expect(entries.every((entry, i) => equalBytes(entry, headers[i] as Uint8Array))).toBe(true);
    const frontier = entries.reduce((grown, entry) => withLeaf(grown, leafHash(entry)), EMPTY_LOG);
    expect(logRoot(frontier)).toEqual(head.root);
    const response = await call('GET', '/v1/log/checkpoint');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=1');
  });

  it('is continued by the next one, and each header is proved to be in it', async () => {
    const older = await headOf('/v1/log/checkpoint');
    const newer = await loggedTo(await sealBlock());
    expect(newer.size).toBeGreaterThan(older.size);
    const between = `/v1/log/proof/consistency?from=${older.size}&to=${newer.size}`;
    const { path } = JSON.parse(await textOf(between)) as WireConsistencyProof;
    expect(verifyConsistency(older.size, older.root, newer.size, newer.root, decoded(path))).toBe(true);
    const leaves = (await entriesOf(newer.size)).map(leafHash);
    for (const [i, leaf] of leaves.entries()) {
      const proof = JSON.parse(
        await textOf(`/v1/log/proof/inclusion?index=${i}&size=${newer.size}`),
      ) as WireInclusionProof;
      expect(verifyInclusion(leaf, BigInt(i), newer.size, decoded(proof.path), newer.root)).toBe(true);
    }
    const hashes = await call('GET', `/v1/log/tile/0/000.p/${newer.size}`);
    expect(new Uint8Array(await hashes.arrayBuffer())).toEqual(Uint8Array.from(leaves.flatMap((leaf) => [...leaf])));
  });

  it('is never of more than is there', async () => {
    const { size } = await headOf('/v1/log/checkpoint');
    for (const path of [
      `/v1/log/tile/0/000.p/${size + 1n}`,
      '/v1/log/tile/0/000',
      '/v1/log/tile/1/000.p/1',
      '/v1/log/tile/entries/001.p/1',
      '/v1/log/tile/0/0',
      '/v1/log/tile/9/000',
      '/v1/log/tile/0/000.p/0',
      `/v1/log/proof/inclusion?index=${size}&size=${size}`,
      `/v1/log/proof/inclusion?index=0&size=${size + 100n}`,
      `/v1/log/proof/consistency?from=${size}&to=${size + 100n}`,
      `/v1/log/proof/consistency?from=2&to=1`,
      '/v1/log/proof/inclusion?index=0&size=18446744073709551615',
    ]) {
      await expectProblem(await call('GET', path), 'not_found');
    }
    await expectProblem(await call('GET', '/v1/log/proof/inclusion?index=0'), 'invalid_field', 'size');
    await expectProblem(await call('GET', '/v1/log/checkpoint?cosignatures=17'), 'invalid_field', 'cosignatures');
    await expectProblem(await call('PUT', '/v1/log/tile/0/000'), 'method_not_allowed');
  });
});

describe('cosignatures', () => {
  const post = (size: bigint, signature: NoteSignature | string) => {
    const line = typeof signature === 'string' ? signature : signatureLine(signature).slice(0, -1);
    return call('POST', '/v1/log/cosignatures', { json: { size: size.toString(), line } });
  };
  const by = (i: number, head: TreeHead, timestampS = 7n) => {
    const { name, pair } = TEST_WITNESSES[i] as (typeof TEST_WITNESSES)[number];
    return cosign(headText(head), timestampS, name, pair);
  };

  it('are taken from the witnesses of the deployment, each once, and given out with their checkpoint', async () => {
    const head = await headOf('/v1/log/candidate');
    await expectProblem(await call('GET', '/v1/log/checkpoint?cosignatures=1'), 'not_found');
    expect((await post(head.size, by(0, head))).status).toBe(204);
    expect((await post(head.size, by(0, head, 8n))).status).toBe(204);
    // One of before that is sent again.
    expect((await post(head.size, by(0, head, 7n))).status).toBe(204);
    const one = await opened(await textOf('/v1/log/checkpoint?cosignatures=1'), 1);
    expect(one.cosignatures).toEqual([{ name: TEST_WITNESSES[0]?.name, timestampS: 8n }]);
    await expectProblem(await call('GET', '/v1/log/checkpoint?cosignatures=2'), 'not_found');
  });

  it('hold the candidate until all are there, however the log grows, and then it is the newest', async () => {
    const candidate = await headOf('/v1/log/candidate');
    const newest = await loggedTo(await sealBlock());
    expect(newest.size).toBeGreaterThan(candidate.size);
    expect(await headOf('/v1/log/candidate')).toEqual(candidate);
    expect((await post(candidate.size, by(1, candidate))).status).toBe(204);
    expect((await headOf('/v1/log/candidate')).size).toBe(newest.size);
    const both = await opened(await textOf('/v1/log/checkpoint?cosignatures=2'), 2);
    expect(both.head).toEqual(candidate);
    expect((await opened(await textOf('/v1/log/checkpoint?cosignatures=0'))).head.size).toBe(newest.size);
  });

  it('are asked for by the witnesses that a reader names', async () => {
    const [first, second] = TEST_WITNESS_KEYS.map(witnessId) as [string, string];
    const candidate = await headOf('/v1/log/candidate');
    expect((await post(candidate.size, by(0, candidate))).status).toBe(204);
    const of = (...ids: string[]) => ids.map((id) => `&witness=${id}`).join('');
    const size = async (k: number, ...ids: string[]) =>
      (await headOf(`/v1/log/checkpoint?cosignatures=${k}${of(...ids)}`)).size;
    expect(await size(1, first)).toBe(candidate.size);
    expect(await size(1, first, second)).toBe(candidate.size);
    expect(await size(1, second)).toBeLessThan(candidate.size);
    expect(await size(2, first, second)).toBe(await size(1, second));
    await expectProblem(await call('GET', `/v1/log/checkpoint?cosignatures=2${of(first)}`), 'not_found');
    await expectProblem(await call('GET', `/v1/log/checkpoint?cosignatures=1${of('00000000')}`), 'not_found');
    for (const wrong of ['0', 'A0000000', `${first}0`]) {
      await expectProblem(
        await call('GET', `/v1/log/checkpoint?cosignatures=1${of(wrong)}`),
        'invalid_field',
        'witness',
      );
    }
    const many = Array.from({ length: 17 }, (_, i) => i.toString(16).padStart(8, '0'));
    await expectProblem(
      await call('GET', `/v1/log/checkpoint?cosignatures=1${of(...many)}`),
      'invalid_field',
      'witness',
    );
  });

  it('that are false, of strangers, or of no checkpoint are refused, and nothing changes', async () => {
    const head = await headOf('/v1/log/candidate');
    const before = await textOf('/v1/log/candidate');
    const { name } = TEST_WITNESSES[0] as (typeof TEST_WITNESSES)[number];
    const stranger = keyPair('log/stranger');
    await expectProblem(await post(head.size, cosign(headText(head), 7n, name, stranger)), 'unknown_witness');
    await expectProblem(
      await post(head.size, cosign(headText(head), 7n, 'witness.test/9', stranger)),
      'unknown_witness',
    );
    await expectProblem(await post(head.size, by(0, { ...head, size: head.size + 1n }, 9n)), 'checkpoint_invalid');
    const other = { ...head, root: new Uint8Array(32) };
    await expectProblem(await post(head.size, by(0, other, 9n)), 'checkpoint_invalid');
    await expectProblem(await post(head.size + 1000n, by(0, head)), 'checkpoint_outdated');
    for (const line of ['x', '— a b', `${signatureLine(by(0, head))}`, signatureLine(by(0, head)).slice(0, -3)]) {
      await expectProblem(await post(head.size, line), 'checkpoint_malformed', 'line');
    }
    await expectProblem(
      await call('POST', '/v1/log/cosignatures', { json: { size: 1, line: 'x' } }),
      'invalid_field',
      'size',
    );
    expect(await textOf('/v1/log/candidate')).toBe(before);
  });

  it('are of a log that says how it is', async () => {
    const { size } = await headOf('/v1/log/checkpoint');
    const { size: taken, fault } = JSON.parse(await textOf('/v1/log')) as WireLog;
    expect(BigInt(taken)).toBeGreaterThanOrEqual(size);
    expect(fault).toBeNull();
  });

  it('are not of the keeper alone: another region knows no log', async () => {
    const other = regionStub(workerEnv, 'apac');
    expect(await other.logCheckpoint({ cosignatures: 0, witnesses: [] })).toMatchObject({
      ok: false,
      code: 'not_found',
    });
    expect(await other.logStanding()).toMatchObject({ ok: false, code: 'not_found' });
    expect(await other.addCosignature(1n, 'x')).toMatchObject({ ok: false, code: 'not_found' });
  });
});
