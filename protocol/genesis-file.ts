/**
 * The readable file that a network is founded from (genesis.json beside this; docs/money.md): money, terms and prices, as text
 * that a person checks against the white paper. What it can't hold, keys and the time, the founding region adds.
 */
import { isSystemAccount, parseAddress } from './address.ts';
import { fail, ok, type Result } from './errors.ts';
import {
  ALLOCATED_ACCOUNTS,
  type AllocatedAccount,
  type FoundingAllocation,
  type FoundingTerms,
  type FoundingVesting,
  foundingFault,
} from './found-genesis.ts';
import {
  EPOCH_MS,
  type Genesis,
  type GovernanceTerms,
  SCHEDULED_GRANTS,
  SEATS,
  type VestingSchedule,
} from './genesis.ts';
import {
  BASE_FEE_ZHI,
  delayMsRange,
  isWithin,
  type Range,
  RESERVATION_ZHI_PER_HOUR,
  TURNOUT_MILLIONTHS,
  votingMsRange,
} from './governance/ranges.ts';
import {
  formatDuration,
  formatPercent,
  parseDuration,
  parseHaiAmount,
  parsePercent,
  shortHai,
} from './money/quantity.ts';
import { REGIONS, type Region } from './regions.ts';
import { FileFault, FileValue, parseStrictJson } from './strict-json.ts';
import { swapTermsIn } from './swap/terms-file.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from './units.ts';
import { DAY_MS } from './vesting.ts';

const VERSION = 1;
const MILLIONTHS = 1_000_000n;
const LOCK_DAYS_MAX = 65_535;
const NETWORK_CHARS_MAX = 64;
/** One at least, as every region signs for itself; at most f of 3f + 1, so that no region's failure stops the chain. */
const SEATS_A_REGION_MAX = (SEATS - 1) / 3;

const duration = (value: FileValue): UnixMs => value.text('a duration, like "7 days"', parseDuration);
const hai = (value: FileValue): Zhi => value.text('an amount, like "36 HAI"', parseHaiAmount);

/** What no vote could set, no network begins with. */
function within<T extends bigint>(value: FileValue, found: T, range: Range, shown: (end: bigint) => string): T {
  return isWithin(found, range) ? found : value.fault(`is not ${shown(range.from)} to ${shown(range.to)}`);
}
const haiWithin = (value: FileValue, range: Range): Zhi => within(value, hai(value), range, shortHai);
const timeWithin = (value: FileValue, range: Range): UnixMs => within(value, duration(value), range, formatDuration);
const percent = (value: FileValue): number => value.text('a share, like "0.01%"', parsePercent);

interface AllocationEntry extends FoundingAllocation {
  readonly millionths: number;
  readonly vesting: FoundingVesting | undefined;
}

function vestingOf(value: FileValue, account: AllocatedAccount): FoundingVesting {
  const grant = SCHEDULED_GRANTS.find((name) => name === account);
  if (grant === undefined) value.fault(`${account} has no schedule in a genesis`);
  const { lock, daily, of, beneficiary } = value.fields(['lock', 'daily', 'of', 'beneficiary']);
  const lockMs = duration(lock);
  if (lockMs % DAY_MS !== 0n || lockMs / DAY_MS > LOCK_DAYS_MAX) lock.fault('is not in whole days, at most 65535');
  const dailyMillionths = percent(daily);
  if (dailyMillionths === 0) daily.fault('vests nothing');
  const paid = beneficiary.isNull ? undefined : beneficiary.text('an address (hai1...) or null', parseAddress);
  if (paid && isSystemAccount(paid)) beneficiary.fault('belongs to the system: no key controls it');
  return {
    grant: grant as VestingSchedule['grant'],
    lockDays: Number(lockMs / DAY_MS),
    dailyMillionths,
    base: of.oneOf(['grant', 'supply']),
    beneficiary: paid,
  };
}

function allocationOf(value: FileValue): AllocationEntry {
  const fields = value.fields(['account', 'share'], ['vesting']);
  const account = fields.account.oneOf(ALLOCATED_ACCOUNTS);
  const millionths = percent(fields.share);
  const amountZhi = ((SUPPLY_ZHI / MILLIONTHS) * BigInt(millionths)) as Zhi;
  return { account, millionths, amountZhi, vesting: fields.vesting && vestingOf(fields.vesting, account) };
}

function allocationsOf(value: FileValue): AllocationEntry[] {
  const entries = value.list(ALLOCATED_ACCOUNTS.length).map((entry) => ({ entry, read: allocationOf(entry) }));
  const seen = new Set<AllocatedAccount>();
  for (const { entry, read } of entries) {
    if (seen.has(read.account)) entry.fault(`allocates to ${read.account} again`);
    seen.add(read.account);
  }
  const total = entries.reduce((sum, { read }) => sum + read.millionths, 0);
  if (BigInt(total) !== MILLIONTHS) value.fault(`shares sum to ${total} millionths, not to 100%`);
  return entries.map(({ read }) => read);
}

