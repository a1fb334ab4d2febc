import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { accountOfSeed } from '../../../clients/sdk/account.ts';
import type { Context } from '../../../clients/sdk/context.ts';
import { UntrustedError } from '../../../clients/sdk/errors.ts';
import { compareQuotes, computeQuote, recipientsOf } from '../../../clients/sdk/quotes.ts';
import { addressOf } from '../../../protocol/address.ts';
import { PRICE_TABLE_VERSION } from '../../../protocol/cycles.ts';
import { taggedHash } from '../../../protocol/hash.ts';
import { wireWorkOf, workOfWire } from '../../../protocol/order/wire-work.ts';
import { type Work, workCycles } from '../../../protocol/order/work.ts';
import { regionNumber, regionOf } from '../../../protocol/regions.ts';
import type { Zhi } from '../../../protocol/units.ts';
import type { WireQuote } from '../../../protocol/wire.ts';
import { testNetwork } from '../../support/network.ts';
import { SMALL_TRAIN } from '../../support/order-life.ts';

const network = testNetwork();
const account = accountOfSeed(taggedHash('test-seed'));
const contextAt = (region: 'weur' | 'oc') =>
  ({
    network: async () => ({ genesis: network.genesis, hash: network.hash, hex: '' }),
    homeRegion: async () => regionNumber(region),
    demander: () => account.publicKey,
  }) as unknown as Context;
const context = contextAt('weur');

async function honest(work: Work = SMALL_TRAIN) {
  const own = await computeQuote(context, 0n, work, SMALL_TRAIN);
  const told: WireQuote = {
    priceTableVersion: PRICE_TABLE_VERSION,
    cycles: own.cycles.toString(),
    homeRegion: 'weur',
    quotes: own.quotes.map(({ provider, priceZhi, durationMs }) => ({
      provider: addressOf(provider.key),
      region: regionOf(provider.region),
      priceZhi: priceZhi.toString(),
      durationMs: durationMs.toString(),
      sealKey: bytesToHex(provider.sealKey),
    })),
    checkerSealKey: bytesToHex(own.checkerSealKey),
  };
  return { own, told };
}

describe('a quote', () => {
  it('is recomputed from the table and the rule', async () => {
    const { own } = await honest();
    const cycles = workCycles(SMALL_TRAIN);
    expect(cycles).toMatchObject({ ok: true, value: own.cycles });
    expect(own.quotes).toHaveLength(4);
    expect(own.quotes.map(({ priceZhi }) => priceZhi)).toEqual([...own.quotes.map(({ priceZhi }) => priceZhi)].sort());
  });

  it('prices a prediction by the work behind its model', async () => {
    const predict: Work = { kind: 'predict', rows: 3, model: taggedHash('model') };
    const { own } = await honest(predict);
    expect(workCycles(predict, SMALL_TRAIN)).toMatchObject({ value: own.cycles });
    await expect(computeQuote(context, 0n, predict, undefined)).rejects.toMatchObject({ code: 'unknown_model' });
  });

  it('is refused for work out of range, and for a region without a checker', async () => {
    const tooMuch: Work = { ...SMALL_TRAIN, hidden: 0 };
    await expect(computeQuote(context, 0n, tooMuch, undefined)).rejects.toMatchObject({ code: 'work_invalid' });
    await expect(computeQuote(contextAt('oc'), 0n, SMALL_TRAIN, undefined)).rejects.toMatchObject({
      code: 'no_provider',
    });
  });
});

describe("the network's quote", () => {
  it('is taken when it is the rule’s, in whole or its best three', async () => {
    const { own, told } = await honest();
    compareQuotes(told, own);
    compareQuotes({ ...told, quotes: told.quotes.slice(0, 3) }, own);
  });

  it('is untrusted with any other word in it', async () => {
    const { own, told } = await honest();
    const [first, second, ...rest] = told.quotes as [WireQuote['quotes'][0], WireQuote['quotes'][0]];
    const stranger = taggedHash('stranger');
    const lies: Partial<WireQuote>[] = [
      { cycles: (own.cycles + 1n).toString() },
      { homeRegion: 'enam' },
      { checkerSealKey: bytesToHex(stranger) },
      { quotes: [second, first, ...rest] },
      { quotes: told.quotes.slice(0, 2) },
      { quotes: [...told.quotes, first] },
      { quotes: [{ ...first, provider: addressOf(stranger) }, second, ...rest] },
      { quotes: [{ ...first, region: 'oc' }, second, ...rest] },
      { quotes: [{ ...first, priceZhi: '0' }, second, ...rest] },
      { quotes: [{ ...first, durationMs: '0' }, second, ...rest] },
      // The lie that matters: a key of the network's own, to read what was sealed.
      { quotes: [{ ...first, sealKey: bytesToHex(stranger) }, second, ...rest] },
    ];
    for (const lie of lies) {
      expect(() => compareQuotes({ ...told, ...lie }, own), JSON.stringify(lie)).toThrow(UntrustedError);
    }
  });
});

describe('the keys to seal to', () => {
  it('are the best three within the limit, and the checker', async () => {
    const { own } = await honest();
    const sealKeys = own.quotes.map(({ provider }) => provider.sealKey);
    expect(recipientsOf(own, (10n ** 9n) as Zhi)).toEqual([...sealKeys.slice(0, 3), own.checkerSealKey]);
    const best = own.quotes[0]?.priceZhi as Zhi;
    const withinBest = own.quotes.filter(({ priceZhi }) => priceZhi <= best).map(({ provider }) => provider.sealKey);
    expect(recipientsOf(own, best)).toEqual([...withinBest.slice(0, 3), own.checkerSealKey]);
  });

  it('are none when the limit is below every quote', async () => {
    const { own } = await honest();
    expect(() => recipientsOf(own, 1n as Zhi)).toThrow('price limit is below');
  });
});

describe('work', () => {
  it('comes back from its JSON', () => {
    const predict: Work = { kind: 'predict', rows: 3, model: taggedHash('model') };
    for (const work of [{ ...SMALL_TRAIN, seed: 2n ** 64n - 1n }, predict]) {
      expect(workOfWire(JSON.parse(JSON.stringify(wireWorkOf(work))))).toEqual(work);
    }
  });
});
