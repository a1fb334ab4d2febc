/** DatasetList, Grant, Revoke, JunkFlag, ModelList: who owns what, who may use it, and who said what of it. */
import { bn254_Fr as Fr } from '@noble/curves/bn254.js';
import { describe, expect, test } from 'vitest';
import { taggedHash, ZERO_HASH } from '../../../protocol/hash.ts';
import { fieldBytes } from '../../../protocol/poseidon.ts';
import { datasets, flagKey, isGranted, junkFlags } from '../../../protocol/record/dataset.ts';
import { models, ROYALTY_BP_MAX } from '../../../protocol/record/model.ts';
import { appended, commitmentRoot, frontierOf, NO_COMMITMENTS } from '../../../protocol/state/commitments.ts';
import { encodeBond } from '../../../protocol/tx/bond.ts';
import { encodeDatasetList } from '../../../protocol/tx/dataset-list.ts';
import { encodeGrant } from '../../../protocol/tx/grant.ts';
import { encodeJunkFlag } from '../../../protocol/tx/junk-flag.ts';
import { encodeModelList, type ModelList } from '../../../protocol/tx/model-list.ts';
import { encodeRevoke } from '../../../protocol/tx/revoke.ts';
import { SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { StakeChain } from '../../support/stakes.ts';

const dataset = taggedHash('HAI/test-data');
const other = taggedHash('HAI/test-data-2');
const report = taggedHash('HAI/test-report');
const list = (priceZhi = 5n, key = dataset) => encodeDatasetList({ dataset: key, priceZhi: priceZhi as Zhi });

function listed(): StakeChain {
  const chain = new StakeChain();
  chain.do(chain.alice, 'datasetList', list());
  return chain;
}

describe('DatasetList', () => {
  test('names an owner and a price, which the owner may change', () => {
    const chain = listed();
    expect(datasets.read(chain.state, dataset)).toEqual({ owner: chain.alice.key, priceZhi: 5n, junkFlags: 0 });
    chain.do(chain.alice, 'datasetList', list(SUPPLY_ZHI));
    expect(datasets.read(chain.state, dataset)?.priceZhi).toBe(SUPPLY_ZHI);
  });

  test('refuses another’s data set and a price above the supply', () => {
    const chain = listed();
    chain.refuses('dataset_taken', chain.bob, 'datasetList', list());
    chain.refuses('amount_out_of_range', chain.alice, 'datasetList', list(SUPPLY_ZHI + 1n));
    chain.do(chain.bob, 'datasetList', list(0n, other));
  });
});

describe('Grant and Revoke', () => {
  const pair = (chain: StakeChain, key = dataset) => ({ dataset: key, grantee: chain.bob.key });

  test('begin and end a grantee’s use, as often as the owner likes', () => {
    const chain = listed();
    const granted = () => isGranted(chain.state, dataset, chain.bob.key);
    expect(granted()).toBe(false);
    chain.do(chain.alice, 'grant', encodeGrant(pair(chain)));
    expect([granted(), isGranted(chain.state, dataset, chain.alice.key)]).toEqual([true, false]);
    chain.do(chain.alice, 'revoke', encodeRevoke(pair(chain)));
    expect(granted()).toBe(false);
    chain.do(chain.alice, 'grant', encodeGrant(pair(chain)));
    expect(granted()).toBe(true);
  });

  test('refuse an unknown data set, anybody but the owner, and a grant that is not there', () => {
    const chain = listed();
    for (const [type, encode] of [
      ['grant', encodeGrant],
      ['revoke', encodeRevoke],
    ] as const) {
      chain.refuses('unknown_dataset', chain.alice, type, encode(pair(chain, other)));
      chain.refuses('not_authorised', chain.bob, type, encode(pair(chain)));
    }
    chain.refuses('unknown_grant', chain.alice, 'revoke', encodeRevoke(pair(chain)));
    chain.do(chain.alice, 'grant', encodeGrant(pair(chain)));
    chain.do(chain.alice, 'revoke', encodeRevoke(pair(chain)));
    chain.refuses('unknown_grant', chain.alice, 'revoke', encodeRevoke(pair(chain)));
  });
});

describe('JunkFlag', () => {
  const flag = (key = dataset) => encodeJunkFlag({ dataset: key, report });

  test('counts each bonded account once, and outlasts a new price', () => {
    const chain = listed();
    for (const [i, by] of [chain.alice, chain.bob].entries()) {
      chain.do(by, 'bond', encodeBond({ amountZhi: 10n as Zhi }));
      chain.do(by, 'junkFlag', flag());
      expect(datasets.read(chain.state, dataset)?.junkFlags).toBe(i + 1);
      chain.refuses('already_flagged', by, 'junkFlag', flag());
    }
    expect(junkFlags.read(chain.state, flagKey(dataset, chain.bob.key))).toMatchObject({ report, bondedZhi: 10n });
    chain.do(chain.alice, 'datasetList', list(9n));
    expect(datasets.read(chain.state, dataset)?.junkFlags).toBe(2);
  });

  test('refuses whoever has nothing at stake, and what is not listed', () => {
    const chain = listed();
    chain.refuses('insufficient_bond', chain.bob, 'junkFlag', flag());
    chain.do(chain.bob, 'bond', encodeBond({ amountZhi: 1n as Zhi }));
    chain.refuses('unknown_dataset', chain.bob, 'junkFlag', flag(other));
  });
});

describe('ModelList', () => {
  const model = taggedHash('HAI/test-model');
  const commitment = fieldBytes(7n);
  const body = (change: Partial<ModelList> = {}) => encodeModelList({ model, royaltyBp: 250, commitment, ...change });

  test('appends the commitment, which the header’s root is over', () => {
    const chain = new StakeChain();
    expect(chain.build([chain.fund(chain.bob, 1n)]).block.header.commitmentRoot).toEqual(ZERO_HASH);
    chain.forgetUnsealed();
    chain.do(chain.alice, 'modelList', body());
    chain.do(chain.bob, 'modelList', body({ model: other, commitment: fieldBytes(8n) }));
    const frontier = appended(appended(NO_COMMITMENTS, commitment), fieldBytes(8n));
    expect(frontierOf(chain.state)).toEqual(frontier);
    expect(models.read(chain.state, other)).toMatchObject({ owner: chain.bob.key, royaltyBp: 250, index: 1n });
    const { header } = chain.build([chain.fund(chain.bob, 1n)]).block;
    expect(header.commitmentRoot).toEqual(commitmentRoot(frontier));
  });

  test('again changes the royalty alone', () => {
    const chain = new StakeChain();
    chain.do(chain.alice, 'modelList', body());
    chain.do(chain.alice, 'modelList', body({ royaltyBp: 0 }));
    expect(models.read(chain.state, model)).toMatchObject({ royaltyBp: 0, index: 0n });
    expect(frontierOf(chain.state).count).toBe(1n);
    chain.refuses('hash_mismatch', chain.alice, 'modelList', body({ commitment: fieldBytes(9n) }));
    chain.refuses('model_taken', chain.bob, 'modelList', body());
    chain.refuses('model_taken', chain.bob, 'modelList', body({ commitment: fieldBytes(9n) }));
  });

  test.each<[string, Partial<ModelList>, string]>([
    ['a royalty above the most', { royaltyBp: ROYALTY_BP_MAX + 1 }, 'royalty_out_of_range'],
    ['a commitment of zero', { commitment: ZERO_HASH }, 'commitment_invalid'],
    ['the order of the field', { commitment: fieldBytes(Fr.ORDER) }, 'commitment_invalid'],
    ['32 bytes of ones', { commitment: new Uint8Array(32).fill(255) }, 'commitment_invalid'],
  ])('refuses %s', (_, change, code) => {
    const chain = new StakeChain();
    chain.refuses(code, chain.alice, 'modelList', body(change));
  });

  test('takes the largest royalty and the largest element', () => {
    const chain = new StakeChain();
    const most = body({ royaltyBp: ROYALTY_BP_MAX, commitment: fieldBytes(Fr.ORDER - 1n) });
    expect(chain.try(chain.alice, 'modelList', most).outcome).toEqual(['applied']);
  });
});