function seatsOf(value: FileValue): Map<Region, number> {
  const fields = value.fields(REGIONS);
  const seats = new Map(REGIONS.map((region) => [region, fields[region].integer(1, SEATS_A_REGION_MAX)]));
  const total = [...seats.values()].reduce((sum, count) => sum + count, 0);
  return total === SEATS ? seats : value.fault(`has ${total} seats, not ${SEATS}`);
}

function governanceOf(value: FileValue, profile: Genesis['profile']): GovernanceTerms {
  const { voting, delay, turnout } = value.fields(['voting', 'delay', 'turnout']);
  const share = within(turnout, BigInt(percent(turnout)), TURNOUT_MILLIONTHS, (end) => formatPercent(Number(end)));
  return {
    votingMs: timeWithin(voting, votingMsRange(profile)),
    delayMs: timeWithin(delay, delayMsRange(profile)),
    turnoutMillionths: Number(share),
  };
}

const networkName = (text: string): string | undefined =>
  new RegExp(`^[a-z0-9][a-z0-9-]{0,${NETWORK_CHARS_MAX - 1}}$`).test(text) ? text : undefined;

type ProfileTerms = Pick<FoundingTerms, 'profile' | 'network' | 'epochMs' | 'governance' | 'swap' | 'faucet'>;

function profileOf(
  value: FileValue,
  profile: Genesis['profile'],
  allocations: readonly FoundingAllocation[],
): ProfileTerms {
  const fields = value.fields(['network', 'epoch', 'governance', 'swap', 'faucet']);
  const faucet = fields.faucet.isNull
    ? undefined
    : fields.faucet.oneOf(allocations.map(({ account }) => account).filter((account) => account !== 'swap'));
  const swapFund = allocations.find(({ account }) => account === 'swap')?.amountZhi ?? (0n as Zhi);
  if (profile === 'production' && faucet !== undefined) fields.faucet.fault('is not for a production network');
  return {
    profile,
    network: fields.network.text('a name in lower case', networkName),
    epochMs: timeWithin(fields.epoch, EPOCH_MS),
    governance: governanceOf(fields.governance, profile),
    swap: swapTermsIn(fields.swap, swapFund),
    faucet,
  };
}

function rate(text: string): bigint | undefined {
  const match = /^([1-9]\d{0,18}) cycles\/s$/.exec(text);
  return match ? BigInt(match[1] as string) : undefined;
}

function termsIn(file: FileValue, profile: Genesis['profile']): FoundingTerms {
  const fields = file.fields(['version', 'supply', 'allocations', 'fees', 'hosted', 'profiles']);
  fields.version.integer(VERSION, VERSION);
  if (hai(fields.supply) !== SUPPLY_ZHI) fields.supply.fault('is not 10000000000 HAI: no rule knows another supply');
  const entries = allocationsOf(fields.allocations);
  const { base } = fields.fees.fields(['base']);
  const hosted = fields.hosted.fields(['ask', 'rate', 'reservation', 'seats']);
  const profiles = fields.profiles.fields(['production', 'development']);
  // Both, so that a file is good or bad whatever it is read for.
  const terms = {
    production: profileOf(profiles.production, 'production', entries),
    development: profileOf(profiles.development, 'development', entries),
  };
  const shared = {
    allocations: entries.map(({ account, amountZhi }) => ({ account, amountZhi })),
    vesting: entries.flatMap(({ vesting }) => vesting ?? []),
    baseFeeZhi: haiWithin(base, BASE_FEE_ZHI),
    askZhiPerMcycle: hai(hosted.ask),
    rateCyclesPerSecond: hosted.rate.text('a rate, like "10000000 cycles/s"', rate),
    reservationZhiPerHour: haiWithin(hosted.reservation, RESERVATION_ZHI_PER_HOUR),
    seats: seatsOf(hosted.seats),
  };
  for (const own of Object.values(terms)) {
    // Whatever no field was refused for.
    const fault = foundingFault({ ...shared, ...own });
    if (fault) file.fault(`can found no ${own.profile} network: ${fault}`);
  }
  return { ...shared, ...terms[profile] };
}

function read(found: () => FoundingTerms): Result<FoundingTerms> {
  try {
    return ok(found());
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    const { path, message } = error;
    return fail('invalid_field', path === '' ? message : `${path} ${message}`, path);
  }
}

/** Of a file that was imported as JSON. `invalid_field`, with the path of the field at fault. */
export const foundingTerms = (file: unknown, profile: Genesis['profile']): Result<FoundingTerms> =>
  read(() => termsIn(new FileValue(file), profile));

/** Of a file's text, in which a field that is there twice is a fault too. */
export const parseGenesisFile = (text: string, profile: Genesis['profile']): Result<FoundingTerms> =>
  read(() => termsIn(new FileValue(parseStrictJson(text)), profile));
