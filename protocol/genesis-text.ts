/** A founded network's genesis for people, in the words of the genesis file; keys as addresses or hex, times as dates. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf, SYSTEM_ACCOUNT, SYSTEM_ACCOUNT_NAMES } from './address.ts';
import { type Genesis, genesisHash } from './genesis.ts';
import { equalBytes } from './hash.ts';
import { formatDuration, formatPercent, shortHai } from './money/quantity.ts';
import { REGIONS, type Region, regionNumber, regionOf } from './regions.ts';
import { formatEvmAddress } from './swap/evm-address.ts';
import { rootOfParts } from './swap/set-parts.ts';
import { SUPPLY_ZHI } from './units.ts';
import { DAY_MS } from './vesting.ts';
import { rfc3339 } from './webhook/rfc3339.ts';

const MILLIONTHS = 1_000_000n;

/** The name of a system account, else the address. */
function accountName(key: Uint8Array): string {
  return SYSTEM_ACCOUNT_NAMES.find((name) => equalBytes(SYSTEM_ACCOUNT[name], key)) ?? addressOf(key);
}

function shareOf(amountZhi: bigint): string {
  const millionths = (amountZhi * MILLIONTHS) / SUPPLY_ZHI;
  const isExact = (millionths * SUPPLY_ZHI) / MILLIONTHS === amountZhi;
  return `${isExact ? '' : 'about '}${formatPercent(Number(millionths))}`;
}

function swapText({ evmChainId, token, snapshot }: Genesis['swap']) {
  if (evmChainId === 0n) return null;
  return {
    evmChainId: evmChainId.toString(),
    token: formatEvmAddress(token),
    snapshot: snapshot
      ? {
          root: bytesToHex(rootOfParts(snapshot)),
          records: snapshot.records,
          total: shortHai(snapshot.totalZhi),
          merkleRoot: bytesToHex(snapshot.merkleRoot),
        }
      : null,
  };
}

function seatsText({ seats }: Genesis): Partial<Record<Region, number>> {
  const count = (region: Region) => seats.filter((seat) => seat.region === regionNumber(region)).length;
  return Object.fromEntries(
    REGIONS.map((region) => [region, count(region)]).filter(([, seatCount]) => seatCount !== 0),
  );
}

export function readableGenesis(genesis: Genesis) {
  const { createdMs, governance, epochMs, baseFeeZhi, reservationZhiPerHour } = genesis;
  return {
    hash: bytesToHex(genesisHash(genesis)),
    network: genesis.network,
    profile: genesis.profile,
    mode: genesis.mode,
    created: rfc3339(createdMs),
    supply: shortHai(SUPPLY_ZHI),
    allocations: genesis.allocations.map(({ account, amount }) => ({
      account: accountName(account),
      share: shareOf(amount),
      amount: shortHai(amount),
    })),
    vesting: genesis.vesting.map(({ grant, lockDays, dailyMillionths, base, beneficiary }) => ({
      grant,
      lock: formatDuration(BigInt(lockDays) * DAY_MS),
      daily: formatPercent(dailyMillionths),
      of: base,
      beneficiary: addressOf(beneficiary),
      // What the day after the lock pays.
      from: rfc3339(createdMs + (BigInt(lockDays) + 1n) * DAY_MS),
    })),
    epoch: formatDuration(epochMs),
    fees: { base: shortHai(baseFeeZhi), reservation: shortHai(reservationZhiPerHour) },
    governance: {
      voting: formatDuration(governance.votingMs),
      delay: formatDuration(governance.delayMs),
      turnout: formatPercent(governance.turnoutMillionths),
    },
    swap: swapText(genesis.swap),
    sequencer: regionOf(genesis.sequencerRegion),
    seats: seatsText(genesis),
    providers: genesis.providers.map(({ key, region, askZhiPerMcycle, rateCyclesPerSecond }) => ({
      address: addressOf(key),
      region: regionOf(region),
      ask: shortHai(askZhiPerMcycle),
      rate: `${rateCyclesPerSecond} cycles/s`,
    })),
    webhookKey: bytesToHex(genesis.webhookKey),
    logKey: bytesToHex(genesis.logKey),
  };
}
