/**
 * A network for tests: keys from names, a genesis of four regions, and transactions signed by hand. Pure protocol, so it runs
 * in Node and in workerd. `label` gives a second network keys of its own.
 */
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { sign } from '../../protocol/ed25519.ts';
import { encodeGenesis, type Genesis, genesisHash, SEATS } from '../../protocol/genesis.ts';
import { type Hash, taggedHash } from '../../protocol/hash.ts';
import { type Region, regionNumber } from '../../protocol/regions.ts';
import {
  chainIdOf,
  encodeTransaction,
  signingBytes,
  TX_VERSION,
  type UnsignedTransaction,
} from '../../protocol/tx/envelope.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import { type TxTypeName, txTypeNumber } from '../../protocol/tx/types.ts';
import { type BlockHeight, SUPPLY_ZHI, type UnixMs, type Zhi } from '../../protocol/units.ts';
import { VESTING_TERMS } from './founding.ts';
import { type KeyPair, keyPair } from './keys.ts';

export const TEST_REGIONS = ['weur', 'enam', 'apac', 'sam'] as const satisfies readonly Region[];
/** 2026-01-01T00:00:00Z. */
export const GENESIS_MS = 1_767_225_600_000n as UnixMs;
const BASE_FEE_ZHI = 1000n as Zhi;
export const EPOCH_MS = 60_000n as UnixMs;
export const VOTING_MS = 40_000n as UnixMs;
export const DELAY_MS = 20_000n as UnixMs;
export const RESERVATION_ZHI_PER_HOUR = 5_000n as Zhi;
/** Rates of 20 M cycles a second; asks rise with the index, so the first provider is everybody's first choice. */
const RATE = 20_000_000n;
const FIRST_ASK_ZHI = 1_000_000n;
const ASK_STEP_ZHI = 100_000n;

export interface TestNetwork {
  readonly label: string;
  readonly genesis: Genesis;
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  readonly seats: readonly KeyPair[];
  /** One for each of its regions. */
  readonly providers: readonly KeyPair[];
  readonly faucet: KeyPair;
  searcher(region: Region): KeyPair;
  checker(region: Region): KeyPair;
  /** A key pair of this network by name: the same name in another network is another key. */
  key(name: string): KeyPair;
}

/** 90% miner pool, 6% founders, 1% each of the rest; the faucet has what would be marketing's. */
function allocations(faucet: KeyPair): Genesis['allocations'] {
  const home = regionNumber('weur');
  const of = (account: Uint8Array, percent: bigint) => ({
    account,
    amount: ((SUPPLY_ZHI / 100n) * percent) as Zhi,
    homeRegion: home,
  });
  return [
    of(SYSTEM_ACCOUNT.minerPool, 90n),
    of(SYSTEM_ACCOUNT.founders, 6n),
    of(SYSTEM_ACCOUNT.devAndOps, 1n),
    of(SYSTEM_ACCOUNT.foundation, 1n),
    of(SYSTEM_ACCOUNT.operationsTeam, 1n),
    of(faucet.key, 1n),
  ];
}

export function testNetwork(
  label = 'test',
  change: Partial<Genesis> = {},
  regions: readonly Region[] = TEST_REGIONS,
): TestNetwork {
  const key = (name: string) => keyPair(`${label}/${name}`);
  const sealKey = (name: string) => taggedHash('HAI/test-seal-key', key(name).key);
  const searcher = (region: Region) => key(`searcher/${region}`);
  const checker = (region: Region) => key(`checker/${region}`);
  const seats = Array.from({ length: SEATS }, (_, i) => key(`seat/${i}`));
  const providers = regions.map((region) => key(`provider/${region}`));
  const faucet = key('faucet');
  const genesis: Genesis = {
    version: 1,
    network: `hai-${label}`,
    profile: 'development',
    mode: 'hosted',
    createdMs: GENESIS_MS,
    sequencerRegion: regionNumber('weur'),
    baseFeeZhi: BASE_FEE_ZHI,
    epochMs: EPOCH_MS,
    reservationZhiPerHour: RESERVATION_ZHI_PER_HOUR,
    vesting: [],
    seats: seats.map((seat, i) => ({ key: seat.key, region: regionNumber(regions[i % regions.length] as Region) })),
    regions: regions.map((region) => ({
      region: regionNumber(region),
      searcher: searcher(region).key,
      checker: checker(region).key,
      checkerSealKey: sealKey(`checker/${region}`),
    })),
    providers: providers.map((provider, i) => ({
      key: provider.key,
      sealKey: sealKey(`provider/${regions[i]}`),
      region: regionNumber(regions[i] as Region),
      askZhiPerMcycle: (FIRST_ASK_ZHI + BigInt(i) * ASK_STEP_ZHI) as Zhi,
      rateCyclesPerSecond: RATE,
    })),
    allocations: allocations(faucet),
    webhookKey: key('webhook').key,
    logKey: key('log').key,
    swap: { evmChainId: 0n, token: new Uint8Array(20), snapshot: undefined },
    governance: { votingMs: VOTING_MS, delayMs: DELAY_MS, turnoutMillionths: 100_000 },
    ...change,
  };
  const hash = genesisHash(genesis);
  return { label, genesis, bytes: encodeGenesis(genesis), hash, seats, providers, faucet, searcher, checker, key };
}

/** A network whose grants have schedules and beneficiaries: `key('beneficiary/founders')` and so on. */
export function vestingNetwork(label = 'vesting'): TestNetwork {
  const beneficiary = (grant: string) => keyPair(`${label}/beneficiary/${grant}`).key;
  return testNetwork(label, {
    vesting: VESTING_TERMS.map((terms) => ({ ...terms, beneficiary: beneficiary(terms.grant) })),
  });
}

export interface SignedParts {
  readonly by: KeyPair;
  readonly type: TxTypeName;
  readonly nonce: bigint;
  readonly body: Uint8Array;
  /** Whatever a test wants wrong; signed as it then is. */
  readonly change?: Partial<UnsignedTransaction>;
}

/** Canonical bytes of a signed transaction, at exactly the base fee and with an expiry far enough for any test. */
export function signedTransaction(network: TestNetwork, { by, type, nonce, body, change }: SignedParts): Uint8Array {
  const unsigned: UnsignedTransaction = {
    version: TX_VERSION,
    chain: chainIdOf(network.hash),
    type: txTypeNumber(type),
    sender: by.key,
    nonce,
    expiryHeight: 10_000n as BlockHeight,
    feeZhi: feeOf(type, network.genesis.baseFeeZhi, body),
    body,
    ...change,
  };
  return encodeTransaction({ ...unsigned, signature: sign(by.seed, signingBytes(network.hash, unsigned)) });
}

const DAY_MS = 86_400_000n as UnixMs;

/** The same as a production network's genesis, with terms of votes that one may have. */
export const asProduction = (genesis: Genesis): Genesis => ({
  ...genesis,
  profile: 'production',
  governance: { ...genesis.governance, votingMs: DAY_MS, delayMs: DAY_MS },
});
