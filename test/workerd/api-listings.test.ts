/** Data sets and models over the API: listed, granted, revoked and flagged, by those who may. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { taggedHash } from '../../protocol/hash.ts';
import { fieldBytes } from '../../protocol/poseidon.ts';
import { datasets, flagKey, isGranted, junkFlags } from '../../protocol/record/dataset.ts';
import { models, ROYALTY_BP_MAX } from '../../protocol/record/model.ts';
import { pairKey, type RecordPlace } from '../../protocol/state/record.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { encodeDatasetList } from '../../protocol/tx/dataset-list.ts';
import { encodeGrant } from '../../protocol/tx/grant.ts';
import { encodeJunkFlag } from '../../protocol/tx/junk-flag.ts';
import { encodeModelList, type ModelList } from '../../protocol/tx/model-list.ts';
import { encodeRevoke } from '../../protocol/tx/revoke.ts';
import { SUPPLY_ZHI, type Zhi } from '../../protocol/units.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { audit } from '../support/audit.ts';
import { recordsAt, type Sender, startSender } from './api-sender.ts';

const DATASET = taggedHash('HAI/test-data');
const UNLISTED = taggedHash('HAI/test-unlisted');
const REPORT = taggedHash('HAI/test-report');
let alice: Sender;
let bob: Sender;

beforeAll(async () => {
  forgetNetwork();
  alice = await startSender('listings/alice');
  bob = await startSender('listings/bob', 'apac');
}, 60_000);

afterEach(async () => {
  expect((await audit(env.DB)).faults).toEqual([]);
});

const list = (priceZhi: bigint, dataset = DATASET) => encodeDatasetList({ dataset, priceZhi: priceZhi as Zhi });
const listed = async () => datasets.read(await recordsAt({ kind: 'dataset', key: DATASET }), DATASET);

describe('a data set', () => {
  it('is listed by its first owner, who may ask another price', async () => {
    expect(await alice.outcome('datasetList', list(5n))).toBe('applied');
    expect(await listed()).toEqual({ owner: alice.key, priceZhi: 5n, junkFlags: 0 });
    expect(await alice.outcome('datasetList', list(7n))).toBe('applied');
    expect(await listed()).toMatchObject({ priceZhi: 7n });
  }, 60_000);

  it('is not listed by another, nor above the supply', async () => {
    expect(await bob.outcome('datasetList', list(1n))).toBe('dataset_taken');
    expect(await alice.outcome('datasetList', list(SUPPLY_ZHI + 1n))).toBe('amount_out_of_range');
    expect(await listed()).toMatchObject({ owner: alice.key, priceZhi: 7n });
  }, 60_000);

  const place = (): RecordPlace => ({ kind: 'grant', key: pairKey('grant', DATASET, bob.key) });
  const granted = async () => isGranted(await recordsAt(place()), DATASET, bob.key);

  it('is granted and revoked by its owner', async () => {
    const body = { dataset: DATASET, grantee: bob.key };
    expect(await granted()).toBe(false);
    expect(await alice.outcome('grant', encodeGrant(body))).toBe('applied');
    expect(await granted()).toBe(true);
    expect(await bob.outcome('revoke', encodeRevoke(body))).toBe('not_authorised');
    expect(await granted()).toBe(true);
    expect(await alice.outcome('revoke', encodeRevoke(body))).toBe('applied');
    expect(await granted()).toBe(false);
  }, 60_000);

  it('is neither granted by another, nor revoked from whom it was not granted to, nor granted unlisted', async () => {
    const body = { dataset: DATASET, grantee: bob.key };
    expect(await bob.outcome('grant', encodeGrant(body))).toBe('not_authorised');
    expect(await alice.outcome('revoke', encodeRevoke(body))).toBe('unknown_grant');
    expect(await alice.outcome('grant', encodeGrant({ ...body, dataset: UNLISTED }))).toBe('unknown_dataset');
    expect(await granted()).toBe(false);
  }, 60_000);

  it('is flagged as junk by bonded accounts, each once', async () => {
    const flag = encodeJunkFlag({ dataset: DATASET, report: REPORT });
    expect(await bob.outcome('junkFlag', flag)).toBe('insufficient_bond');
    expect(await bob.outcome('bond', encodeBond({ amountZhi: 50n as Zhi }))).toBe('applied');
    expect(await bob.outcome('junkFlag', encodeJunkFlag({ dataset: UNLISTED, report: REPORT }))).toBe(
      'unknown_dataset',
    );
    expect(await listed()).toMatchObject({ junkFlags: 0 });
    expect(await bob.outcome('junkFlag', flag)).toBe('applied');
    expect(await bob.outcome('junkFlag', flag)).toBe('already_flagged');
    expect(await listed()).toMatchObject({ owner: alice.key, junkFlags: 1 });
    const key = flagKey(DATASET, bob.key);
    expect(junkFlags.read(await recordsAt({ kind: 'junkFlag', key }), key)).toMatchObject({
      report: REPORT,
      bondedZhi: 50n,
    });
  }, 60_000);
});

describe('a model', () => {
  const MODEL = taggedHash('HAI/test-model');
  const body = (change: Partial<ModelList> = {}) =>
    encodeModelList({ model: MODEL, royaltyBp: 100, commitment: fieldBytes(7n), ...change });
  const stored = async () => models.read(await recordsAt({ kind: 'model', key: MODEL }), MODEL);

  it('is listed with its royalty and its place among the commitments', async () => {
    expect(await alice.outcome('modelList', body())).toBe('applied');
    expect(await stored()).toEqual({ owner: alice.key, royaltyBp: 100, commitment: fieldBytes(7n), index: 0n });
    expect(await alice.outcome('modelList', body({ royaltyBp: 200 }))).toBe('applied');
    expect(await stored()).toMatchObject({ royaltyBp: 200, index: 0n });
  }, 60_000);

  it('is not listed by another, with another commitment or none, nor at too high a royalty', async () => {
    expect(await bob.outcome('modelList', body())).toBe('model_taken');
    expect(await alice.outcome('modelList', body({ commitment: fieldBytes(8n) }))).toBe('hash_mismatch');
    expect(await alice.outcome('modelList', body({ royaltyBp: ROYALTY_BP_MAX + 1 }))).toBe('royalty_out_of_range');
    const none = { model: UNLISTED, commitment: fieldBytes(0n) };
    expect(await alice.outcome('modelList', body(none))).toBe('commitment_invalid');
    expect(await stored()).toMatchObject({ owner: alice.key, royaltyBp: 200 });
  }, 60_000);
});
