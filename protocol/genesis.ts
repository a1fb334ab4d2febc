/**
 * The first state of a network, in one canonical file. Its hash names the network: transactions, votes and receipts are
 * bound to it, so that none of another network's is ever taken for one of ours.
 */

import { isSystemAccount, SYSTEM_ACCOUNT } from './address.ts';
import {
  bytes32,
  type Decoded,
  decode,
  encode,
  fixed,
  oneOf,
  option,
  struct,
  textMax,
  u8,
  u16,
  u32,
  u64,
  u64As,
  vec,
} from './codec.ts';
import { feesFault, governanceFault, isWithin, type Range } from './governance/ranges.ts';
import { compareBytes, equalBytes, type Hash, taggedHash } from './hash.ts';
import { REGIONS } from './regions.ts';
import { setPartsCodec, setPartsFault } from './swap/set-parts.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from './units.ts';

const seat = struct({ key: bytes32, region: u8 });
const regionRoles = struct({
  region: u8,
  /** Signs matches, settlements and refunds of the orders that the region takes in. */
  searcher: bytes32,
  /** Signs result proofs. */
  checker: bytes32,
  /** X25519 key to which clients seal the content key for the checker. */
  checkerSealKey: bytes32,
});
const provider = struct({
  key: bytes32,
  sealKey: bytes32,
  region: u8,
  askZhiPerMcycle: u64As<Zhi>(),
  rateCyclesPerSecond: u64,
});
const allocation = struct({ account: bytes32, amount: u64As<Zhi>(), homeRegion: u8 });

/** Grants that are paid out over time; marketing's waits for governance to set its schedule. */
export const SCHEDULED_GRANTS = ['founders', 'devAndOps', 'foundation', 'operationsTeam'] as const;

const vestingSchedule = struct({
  grant: oneOf(SCHEDULED_GRANTS),
  /** Whom claims pay. */
  beneficiary: bytes32,
  /** Whole days after the genesis before anything is vested. */
  lockDays: u16,
  /** What vests a whole day, in millionths of `base`. */
  dailyMillionths: u32,
  base: oneOf(['grant', 'supply']),
});
export type VestingSchedule = Decoded<typeof vestingSchedule>;

/** The ERC20 token whose holders move over, and what they held: see tx/swap-in.ts. */
const swap = struct({
  /** EIP-155 id of the chain that the token is on; 0 where a network takes over no token. */
  evmChainId: u64,
  /** Address of its contract. */
  token: fixed(20),
  /** The set of its holders that may be claimed from the start. */
  snapshot: option(setPartsCodec),
});
export type SwapTerms = Decoded<typeof swap>;

/** How parameters are changed: see tx/param.ts. */
const governance = struct({
  /** How long seats and stake may speak on a proposal. */
  votingMs: u64As<UnixMs>(),
  /** From the end of the voting until an accepted value holds. */
  delayMs: u64As<UnixMs>(),
  /** What must have voted at least, in millionths of the stake that is bonded. */
  turnoutMillionths: u32,
});
export type GovernanceTerms = Decoded<typeof governance>;

/** A second at least, as blocks are not made much faster; a year at most, so that whoever works is paid within it. */
export const EPOCH_MS: Range = { from: 1_000n, to: 31_536_000_000n };
export const SEATS = 13;
export const PROVIDERS_MAX = 64;
const ALLOCATIONS_MAX = 128;

export const genesisCodec = struct({
  version: u8,
  network: textMax(64),
  profile: oneOf(['production', 'development']),
  /** `hosted`: the seat keys live in the network's own Durable Objects: one operator. `quorum`: external nodes hold them. */
  mode: oneOf(['hosted', 'quorum']),
  createdMs: u64As<UnixMs>(),
  /** Proposes every block until elections come. */
  sequencerRegion: u8,
  /** Burned a transaction; see tx/fee.ts. */
  baseFeeZhi: u64As<Zhi>(),
  /** Length of an epoch: one hour, or 60 s on a development network. */
  epochMs: u64As<UnixMs>(),
  /** What an hour of one provider costs whoever reserves it. */
  reservationZhiPerHour: u64As<Zhi>(),
  /** A grant without a schedule stays locked. */
  vesting: vec(vestingSchedule, SCHEDULED_GRANTS.length),
  seats: vec(seat, SEATS),
  regions: vec(regionRoles, 9),
  providers: vec(provider, PROVIDERS_MAX),
  allocations: vec(allocation, ALLOCATIONS_MAX),
  /** ed25519 key of webhook signatures v1a. */
  webhookKey: bytes32,
  /** ed25519 key that signs checkpoints of the log of headers. */
  logKey: bytes32,
  swap,
  governance,
});

