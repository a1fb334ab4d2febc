/** Units, addresses, regions, errors, the genesis: small closed things. */
import { bech32, bech32m } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf, parseAddress, SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { APPLIED, codeOfNumber, ERRORS, type ErrorCode, errorNumber, errorRow } from '../../../protocol/errors.ts';
import { decodeGenesis, encodeGenesis, type Genesis, genesisFault, genesisHash } from '../../../protocol/genesis.ts';
import { compareBytes, domain, equalBytes, taggedHash } from '../../../protocol/hash.ts';
import { REGIONS, regionDistance, regionNumber, regionOf, regionOfPlace } from '../../../protocol/regions.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import {
  blockHeight,
  durationMs,
  formatHai,
  type HpuCycles,
  hpuCycles,
  parseHai,
  priceOf,
  SUPPLY_ZHI,
  unixMs,
  type Zhi,
  zhi,
} from '../../../protocol/units.ts';
import { testNetwork } from '../../support/network.ts';

describe('units', () => {
  test('HAI text and zhi are one to one', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: SUPPLY_ZHI }), (amount) => {
        expect(parseHai(formatHai(amount).replace(' HAI', ''))).toBe(amount);
      }),
    );
    expect(formatHai(1_234_500_000n)).toBe('12.34500000 HAI');
    expect(formatHai(-1n)).toBe('-0.00000001 HAI');
    expect(parseHai('1.5')).toBe(150_000_000n);
  });

  test.each(['', '-1', '+1', '1.', '.5', '1e3', ' 1', '1,5', '0.123456789', '10000000000.00000001', '0x1', '１'])(
    '%j is no amount',
    (text) => {
      expect(parseHai(text)).toBeUndefined();
    },
  );

  test('stay in range', () => {
    expect(() => zhi(-1n)).toThrow(RangeError);
    expect(() => zhi(SUPPLY_ZHI + 1n)).toThrow(RangeError);
    for (const unit of [hpuCycles, blockHeight, unixMs]) {
      expect(() => unit(-1n)).toThrow(RangeError);
      expect(() => unit(1n << 64n)).toThrow(RangeError);
      expect(unit((1n << 64n) - 1n)).toBe((1n << 64n) - 1n);
    }
  });

  test('prices and durations are rounded up, by less than one', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 1n << 40n), fc.bigInt(1n, 10n ** 12n), (cycles, rate) => {
        const exact = cycles * rate;
        const price = priceOf(cycles as HpuCycles, rate as Zhi);
        expect(price * 1_000_000n >= exact && (price - 1n) * 1_000_000n < exact).toBe(true);
        const duration = durationMs(cycles as HpuCycles, rate);
        expect(duration * rate >= cycles * 1000n && (duration - 1n) * rate < cycles * 1000n).toBe(true);
      }),
    );
  });
});

describe('addresses', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

  test('are one to one with keys', () => {
    fc.assert(fc.property(key, (account) => void expect(parseAddress(addressOf(account))).toEqual(account)));
  });

  test('one changed character is no address', () => {
    fc.assert(
      fc.property(key, fc.nat(), fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l'), (account, at, character) => {
        const address = addressOf(account);
        const place = at % address.length;
        const changed = address.slice(0, place) + character + address.slice(place + 1);
        if (changed !== address) expect(parseAddress(changed)).toBeUndefined();
      }),
    );
  });

  test('other spellings, prefixes, checksums and lengths are none', () => {
    const account = new Uint8Array(32).fill(1);
    const address = addressOf(account);
    const words = bech32m.toWords(account);
    const others = [
      address.toUpperCase(),
      ` ${address}`,
      `${address} `,
      '',
      'hai1',
      bech32.encode('hai', words),
      bech32m.encode('bc', words),
    ];
    others.push(bech32m.encode('hai', bech32m.toWords(account.subarray(1))), bech32m.encode('hai', [...words, 0]));
    for (const text of others) expect(parseAddress(text)).toBeUndefined();
  });

  test('system accounts are distinct, and accounts of the genesis', () => {
    const addresses = Object.values(SYSTEM_ACCOUNT).map(addressOf);
    expect(new Set(addresses).size).toBe(14);
    const state = initialState(testNetwork().genesis);
    for (const account of Object.values(SYSTEM_ACCOUNT)) expect(state.account(account)).toBeDefined();
  });
});

