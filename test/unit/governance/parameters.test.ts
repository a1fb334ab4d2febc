/** The table of parameters: numbers, ranges, texts, and what of them a record holds. */
import { describe, expect, test } from 'vitest';
import { addressOf, SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { genesisFault } from '../../../protocol/genesis.ts';
import {
  decodeValue,
  encodeValue,
  initialParameters,
  PARAMETER_NAMES,
  type ParameterName,
  parameterNamed,
  parameterNumber,
  rowOf,
  VALUE_BYTES_MAX,
} from '../../../protocol/governance/parameters.ts';
import { votingMsRange } from '../../../protocol/governance/ranges.ts';
import { swapSetKind } from '../../../protocol/governance/values.ts';
import { taggedHash, ZERO_HASH } from '../../../protocol/hash.ts';
import { UNBONDING_MS } from '../../../protocol/record/bond.ts';
import { addSetting, lastSetBy, parametersAt } from '../../../protocol/record/parameter.ts';
import { RECORD_BYTES_MAX } from '../../../protocol/state/record.ts';
import { SET_RECORDS_MAX, type SetParts } from '../../../protocol/swap/set-parts.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { GovernanceChain } from '../../support/governance.ts';
import { testNetwork } from '../../support/network.ts';

const key = taggedHash('HAI/test-key');
const schedule = (change: string) =>
  `${addressOf(key)} lockDays=3 dailyMillionths=100 base=grant`.replace(...(change.split('>') as [string, string]));
const setOf = (change: Partial<SetParts>) =>
  swapSetKind.text({ records: 2, totalZhi: 5n as Zhi, merkleRoot: key, ...change });
const set = setOf({});
const DAY = 86_400_000n;

test('the numbers of the parameters', () => {
  expect(Object.fromEntries(PARAMETER_NAMES.map((name) => [name, parameterNumber(name)]))).toEqual({
    baseFeeZhi: 0,
    reservationZhiPerHour: 1,
    marketingVesting: 2,
    votingMs: 3,
    delayMs: 4,
    turnoutMillionths: 5,
    swapSet: 6,
  });
  expect(parameterNamed('baseFeeZhi')).toBe('baseFeeZhi');
  expect(parameterNamed('toString')).toBeUndefined();
});

describe.each<[ParameterName, 'production' | 'development', string[], string[]]>([
  ['baseFeeZhi', 'production', ['1', '100000000'], ['0', '100000001']],
  ['reservationZhiPerHour', 'production', ['1', '10000000000000'], ['0', '10000000000001']],
  ['votingMs', 'production', [`${DAY}`, `${20n * DAY}`], [`${DAY - 1n}`, `${20n * DAY + 1n}`]],
  ['votingMs', 'development', ['1000', `${20n * DAY}`], ['999', `${20n * DAY + 1n}`]],
  ['delayMs', 'production', [`${DAY}`, `${20n * DAY}`], ['0', `${DAY - 1n}`, `${20n * DAY + 1n}`]],
  ['delayMs', 'development', ['1000', `${20n * DAY}`], ['999', `${20n * DAY + 1n}`]],
  ['turnoutMillionths', 'production', ['10000', '500000'], ['9999', '500001', '0']],
  [
    'marketingVesting',
    'production',
    [
      'locked',
      schedule('x>x'),
      schedule('100>1'),
      schedule('100>1000000'),
      schedule('grant>supply'),
      schedule('=3>=65535'),
    ],
    [schedule('100>0'), schedule('100>1000001'), schedule(`${addressOf(key)}>${addressOf(SYSTEM_ACCOUNT.burned)}`)],
  ],
  [
    'swapSet',
    'production',
    [
      set,
      setOf({ totalZhi: 2n as Zhi }),
      setOf({ totalZhi: SUPPLY_ZHI }),
      setOf({ records: SET_RECORDS_MAX, totalZhi: SUPPLY_ZHI }),
    ],
    [
      'none',
      setOf({ totalZhi: 1n as Zhi }),
      setOf({ totalZhi: (SUPPLY_ZHI + 1n) as Zhi }),
      setOf({ records: 0 }),
      setOf({ records: SET_RECORDS_MAX + 1, totalZhi: SUPPLY_ZHI }),
      setOf({ merkleRoot: ZERO_HASH }),
    ],
  ],
])('%s on a %s network', (name, profile, within, beyond) => {
  const row = rowOf(name);
  test.each(within)('may be %s, which is written and encoded one way', (text) => {
    const value = row.parse(text);
    expect(value).not.toBeUndefined();
    expect(row.isInRange(value, profile)).toBe(true);
    expect(row.text(value)).toBe(text);
    const bytes = encodeValue(name, value);
    expect(bytes.length).toBeLessThanOrEqual(VALUE_BYTES_MAX);
    expect(decodeValue(name, bytes)).toEqual(value);
    expect(decodeValue(name, Uint8Array.of(...bytes, 0))).toBeUndefined();
    expect(decodeValue(name, bytes.subarray(1))).toBeUndefined();
  });
  test.each(beyond)('may not be %s', (text) => {
    const value = row.parse(text);
    expect(value).not.toBeUndefined();
    expect(row.isInRange(value, profile)).toBe(false);
  });
});

test.each<[ParameterName, string[]]>([
  ['baseFeeZhi', ['', '-1', '01', '1.5', '1e3', ' 1', '0x1', '10000000000000000000']],
  [
    'marketingVesting',
    [
      '',
      'Locked',
      schedule('=3>=65536'),
      schedule('=3>=03'),
      schedule('grant>both'),
      `${schedule('x>x')} `,
      'hai1x lockDays=3 dailyMillionths=100 base=grant',
    ],
  ],
  [
    'swapSet',
    [
      '',
      'root=ab totalZhi=5',
      set.toUpperCase(),
      set.replace(' ', '  '),
      // The root is of these very parts.
      set.replace('totalZhi=5', 'totalZhi=6'),
      set.replace('records=2', 'records=3'),
      set.replace(/merkleRoot=../, 'merkleRoot=00'),
      set.replace(/^root=../, 'root=00'),
      set.replace('totalZhi=5', 'totalZhi=50000000000000000000'),
    ],
  ],
])('%s is not read from what no value is written as', (name, texts) => {
  expect(texts.map((text) => rowOf(name).parse(text))).toEqual(texts.map(() => undefined));
});

test('before any vote the genesis’ values hold', () => {
  const { genesis } = testNetwork();
  expect(initialParameters(genesis)).toEqual({
    baseFeeZhi: genesis.baseFeeZhi,
    reservationZhiPerHour: genesis.reservationZhiPerHour,
    marketingVesting: null,
    votingMs: genesis.governance.votingMs,
    delayMs: genesis.governance.delayMs,
    turnoutMillionths: 100_000n,
    swapSet: null,
  });
});

test('a genesis charges what a vote could have set', () => {
  const { genesis } = testNetwork();
  for (const name of ['baseFeeZhi', 'reservationZhiPerHour'] as const) {
    expect(genesisFault({ ...genesis, [name]: 1n })).toBeUndefined();
    expect(genesisFault({ ...genesis, [name]: 0n })).toContain(name);
    expect(genesisFault({ ...genesis, [name]: 10n ** 19n })).toContain(name);
  }
});

test('a genesis begins with terms that a vote could have set', () => {
  const { genesis } = testNetwork();
  const faultOf = (change: Partial<typeof genesis.governance>, profile = genesis.profile) =>
    genesisFault({ ...genesis, profile, governance: { ...genesis.governance, ...change } });
  expect(faultOf({})).toBeUndefined();
  expect(faultOf({ votingMs: 0n as UnixMs })).toContain('votingMs of 0');
  expect(faultOf({ votingMs: UNBONDING_MS as UnixMs })).toContain('votingMs');
  expect(faultOf({ delayMs: 0n as UnixMs })).toContain('delayMs of 0');
  expect(faultOf({ turnoutMillionths: 500_001 })).toContain('turnoutMillionths');
  expect(faultOf({}, 'production')).toContain('votingMs');
});

test('no voting is as long as an unbonding: money that has voted does not come back in time to vote again', () => {
  for (const profile of ['production', 'development'] as const) {
    expect(votingMsRange(profile).to).toBeLessThan(UNBONDING_MS);
  }
});

describe('the record of what was set', () => {
  test('fits, with the longest value of every parameter in force and to come', () => {
    const { state } = new GovernanceChain();
    const longest: Record<ParameterName, string> = {
      baseFeeZhi: '1',
      reservationZhiPerHour: '1',
      marketingVesting: schedule('x>x'),
      votingMs: '1',
      delayMs: '1',
      turnoutMillionths: '1',
      swapSet: set,
    };
    for (const [fromMs, nowMs] of [
      [5n, 1n],
      [20n, 10n],
    ] as [UnixMs, UnixMs][]) {
      for (const name of PARAMETER_NAMES) {
        const value = encodeValue(name, rowOf(name).parse(longest[name]));
        addSetting(state, name, nowMs, { value, fromMs, proposal: key });
      }
    }
    const bytes = state.records().find(({ kind }) => kind === 'parameter')?.value.length ?? 0;
    expect(bytes).toBeGreaterThan(500);
    expect(bytes).toBeLessThanOrEqual(RECORD_BYTES_MAX);
  });

  test('keeps one value in force and one to come of each parameter, each from its own time on', () => {
    const { state, network } = new GovernanceChain();
    const at = (timeMs: bigint) => parametersAt(state, network.genesis, timeMs as UnixMs);
    const add = (nowMs: bigint, fromMs: bigint, fee: bigint, proposal: Uint8Array) =>
      addSetting(state, 'baseFeeZhi', nowMs as UnixMs, {
        value: encodeValue('baseFeeZhi', fee),
        fromMs: fromMs as UnixMs,
        proposal,
      });
    const [first, second] = [taggedHash('first'), taggedHash('second')];
    add(10n, 20n, 7n, first);
    expect([at(19n).baseFeeZhi, at(20n).baseFeeZhi, at(99n).baseFeeZhi]).toEqual([1000n, 7n, 7n]);
    expect(lastSetBy(state, 'baseFeeZhi', 10n as UnixMs)).toEqual(first);
    expect(() => add(19n, 50n, 8n, second)).toThrow('scheduled already');
    add(20n, 50n, 8n, second);
    expect([at(20n).baseFeeZhi, at(49n).baseFeeZhi, at(50n).baseFeeZhi]).toEqual([7n, 7n, 8n]);
    expect(lastSetBy(state, 'baseFeeZhi', 20n as UnixMs)).toEqual(second);
    expect(at(50n).reservationZhiPerHour).toBe(network.genesis.reservationZhiPerHour as Zhi);
  });
});