export type Genesis = Decoded<typeof genesisCodec>;
export type Seat = Genesis['seats'][number];
export type RegionRoles = Genesis['regions'][number];
export type Provider = Genesis['providers'][number];

export const encodeGenesis = (genesis: Genesis): Uint8Array => encode(genesisCodec, genesis);

export function genesisHash(genesis: Genesis): Hash {
  return taggedHash('HAI/genesis/1', encodeGenesis(genesis));
}

/** What a genesis gives an account. */
export function allocatedTo({ allocations }: Pick<Genesis, 'allocations'>, key: Uint8Array): Zhi {
  return allocations.find(({ account }) => equalBytes(account, key))?.amount ?? (0n as Zhi);
}

/** Why a genesis can't start a network, or undefined. */
export function genesisFault(genesis: Genesis): string | undefined {
  if (genesis.version !== 1) return 'unknown version';
  if (genesis.seats.length !== SEATS) return `${genesis.seats.length} seats, not ${SEATS}`;
  if (!distinct(genesis.seats.map((s) => s.key))) return 'one key holds two seats';
  if (!distinct(genesis.providers.map((p) => p.key))) return 'one key is two providers';
  if (!distinct(genesis.allocations.map((a) => a.account))) return 'one account is allocated twice';
  if (!genesis.regions.some((r) => r.region === genesis.sequencerRegion)) return 'the sequencer is in no region';
  if (genesis.providers.some((p) => p.rateCyclesPerSecond === 0n)) return 'a provider of rate 0';
  if (!isWithin(genesis.epochMs, EPOCH_MS))
    return `epochs of ${genesis.epochMs} ms, not ${EPOCH_MS.from} to ${EPOCH_MS.to}`;
  const governed = governanceFault(genesis.profile, genesis.governance) ?? feesFault(genesis);
  if (governed) return governed;
  const swapped = swapFault(genesis);
  if (swapped) return swapped;
  if (new Set(genesis.vesting.map(({ grant }) => grant)).size !== genesis.vesting.length)
    return 'two schedules of a grant';
  if (genesis.vesting.some(({ beneficiary }) => isSystemAccount(beneficiary))) return 'a grant to the system itself';
  const places = [...genesis.seats, ...genesis.regions, ...genesis.providers].map(({ region }) => region);
  const homes = genesis.allocations.map(({ homeRegion }) => homeRegion);
  if ([...places, ...homes].some((region) => REGIONS[region] === undefined)) return 'a region that does not exist';
  const total = genesis.allocations.reduce((sum, a) => sum + a.amount, 0n);
  return total === SUPPLY_ZHI ? undefined : `allocations sum to ${total}, not the supply`;
}

/** A network takes over a token of an address, or names none and no snapshot of it. */
function swapFault({ swap, allocations }: Genesis): string | undefined {
  const { evmChainId, token, snapshot } = swap;
  const hasToken = token.some((byte) => byte !== 0);
  if (hasToken !== (evmChainId !== 0n)) return 'a token without its chain, or a chain without a token';
  if (!snapshot) return undefined;
  if (evmChainId === 0n) return 'a snapshot of no token';
  const fault = setPartsFault(snapshot);
  if (fault) return `a snapshot of ${fault}`;
  const heldZhi = allocatedTo({ allocations }, SYSTEM_ACCOUNT.swap);
  return snapshot.totalZhi > heldZhi ? 'a snapshot above what the swap account is allocated' : undefined;
}

/** Throws CodecError, or RangeError for a genesis that can't start a network. */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  const genesis = decode(genesisCodec, bytes);
  const fault = genesisFault(genesis);
  if (fault) throw new RangeError(`genesis: ${fault}`);
  return genesis;
}

function distinct(keys: Uint8Array[]): boolean {
  const sorted = [...keys].sort(compareBytes);
  return sorted.every((key, i) => i === 0 || compareBytes(sorted[i - 1] as Uint8Array, key) !== 0);
}

/** Root of the resource table: what the searcher matches from. Genesis providers only until registration opens. */
export function resourceRoot(genesis: Genesis): Hash {
  return taggedHash('HAI/resources/1', encode(vec(provider, PROVIDERS_MAX), genesis.providers));
}

/** Root of the seat set that certifies blocks. */
export function electionRoot(genesis: Genesis): Hash {
  return taggedHash('HAI/seats/1', encode(vec(seat, SEATS), genesis.seats));
}
