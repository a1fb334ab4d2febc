/** Founds the network: collects the public keys of all regions' roles, writes the genesis, and lets D1 decide who was first. */
import { SYSTEM_ACCOUNT, type SystemAccountName } from '../../../protocol/address.ts';
import { encodeGenesis, type Genesis, SEATS } from '../../../protocol/genesis.ts';
import { ZERO_HASH } from '../../../protocol/hash.ts';
import { DEFAULT_REGION, REGIONS, type Region, regionNumber } from '../../../protocol/regions.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { SUPPLY_ZHI, type UnixMs, ZHI_PER_HAI, type Zhi } from '../../../protocol/units.ts';
import { parseBeneficiaries, VESTING_TERMS } from '../../../protocol/vesting.ts';
import type { RegionContext } from '../context.ts';
import type { RegionPublicKeys } from '../keyring.ts';

/** 13 = 9 + 4: one seat a region, and a second where most traffic comes from; at most f = 4 a region. */
const SECOND_SEAT: readonly Region[] = ['wnam', 'enam', 'weur', 'apac'];
const seatsOf = (region: Region): number => (SECOND_SEAT.includes(region) ? 2 : 1);

/** 1 HAI a 10^9 cycles. */
const ASK_ZHI_PER_MCYCLE = 100_000n as Zhi;
/** Cycles a second of one hosted provider, when whoever deploys did not measure: the slowest of our test machines, rounded down. */
const RATE_CYCLES_PER_SECOND = 10_000_000n;
const BASE_FEE_ZHI = 1_000n as Zhi;
/** What a hosted provider earns in an hour of work: 36 * 10^9 cycles at the rate and the ask above. */
const RESERVATION_ZHI_PER_HOUR = (36n * ZHI_PER_HAI) as Zhi;
const EPOCH_MS = { production: 3_600_000n, development: 60_000n };
/** No token is taken over until a founder names one. */
const NO_SWAP: Genesis['swap'] = {
  evmChainId: 0n,
  token: new Uint8Array(20),
  snapshotRoot: ZERO_HASH,
  snapshotZhi: 0n as Zhi,
};
/** A week to vote, two days to leave or to object before a change holds; a tenth of the stake at least. */
const GOVERNANCE = {
  production: {
    votingMs: 604_800_000n as UnixMs,
    delayMs: 172_800_000n as UnixMs,
    turnoutMillionths: 100_000,
  },
  development: { votingMs: 10_000n as UnixMs, delayMs: 2_000n as UnixMs, turnoutMillionths: 100_000 },
};

/** White paper 5.2, in percent of the supply. */
const ALLOCATION_PERCENT: readonly (readonly [SystemAccountName, bigint])[] = [
  ['minerPool', 90n],
  ['founders', 6n],
  ['devAndOps', 1n],
  ['foundation', 1n],
  ['operationsTeam', 1n],
  ['marketing', 1n],
];

async function genesisOf(context: RegionContext, nowMs: number): Promise<Genesis> {
  const keys = new Map<Region, RegionPublicKeys>();
  for (const region of REGIONS) {
    const asked = region === DEFAULT_REGION ? context.keyring : context.peer(region);
    keys.set(region, await asked.publicKeys(seatsOf(region)));
  }
  const of = (region: Region): RegionPublicKeys => keys.get(region) as RegionPublicKeys;
  const home = regionNumber(DEFAULT_REGION);
  const rate = BigInt(context.env.HOSTED_RATE ?? RATE_CYCLES_PER_SECOND);
  return {
    version: 1,
    network: context.isDevelopment ? 'hai-development' : 'hai',
    profile: context.isDevelopment ? 'development' : 'production',
    mode: 'hosted',
    createdMs: BigInt(nowMs) as UnixMs,
    sequencerRegion: home,
    baseFeeZhi: BASE_FEE_ZHI,
    epochMs: EPOCH_MS[context.isDevelopment ? 'development' : 'production'] as UnixMs,
    reservationZhiPerHour: RESERVATION_ZHI_PER_HOUR,
    vesting: vestingOf(context),
    seats: REGIONS.flatMap((region) => of(region).seats.map((key) => ({ key, region: regionNumber(region) }))).slice(
      0,
      SEATS,
    ),
    regions: REGIONS.map((region) => {
      const { searcher, checker, checkerSealKey } = of(region);
      return { region: regionNumber(region), searcher, checker, checkerSealKey };
    }),
    providers: REGIONS.map((region) => ({
      key: of(region).provider,
      sealKey: of(region).providerSealKey,
      region: regionNumber(region),
      askZhiPerMcycle: ASK_ZHI_PER_MCYCLE,
      rateCyclesPerSecond: rate,
    })),
    allocations: ALLOCATION_PERCENT.map(([name, percent]) => ({
      // A development network's faucet pays out of the marketing grant.
      account:
        name === 'marketing' && context.isDevelopment ? context.keyring.publicKey('faucet') : SYSTEM_ACCOUNT[name],
      amount: ((SUPPLY_ZHI * percent) / 100n) as Zhi,
      homeRegion: home,
    })),
    webhookKey: context.keyring.publicKey('webhook'),
    logKey: context.keyring.publicKey('log'),
    swap: NO_SWAP,
    governance: GOVERNANCE[context.isDevelopment ? 'development' : 'production'],
  };
}

/**
 * On a development network the faucet's key stands for all beneficiaries, so that claims can be tried. Elsewhere whoever founds
 * the network names them; a grant without one stays locked.
 */
function vestingOf(context: RegionContext): Genesis['vesting'] {
  const named = parseBeneficiaries(context.env.BENEFICIARIES ?? '');
  return VESTING_TERMS.flatMap((terms) => {
    const beneficiary =
      named.get(terms.grant) ?? (context.isDevelopment ? context.keyring.publicKey('faucet') : undefined);
    return beneficiary ? [{ ...terms, beneficiary }] : [];
  });
}

/** Canonical bytes of the network's genesis, founded now if there was none. Idempotent under concurrent calls and crashes. */
export async function foundNetwork(context: RegionContext, nowMs: number): Promise<Uint8Array> {
  const existing = await context.ledger.genesis();
  if (existing) return existing;
  const genesis = await genesisOf(context, nowMs);
  return context.ledger.start(encodeGenesis(genesis), initialState(genesis).accounts());
}
