/** The genesis file: the one that ships founds a network, and whatever is wrong with another is named by its path. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { addressOf, SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { allocatedKey, genesisOf } from '../../../protocol/found-genesis.ts';
import shippedFile from '../../../protocol/genesis.json' with { type: 'json' };
import { foundingTerms, parseGenesisFile } from '../../../protocol/genesis-file.ts';
import { readableGenesis } from '../../../protocol/genesis-text.ts';
import { shortHai } from '../../../protocol/money/quantity.ts';
import { parseEvmAddress } from '../../../protocol/swap/evm-address.ts';
import { rootOfParts, type SetParts } from '../../../protocol/swap/set-parts.ts';
import { SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { shippedTerms, strangersFounding } from '../../support/founding.ts';

const TEXT = readFileSync(join(import.meta.dirname, '../../../protocol/genesis.json'), 'utf8');
const percent = (n: bigint) => (SUPPLY_ZHI / 100n) * n;

// biome-ignore lint/suspicious/noExplicitAny: a file that a test damages
type AnyFile = any;
const copy = (): AnyFile => structuredClone(shippedFile);

function changed(change: (file: AnyFile) => void): AnyFile {
  const file = copy();
  change(file);
  return file;
}

/** Undefined deletes. */
function put(file: AnyFile, path: string, value: unknown): void {
  const names = path.split(/[.[\]]+/).filter(Boolean);
  const last = names.pop() as string;
  const owner = names.reduce((part, name) => part[name], file);
  if (value === undefined) delete owner[last];
  else owner[last] = value;
}

/** Path and problem, or undefined. Both ways of reading must say the same. */
function faultOf(file: unknown): { param: string | undefined; evidence: string | undefined } | undefined {
  const read = foundingTerms(file, 'production');
  const parsed = parseGenesisFile(JSON.stringify(file), 'development');
  expect(parsed.ok).toBe(read.ok);
  if (read.ok || parsed.ok) return undefined;
  expect({ code: read.code, param: read.param }).toEqual({ code: 'invalid_field', param: parsed.param });
  return { param: read.param, evidence: read.evidence };
}

describe('the file that ships', () => {
  test('is read alike from its text and as a module, in both profiles', () => {
    for (const profile of ['production', 'development'] as const) {
      const parsed = parseGenesisFile(TEXT, profile);
      expect(parsed).toEqual(foundingTerms(shippedFile, profile));
      expect(parsed.ok).toBe(true);
    }
  });

  test('is the white paper’s allocation and chain.md’s terms', () => {
    const terms = shippedTerms();
    expect(terms.allocations.map(({ account, amountZhi }) => [account, amountZhi])).toEqual([
      ['minerPool', percent(90n)],
      ['founders', percent(6n)],
      ['devAndOps', percent(1n)],
      ['foundation', percent(1n)],
      ['operationsTeam', percent(1n)],
      ['marketing', percent(1n)],
    ]);
    expect(terms.vesting.map((one) => [one.grant, one.lockDays, one.dailyMillionths, one.base])).toEqual([
      ['founders', 1826, 100, 'grant'],
      ['devAndOps', 1461, 100, 'grant'],
      ['foundation', 1096, 100, 'grant'],
      ['operationsTeam', 0, 2, 'grant'],
    ]);
    expect(terms).toMatchObject({
      network: 'hai',
      epochMs: 3_600_000n,
      baseFeeZhi: 1_000n,
      askZhiPerMcycle: 100_000n,
      rateCyclesPerSecond: 10_000_000n,
      reservationZhiPerHour: 3_600_000_000n,
      governance: { votingMs: 604_800_000n, delayMs: 172_800_000n, turnoutMillionths: 100_000 },
      swap: { evmChainId: 0n, snapshot: undefined },
      faucet: undefined,
    });
    expect([...terms.seats.values()].reduce((sum, seats) => sum + seats, 0)).toBe(13);
  });

  test('gives a development network a faucet, and a production network none', () => {
    const faucet = new Uint8Array(32).fill(9);
    const development = shippedTerms('development');
    expect(allocatedKey(development, 'marketing', faucet)).toBe(faucet);
    expect(allocatedKey(development, 'founders', faucet)).toBe(SYSTEM_ACCOUNT.founders);
    expect(allocatedKey(shippedTerms(), 'marketing', faucet)).toBe(SYSTEM_ACCOUNT.marketing);
  });
});

const address = addressOf(new Uint8Array(32).fill(7));
const parts: SetParts = { records: 3, totalZhi: percent(1n) as Zhi, merkleRoot: new Uint8Array(32).fill(0xcd) };
const snapshotOf = ({ records, merkleRoot, ...set }: SetParts) => ({
  root: bytesToHex(rootOfParts({ records, merkleRoot, ...set })),
  records,
  total: shortHai(set.totalZhi),
  merkleRoot: bytesToHex(merkleRoot),
});
const token = '0xdAC17F958D2ee523a2206206994597C13D831ec7';
const swap = { evmChainId: '1', token, snapshot: snapshotOf(parts) };
const none = { ...swap, snapshot: null };
const holders = { ...swap, snapshot: snapshotOf({ ...parts, totalZhi: 5n as Zhi }) };

