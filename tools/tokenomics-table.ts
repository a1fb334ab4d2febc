/**
 * `npm run tokenomics:table [-- --check]`: writes the tokenomics of both READMEs from protocol/genesis.json by the rules' own
 * functions, or refuses when a file differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseGenesisFile } from '../protocol/genesis-file.ts';
import { formatPercent, wholeHai } from '../protocol/money/quantity.ts';
import {
  type Circulating,
  circulatingByYear,
  type GrantFacts,
  type MoneyTerms,
  moneyFacts,
  plannedTerms,
} from '../protocol/money/schedule.ts';
import { SUPPLY_ZHI, ZHI_PER_HAI } from '../protocol/units.ts';
import { isMain, report } from './report.ts';

const ROOT = resolve(import.meta.dirname, '..');
const YEARS = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40] as const;
const BEGIN = '<!-- tokenomics: npm run tokenomics:table -->';
const END = '<!-- end of tokenomics -->';

interface Words {
  readonly file: string;
  readonly accounts: Readonly<Record<string, string>>;
  readonly year: string;
  readonly all: string;
  readonly share: string;
  readonly intro: string;
  readonly grants: readonly string[];
  readonly days: (lock: number) => string;
  readonly day: (day: bigint) => string;
  readonly emission: (halfLifeEpochs: bigint, restZhi: bigint) => string;
}

const ENGLISH: Words = {
  file: 'README.md',
  accounts: {
    minerPool: 'miners',
    founders: 'founders',
    devAndOps: 'dev and ops',
    foundation: 'foundation',
    operationsTeam: 'operations team',
    marketing: 'marketing',
  },
  year: 'years',
  all: 'all',
  share: 'of the supply',
  intro:
    'In circulation after so many years, in millions of HAI, if every epoch is rewarded and everything vested is claimed. Where two figures stand, the daily releases are read as a share of the grant / of the supply.',
  grants: ['grant', 'HAI', 'locked', 'then a day', 'all of it, of the grant', 'of the supply'],
  days: (lock) => `${lock} days`,
  day: (day) => `day ${day}`,
  emission: (halfLife, rest) =>
    `Miners get half of what is left every ${halfLife} epochs of an hour; the last ${rest} zhi are never minted. Marketing is locked until governance sets its schedule.`,
};

const CHINESE: Words = {
  file: 'README.zh-CN.md',
  accounts: {
    minerPool: '矿工',
    founders: '创始人团队',
    devAndOps: '开发和运维',
    foundation: '基金会',
    operationsTeam: '运营团队',
    marketing: '市场推广',
  },
  year: '年',
  all: '合计',
  share: '占总量',
  intro:
    '若每个周期都发放奖励、已释放的都被领取，若干年后的流通量（百万 HAI）。有两个数字时，每日释放比例分别按「该项额度」/「总量」理解。',
  grants: ['分配', 'HAI', '锁仓', '此后每天', '放完（按额度）', '放完（按总量）'],
  days: (lock) => `${lock} 天`,
  day: (day) => `第 ${day} 天`,
  emission: (halfLife, rest) =>
    `矿工奖励每 ${halfLife} 个周期（每周期一小时）发出剩余的一半；最后 ${rest} zhi 永不发出。市场推广额度在治理设定释放计划前一直锁定。`,
};

export const READMES = [ENGLISH, CHINESE] as const;

/** Millions, one decimal, rounded down. */
function millions(amountZhi: bigint): string {
  const tenths = (amountZhi * 10n) / (1_000_000n * ZHI_PER_HAI);
  return tenths === 0n ? '0' : `${wholeHai((tenths / 10n) * ZHI_PER_HAI)}.${tenths % 10n}`;
}

function percent(amountZhi: bigint): string {
  const tenths = (amountZhi * 1000n) / SUPPLY_ZHI;
  return `${tenths / 10n}.${tenths % 10n}%`;
}

const both = (a: string, b: string): string => (a === b ? a : `${a} / ${b}`);
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const rule = (count: number): string => row(Array.from({ length: count }, () => '---')).replaceAll(' ', '');

function yearRow(ofGrant: Circulating, ofSupply: Circulating): string {
  const cells = ofGrant.byAllocation.map(({ circulatingZhi }, i) =>
    both(millions(circulatingZhi), millions(ofSupply.byAllocation[i]?.circulatingZhi ?? 0n)),
  );
  const all = [ofGrant.circulatingZhi, ofSupply.circulatingZhi] as const;
  return row([
    String(ofGrant.year),
    ...cells,
    both(millions(all[0]), millions(all[1])),
    both(percent(all[0]), percent(all[1])),
  ]);
}

const grantRow = (words: Words, { grant, amountZhi, lockDays, dailyMillionths, exhausted }: GrantFacts): string =>
  row([
    words.accounts[grant] ?? grant,
    wholeHai(amountZhi),
    words.days(lockDays),
    formatPercent(dailyMillionths),
    words.day(exhausted.grant.day),
    words.day(exhausted.supply.day),
  ]);

/** What stands between the marks. */
function tableText(words: Words, terms: MoneyTerms): string {
  const ofGrant = circulatingByYear(terms, 'grant', YEARS);
  const ofSupply = circulatingByYear(terms, 'supply', YEARS);
  const { grants, emission } = moneyFacts(terms);
  const heads = [
    words.year,
    ...terms.allocations.map(({ account }) => words.accounts[account] ?? account),
    words.all,
    words.share,
  ];
  return [
    BEGIN,
    words.intro,
    '',
    row(heads),
    rule(heads.length),
    ...ofGrant.map((year, i) => yearRow(year, ofSupply[i] as Circulating)),
    '',
    row(words.grants),
    rule(words.grants.length),
    ...grants.map((facts) => grantRow(words, facts)),
    '',
    words.emission(emission.halfLifeEpochs, emission.restZhi),
    END,
  ].join('\n');
}

/** A README with the table of today. Throws unless the marks are there, once each and in order. */
export function withTable(text: string, words: Words, terms: MoneyTerms): string {
  const [before, rest, more] = text.split(BEGIN);
  const [, after, again] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined || more !== undefined || again !== undefined) {
    throw new Error(`${words.file} has no one place for the tokenomics: ${BEGIN} … ${END}`);
  }
  return `${before}${tableText(words, terms)}${after}`;
}

/** Of the file that ships. */
export function shippedMoney(): MoneyTerms {
  const terms = parseGenesisFile(readFileSync(resolve(ROOT, 'protocol/genesis.json'), 'utf8'), 'production');
  if (!terms.ok) throw new Error(terms.evidence);
  return plannedTerms(terms.value);
}

if (isMain(import.meta)) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const terms = shippedMoney();
  const stale: string[] = [];
  for (const words of READMES) {
    const path = resolve(ROOT, words.file);
    const text = readFileSync(path, 'utf8');
    const made = withTable(text, words, terms);
    if (!values.check) writeFileSync(path, made);
    else if (made !== text) stale.push(`${words.file} differs from protocol/genesis.json: npm run tokenomics:table`);
  }
  if (values.check) report('tokenomics', stale);
  else console.log(`the tokenomics of ${READMES.map(({ file }) => file).join(' and ')} are written`);
}
