/** What a genesis must hold to whatever it was made of, and that terms which can't give such a one are known before any key is made. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { foundingFault, genesisOf } from '../../../protocol/found-genesis.ts';
import { type Genesis, genesisFault, type SwapTerms } from '../../../protocol/genesis.ts';
import { RESERVATION_ZHI_PER_HOUR } from '../../../protocol/governance/ranges.ts';
import type { SetParts } from '../../../protocol/swap/set-parts.ts';
import type { Zhi } from '../../../protocol/units.ts';
import { shippedTerms, strangersFounding } from '../../support/founding.ts';
import { testNetwork } from '../../support/network.ts';

describe('a genesis', () => {
  const { genesis } = testNetwork();
  const home = { homeRegion: 3 };
  const [pool, ...others] = genesis.allocations;
  const backing = 1_000n;
  const allocations = [
    ...others,
    { account: SYSTEM_ACCOUNT.minerPool, amount: ((pool?.amount ?? 0n) - backing) as Zhi, ...home },
    { account: SYSTEM_ACCOUNT.swap, amount: backing as Zhi, ...home },
  ];
  const named = { evmChainId: 1n, token: new Uint8Array(20).fill(7) };
  const swapFault = (change: Partial<SwapTerms>, of: Partial<Genesis> = { allocations }) =>
    genesisFault({ ...genesis, ...of, swap: { ...named, snapshot: undefined, ...change } });
  const set = (totalZhi: bigint): SetParts => ({
    records: 3,
    totalZhi: totalZhi as Zhi,
    merkleRoot: new Uint8Array(32).fill(5),
  });

  test('backs the snapshot of a token with what the swap account has', () => {
    expect(swapFault({ snapshot: set(backing) })).toBeUndefined();
    expect(swapFault({ snapshot: set(backing + 1n) })).toContain('a snapshot above');
    expect(swapFault({ snapshot: set(3n) }, {})).toContain('a snapshot above');
  });

  test('names a token with its chain, and a snapshot that is a set, or none', () => {
    expect(swapFault({})).toBeUndefined();
    expect(swapFault({ evmChainId: 0n })).toContain('a token without its chain');
    expect(swapFault({ token: new Uint8Array(20) })).toContain('a chain without a token');
    const { evmChainId, token: nobody } = genesis.swap;
    expect(swapFault({ evmChainId, token: nobody, snapshot: set(3n) })).toBe('a snapshot of no token');
    expect(swapFault({ snapshot: set(0n) })).toContain('3 records that sum to 0 zhi');
    expect(swapFault({ snapshot: { ...set(3n), records: 0 } })).toContain('0 records');
    expect(swapFault({ snapshot: { ...set(3n), merkleRoot: new Uint8Array(32) } })).toContain('without a tree');
  });

  test('charges what a vote could have set', () => {
    const faultOf = (change: Partial<Genesis>) => genesisFault({ ...genesis, ...change });
    expect(faultOf({ baseFeeZhi: 100_000_000n as Zhi })).toBeUndefined();
    expect(faultOf({ baseFeeZhi: 100_000_001n as Zhi })).toContain('baseFeeZhi of 100000001');
    expect(faultOf({ baseFeeZhi: 0n as Zhi })).toContain('baseFeeZhi of 0');
    const dearest = RESERVATION_ZHI_PER_HOUR.to;
    expect(faultOf({ reservationZhiPerHour: dearest as Zhi })).toBeUndefined();
    expect(faultOf({ reservationZhiPerHour: (dearest + 1n) as Zhi })).toContain('reservationZhiPerHour');
  });
});

describe('terms that no field is wrong in', () => {
  test('are held to all that a genesis is held to, with keys that stand for those to come', () => {
    for (const profile of ['production', 'development'] as const) {
      const terms = shippedTerms(profile);
      expect(foundingFault(terms)).toBeUndefined();
      expect(foundingFault({ ...terms, seats: new Map() })).toContain('0 seats');
      expect(foundingFault({ ...terms, rateCyclesPerSecond: 1n << 64n })).toContain('not a u64');
      const [first] = terms.vesting;
      expect(foundingFault({ ...terms, vesting: [first, first] as typeof terms.vesting })).toContain('two schedules');
    }
  });

  test('give the founded genesis what the deployment says over the file', () => {
    const terms = shippedTerms();
    const genesis = genesisOf(terms, strangersFounding(terms));
    expect(genesis.vesting).toEqual([]);
    const paid = new Map([['founders', SYSTEM_ACCOUNT.burned]]);
    const toSystem = genesisOf(terms, { ...strangersFounding(terms), beneficiaries: paid, rateCyclesPerSecond: 0n });
    expect(genesisFault(toSystem)).toContain('a provider of rate 0');
    expect(genesisFault({ ...toSystem, providers: genesis.providers })).toBe('a grant to the system itself');
  });
});
