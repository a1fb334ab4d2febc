/** A genesis made of its terms and of what a genesis file can't hold: keys, the time, and what the deployment says over the file. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { SYSTEM_ACCOUNT, type SystemAccountName } from './address.ts';
import { CodecError } from './codec.ts';
import {
  encodeGenesis,
  type Genesis,
  type GovernanceTerms,
  genesisFault,
  SCHEDULED_GRANTS,
  type SwapTerms,
  type VestingSchedule,
} from './genesis.ts';
import { taggedHash } from './hash.ts';
import { DEFAULT_REGION, REGIONS, type Region, regionNumber } from './regions.ts';
import type { UnixMs, Zhi } from './units.ts';

/** What a genesis may allocate: what is minted over time, and what backs a token that is taken over. */
export const ALLOCATED_ACCOUNTS = [
  'minerPool',
  ...SCHEDULED_GRANTS,
  'marketing',
  'swap',
] as const satisfies readonly SystemAccountName[];
export type AllocatedAccount = (typeof ALLOCATED_ACCOUNTS)[number];

export interface FoundingAllocation {
  readonly account: AllocatedAccount;
  readonly amountZhi: Zhi;
}

export interface FoundingVesting extends Omit<VestingSchedule, 'beneficiary'> {
  /** Without one the grant stays locked. */
  readonly beneficiary: Uint8Array | undefined;
}

export interface FoundingTerms {
  readonly profile: Genesis['profile'];
  readonly network: string;
  readonly allocations: readonly FoundingAllocation[];
  readonly vesting: readonly FoundingVesting[];
  readonly baseFeeZhi: Zhi;
  readonly epochMs: UnixMs;
  readonly reservationZhiPerHour: Zhi;
  readonly askZhiPerMcycle: Zhi;
  readonly rateCyclesPerSecond: bigint;
  /** Of each region; SEATS in all. */
  readonly seats: ReadonlyMap<Region, number>;
  readonly governance: GovernanceTerms;
  readonly swap: SwapTerms;
  /** The allocation that the faucet's key has, on a development network. */
  readonly faucet: AllocatedAccount | undefined;
}

/** Public keys of one region. */
export interface RegionKeys {
  /** As many as the terms give the region seats. */
  readonly seats: readonly Uint8Array[];
  readonly searcher: Uint8Array;
  readonly checker: Uint8Array;
  readonly checkerSealKey: Uint8Array;
  readonly provider: Uint8Array;
  readonly providerSealKey: Uint8Array;
}

export interface Founding {
  readonly createdMs: UnixMs;
  readonly faucet: Uint8Array;
  readonly webhook: Uint8Array;
  readonly log: Uint8Array;
  /** By grant; over the file's. */
  readonly beneficiaries: ReadonlyMap<string, Uint8Array>;
  /** Over the file's. */
  readonly rateCyclesPerSecond?: bigint | undefined;
  keysOf(region: Region): RegionKeys;
}

/** The account that an allocation goes to. */
export const allocatedKey = (terms: FoundingTerms, account: AllocatedAccount, faucet: Uint8Array): Uint8Array =>
  terms.faucet === account ? faucet : SYSTEM_ACCOUNT[account];

/** Whether it can start a network, `genesisFault` says. */
export function genesisOf(terms: FoundingTerms, founding: Founding): Genesis {
  const { keysOf, faucet, createdMs } = founding;
  const home = regionNumber(DEFAULT_REGION);
  const { profile, network, baseFeeZhi, epochMs, reservationZhiPerHour, swap, governance } = terms;
  return {
    version: 1,
    network,
    profile,
    mode: 'hosted',
    createdMs,
    sequencerRegion: home,
    baseFeeZhi,
    epochMs,
    reservationZhiPerHour,
    vesting: vestingOf(terms, founding),
    seats: REGIONS.flatMap((region) => keysOf(region).seats.map((key) => ({ key, region: regionNumber(region) }))),
    regions: REGIONS.map((region) => {
      const { searcher, checker, checkerSealKey } = keysOf(region);
      return { region: regionNumber(region), searcher, checker, checkerSealKey };
    }),
    providers: REGIONS.map((region) => ({
      key: keysOf(region).provider,
      sealKey: keysOf(region).providerSealKey,
      region: regionNumber(region),
      askZhiPerMcycle: terms.askZhiPerMcycle,
      rateCyclesPerSecond: founding.rateCyclesPerSecond ?? terms.rateCyclesPerSecond,
    })),
    allocations: terms.allocations.map(({ account, amountZhi }) => ({
      account: allocatedKey(terms, account, faucet),
      amount: amountZhi,
      homeRegion: home,
    })),
    webhookKey: founding.webhook,
    logKey: founding.log,
    swap,
    governance,
  };
}

/**
 * Whom the grants pay: the deployment's word, then the file's. On a development network the faucet's key stands for whoever is not
 * named; elsewhere a grant without a beneficiary stays locked.
 */
function vestingOf(terms: FoundingTerms, { beneficiaries, faucet }: Founding): Genesis['vesting'] {
  const stand = terms.faucet === undefined ? undefined : faucet;
  return terms.vesting.flatMap(({ beneficiary, ...schedule }) => {
    const paid = beneficiaries.get(schedule.grant) ?? beneficiary ?? stand;
    return paid ? [{ ...schedule, beneficiary: paid }] : [];
  });
}

/** Stands for a key that nobody has made yet. */
const placeholder = (name: string): Uint8Array => taggedHash('HAI/placeholder/1', utf8ToBytes(name));

const placeholders = (terms: FoundingTerms): Founding => ({
  createdMs: 0n as UnixMs,
  faucet: placeholder('faucet'),
  webhook: placeholder('webhook'),
  log: placeholder('log'),
  beneficiaries: new Map(terms.vesting.map(({ grant, beneficiary }) => [grant, beneficiary ?? placeholder(grant)])),
  keysOf: (region) => ({
    seats: Array.from({ length: terms.seats.get(region) ?? 0 }, (_, seat) => placeholder(`${region} seat ${seat}`)),
    searcher: placeholder(`${region} searcher`),
    checker: placeholder(`${region} checker`),
    checkerSealKey: placeholder(`${region} checker seal`),
    provider: placeholder(`${region} provider`),
    providerSealKey: placeholder(`${region} provider seal`),
  }),
});

/** Why no network can be founded on the terms, whatever its keys and its time will be; or undefined. */
export function foundingFault(terms: FoundingTerms): string | undefined {
  const genesis = genesisOf(terms, placeholders(terms));
  try {
    encodeGenesis(genesis);
  } catch (error) {
    if (error instanceof CodecError) return error.message;
    throw error;
  }
  return genesisFault(genesis);
}