describe('a file of somebody’s own', () => {
  test('names beneficiaries, another reading and a token that is taken over', () => {
    const file = changed((f) => {
      f.allocations[1].vesting.beneficiary = address;
      f.allocations[1].vesting.of = 'supply';
      f.allocations[5] = { account: 'swap', share: '1%', why: 'The holders of the ERC20 token.' };
      f.profiles.production.swap = swap;
      f.profiles.development.faucet = null;
    });
    const terms = foundingTerms(file, 'production');
    if (!terms.ok) throw new Error(terms.evidence);
    expect(terms.value.vesting[0]).toMatchObject({ base: 'supply', beneficiary: new Uint8Array(32).fill(7) });
    expect(terms.value.vesting[1]?.beneficiary).toBeUndefined();
    expect(terms.value.swap).toEqual({ evmChainId: 1n, token: parseEvmAddress(token), snapshot: parts });
    const founded = readableGenesis(genesisOf(terms.value, strangersFounding(terms.value)));
    expect(founded.swap).toEqual(swap);
  });

  const NO = { deleted: true } as const;
  const ZERO = `0x${'00'.repeat(20)}`;
  /** Where the file is changed, what to, what is said of it; and of what it is said, if that is another place. */
  test.each<[string, unknown, string, string?]>([
    ['version', 2, 'is not an integer from 1 to 1'],
    ['version', NO, 'is missing'],
    ['colour', 'red', 'is not known'],
    ['why', 7, 'is not a text'],
    ['supply', '1000000000 HAI', 'is not 10000000000 HAI'],
    ['supply', '10000000001 HAI', 'is not an amount'],
    ['supply', 10_000_000_000, 'is not an amount'],
    ['allocations', {}, 'is not a list'],
    ['allocations', Array(8).fill({}), 'has 8 entries'],
    ['allocations[5].share', '1.0001%', 'shares sum to 1000001 millionths', 'allocations'],
    ['allocations[5].share', '0.9999%', 'shares sum to 999999 millionths', 'allocations'],
    ['allocations[5].account', 'founders', 'allocates to founders again', 'allocations[5]'],
    ['allocations[0].account', 'burned', 'is not one of'],
    ['allocations[0].share', '90', 'is not a share'],
    ['allocations[0].share', NO, 'is missing'],
    ['allocations[0].vesting', shippedFile.allocations[1]?.vesting, 'minerPool has no schedule'],
    ['allocations[5].vesting', shippedFile.allocations[1]?.vesting, 'marketing has no schedule'],
    ['allocations[1].vesting.lock', '5 years', 'is not a duration'],
    ['allocations[1].vesting.lock', '25 hours', 'is not in whole days'],
    ['allocations[1].vesting.lock', '65536 days', 'at most 65535'],
    ['allocations[1].vesting.daily', '0%', 'vests nothing'],
    ['allocations[1].vesting.of', 'both', 'is not one of'],
    ['allocations[1].vesting.beneficiary', NO, 'is missing'],
    ['allocations[1].vesting.beneficiary', 'hai1x', 'is not an address'],
    ['allocations[1].vesting.until', '1 day', 'is not known'],
    ['fees.base', '1000', 'is not an amount'],
    ['fees', null, 'is not an object'],
    ['hosted.rate', '0 cycles/s', 'is not a rate'],
    ['hosted.seats.enam', 1, 'has 12 seats', 'hosted.seats'],
    ['hosted.seats.enam', 5, 'is not an integer from 1 to 4'],
    ['hosted.seats.weur', 0, 'is not an integer from 1 to 4'],
    ['hosted.seats.mars', 1, 'is not known'],
    ['profiles.staging', {}, 'is not known'],
    ['profiles.production.network', 'HAI!', 'is not a name'],
    ['profiles.production.epoch', '0 hours', 'is not 1 second to 365 days'],
    ['profiles.production.epoch', '999999999999 days', 'is not 1 second to 365 days'],
    ['profiles.development.epoch', '1m', 'is not a duration'],
    ['profiles.production.faucet', 'marketing', 'is not for a production'],
    ['profiles.development.faucet', 'swap', 'is not one of'],
    ['profiles.production.governance.voting', '0 days', 'is not 1 day to 20 days'],
    ['profiles.production.governance.voting', '1 hour', 'is not 1 day to 20 days'],
    ['profiles.production.governance.voting', '30 days', 'is not 1 day to 20 days'],
    ['profiles.production.governance.delay', '0 days', 'is not 1 day to 20 days'],
    ['profiles.production.governance.turnout', '101%', 'is not a share'],
    ['profiles.production.governance.turnout', '0%', 'is not 1% to 50%'],
    ['profiles.production.governance.turnout', '50.0001%', 'is not 1% to 50%'],
    ['fees.base', '0 HAI', 'is not 0.00000001 HAI to 1 HAI'],
    ['fees.base', '1.00000001 HAI', 'is not 0.00000001 HAI to 1 HAI'],
    ['hosted.reservation', '100000.00000001 HAI', 'HAI to 100000 HAI'],
    ['allocations[1].vesting.beneficiary', addressOf(SYSTEM_ACCOUNT.burned), 'belongs to the system'],
    ['profiles.production.swap', NO, 'is missing'],
    ['profiles.production.swap', { ...none, token: '0xab' }, 'is not the address', 'profiles.production.swap.token'],
    ['profiles.production.swap', { ...none, token: ZERO }, 'is the zero address', 'profiles.production.swap.token'],
    // A digit in the wrong case: the checksum does not hold.
    [
      'profiles.production.swap',
      { ...none, token: token.replace('dAC', 'dAc') },
      'is not the address',
      'profiles.production.swap.token',
    ],
    [
      'profiles.production.swap',
      { ...none, evmChainId: '0' },
      'is not the number',
      'profiles.production.swap.evmChainId',
    ],
    [
      'profiles.production.swap',
      { ...none, evmChainId: '18446744073709551616' },
      'is not the number',
      'profiles.production.swap.evmChainId',
    ],
  ])('is refused with %s as %j', (path, value, problem, at = path) => {
    const fault = faultOf(changed((file) => put(file, path, value === NO ? undefined : value)));
    expect(fault?.param).toBe(at);
    expect(fault?.evidence).toContain(`${at} `);
    expect(fault?.evidence).toContain(problem);
  });

  /** In a file that allots the swap account nothing: a right set is refused for that alone. */
  test.each<[string, string | number | null, string, string?]>([
    ['total', '0.00000005 HAI', 'is more than the swap account is allocated'],
    ['total', '0.00000006 HAI', 'is not the root of the rest', 'root'],
    ['total', '0 HAI', 'is no set', ''],
    ['total', '0.00000002 HAI', 'is no set', ''],
    ['records', 4, 'is not the root of the rest', 'root'],
    ['records', 0, 'is not an integer'],
    ['records', '3', 'is not an integer'],
    ['root', 'AB', 'is not a hash'],
    ['root', '00'.repeat(32), 'is not the root of the rest'],
    ['root', null, 'is not a hash'],
    ['merkleRoot', 'ab'.repeat(32), 'is not the root of the rest', 'root'],
    ['merkleRoot', '00'.repeat(32), 'is no set', ''],
  ])('is refused for a snapshot with %s as %j', (name, value, problem, at = name) => {
    const file = changed((f) => {
      f.profiles.production.swap = { ...holders, snapshot: { ...holders.snapshot, [name]: value } };
    });
    const path = 'profiles.production.swap.snapshot';
    const fault = faultOf(file);
    expect(fault?.param).toBe(at === '' ? path : `${path}.${at}`);
    expect(fault?.evidence).toContain(problem);
  });

  test.each([
    ['fees.base', TEXT.replace('"base":', '"base": "1 HAI", "base":')],
    ['allocations[1].vesting.lock', TEXT.replace('"lock": "1826 days"', '"lock": "0 days", "l\\u006fck": "1826 days"')],
    ['version', TEXT.replace('"version": 1', '"version": 1, "version": 1')],
    ['hosted.seats.wnam', TEXT.replace('"wnam": 2', '"wnam": 2, "wnam": 3')],
  ])('is refused for a field that is there twice: %s', (path, text) => {
    expect(text).not.toBe(TEXT);
    expect(parseGenesisFile(text, 'production')).toMatchObject({ code: 'invalid_field', param: path });
    expect(JSON.parse(text)).toBeTruthy();
  });

  test.each(['', '{', '[]', '7', 'null', '"text"', '{} x'])('is refused as a whole: %j', (text) => {
    expect(parseGenesisFile(text, 'production')).toMatchObject({ ok: false, code: 'invalid_field', param: '' });
    expect(parseGenesisFile(`${TEXT} x`, 'production')).toMatchObject({ ok: false, param: '' });
  });
});

test('a text beyond what people write is not looked at', () => {
  const long = TEXT.replace('"why": "', `"why": "${'a'.repeat(65_536)}`);
  expect(parseGenesisFile(long, 'production')).toMatchObject({ code: 'invalid_field', param: '' });
  expect(parseGenesisFile(TEXT.replace('"why": "', `"why": "${'a'.repeat(10_000)}`), 'production').ok).toBe(true);
});