describe('regions', () => {
  test('numbers and names agree', () => {
    REGIONS.forEach((region, number) => {
      expect(regionNumber(region)).toBe(number);
      expect(regionOf(number)).toBe(region);
    });
    expect(() => regionOf(9)).toThrow(RangeError);
  });

  test('distance is symmetric, zero to itself alone', () => {
    for (let a = 0; a < 9; a++) {
      for (let b = 0; b < 9; b++) {
        expect(regionDistance(a, b)).toBe(regionDistance(b, a));
        expect(regionDistance(a, b) === 0).toBe(a === b);
      }
    }
    // Across the date line, not around the world.
    expect(regionDistance(regionNumber('oc'), regionNumber('wnam'))).toBeLessThan(150 ** 2);
  });

  test.each([
    ['NA', 'US', '-122', 'wnam'],
    ['NA', 'US', '-74', 'enam'],
    ['NA', 'US', undefined, 'enam'],
    ['SA', 'BR', '-46', 'sam'],
    ['EU', 'DE', '13', 'weur'],
    ['EU', 'PL', '21', 'eeur'],
    ['AS', 'CN', '116', 'apac'],
    ['AS', 'AE', '54', 'me'],
    ['AF', 'EG', '31', 'me'],
    ['AF', 'NG', '3', 'afr'],
    ['OC', 'AU', '151', 'oc'],
    ['AN', 'AQ', '0', 'weur'],
    [undefined, undefined, undefined, 'weur'],
  ] as const)('%s %s %s is served by %s', (continent, country, longitude, region) => {
    const place = { ...(continent && { continent }), ...(country && { country }), ...(longitude && { longitude }) };
    expect(regionOfPlace(place)).toBe(region);
  });
});

describe('errors', () => {
  const rows = Object.entries(ERRORS).map(([number, row]) => ({ number: Number(number), ...row }));

  test('a number for each code and a code for each number', () => {
    expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length);
    for (const { number, code } of rows) {
      expect(errorNumber(code as ErrorCode)).toBe(number);
      expect(codeOfNumber(number)).toBe(code);
      expect(errorRow(code as ErrorCode).http).toBeGreaterThanOrEqual(400);
      expect(number).not.toBe(APPLIED);
      // Outcomes are u16, and the ledger's CHECK keeps them below 1000.
      expect(number).toBeLessThan(1000);
    }
    expect(codeOfNumber(0)).toBeUndefined();
    expect(codeOfNumber(999)).toBeUndefined();
  });
});

describe('hash', () => {
  test('a tag is a domain: no tag is a prefix of another', () => {
    expect(taggedHash('a', Uint8Array.of(98))).not.toEqual(taggedHash('ab'));
    expect(domain('ab')).toEqual(Uint8Array.of(2, 97, 98));
  });

  test('byte order and equality', () => {
    const bytes = fc.uint8Array({ maxLength: 4, max: 2 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(compareBytes(a, b) === 0).toBe(equalBytes(a, b));
        expect(Math.sign(compareBytes(a, b))).toBe(-Math.sign(compareBytes(b, a)) || 0);
        expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(Buffer.compare(a, b)));
      }),
    );
  });
});

describe('genesis', () => {
  const { genesis, bytes, hash } = testNetwork();

  test('decodes from its own bytes alone, and its hash names the network', () => {
    expect(decodeGenesis(bytes)).toEqual(genesis);
    expect(genesisHash(genesis)).toEqual(hash);
    expect(() => decodeGenesis(bytes.subarray(1))).toThrow();
    expect(testNetwork('other').hash).not.toEqual(hash);
  });

  const seat = genesis.seats[0] as Genesis['seats'][0];
  const provider = genesis.providers[0] as Genesis['providers'][0];
  const allocation = genesis.allocations[0] as Genesis['allocations'][0];
  test.each<[string, Partial<Genesis>]>([
    ['unknown version', { version: 2 }],
    ['12 seats, not 13', { seats: genesis.seats.slice(1) }],
    ['one key holds two seats', { seats: [seat, ...genesis.seats.slice(0, 12)] }],
    ['one key is two providers', { providers: [provider, provider] }],
    ['one account is allocated twice', { allocations: [allocation, ...genesis.allocations] }],
    ['the sequencer is in no region', { sequencerRegion: 8 }],
    ['a provider of rate 0', { providers: [{ ...provider, rateCyclesPerSecond: 0n }] }],
    ['a region that does not exist', { providers: [{ ...provider, region: 9 }] }],
    ['a region that does not exist', { seats: [{ ...seat, region: 255 }, ...genesis.seats.slice(1)] }],
    [
      'a region that does not exist',
      { allocations: [{ ...allocation, homeRegion: 9 }, ...genesis.allocations.slice(1)] },
    ],
    ['allocations sum to', { allocations: genesis.allocations.slice(1) }],
  ])('%s', (why, change) => {
    const changed = { ...genesis, ...change };
    expect(genesisFault(changed)).toContain(why);
    expect(() => decodeGenesis(encodeGenesis(changed))).toThrow(why);
  });
});
