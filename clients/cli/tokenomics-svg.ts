/** The schedule of the money as one SVG file: a panel a reading, areas stacked as they circulate. Only integers are drawn from. */
import { type Circulating, circulatingByYear, type MoneyTerms, type Reading } from '../../protocol/money/schedule.ts';
import { SUPPLY_ZHI } from '../../protocol/units.ts';
import { ALLOCATION_LABELS, READING_TITLES, shareOfSupply } from './tokenomics-text.ts';

const PANEL = { width: 760, height: 360, left: 60, top: 50, gap: 90 } as const;
const WIDTH = PANEL.left + PANEL.width + 30;

type Account = Circulating['byAllocation'][number]['account'];

/** Okabe and Ito's colours, told apart by the colour-blind too. */
const COLOURS: Record<Account, string> = {
  minerPool: '#0072b2',
  vesting: '#999999',
  founders: '#d55e00',
  devAndOps: '#009e73',
  foundation: '#cc79a7',
  operationsTeam: '#f0e442',
  marketing: '#e69f00',
};

/** Height in pixels, to a hundredth. */
const heightOf = (amountZhi: bigint): number => Number((amountZhi * BigInt(PANEL.height * 100)) / SUPPLY_ZHI) / 100;

function areas(rows: readonly Circulating[], years: number, top: number): string[] {
  const bottom = top + PANEL.height;
  const x = ({ year }: Circulating) => PANEL.left + Math.round((year * PANEL.width * 100) / years) / 100;
  const accounts = (rows[0]?.byAllocation ?? []).map(({ account }) => account);
  const others = ({ byAllocation, circulatingZhi }: Circulating) =>
    circulatingZhi - byAllocation.reduce((sum, one) => sum + one.circulatingZhi, 0n);
  const upTo = (row: Circulating, count: number) =>
    row.byAllocation.slice(0, count).reduce((sum, one) => sum + one.circulatingZhi, others(row));
  return accounts.map((account, i) => {
    const point = (row: Circulating, count: number) => `${x(row)},${(bottom - heightOf(upTo(row, count))).toFixed(2)}`;
    const outline = [...rows.map((row) => point(row, i + 1)), ...rows.toReversed().map((row) => point(row, i))];
    return `<polygon fill="${COLOURS[account]}" points="${outline.join(' ')}"><title>${ALLOCATION_LABELS[account][0]}</title></polygon>`;
  });
}

function axes(years: number, top: number): string[] {
  const bottom = top + PANEL.height;
  const shares = [0n, 25n, 50n, 75n, 100n].map((percent) => {
    const y = bottom - heightOf((SUPPLY_ZHI * percent) / 100n);
    return `<path stroke="#ccc" d="M${PANEL.left} ${y}h${PANEL.width}"/><text x="${PANEL.left - 8}" y="${y + 4}" text-anchor="end">${percent}%</text>`;
  });
  const step = Math.max(1, Math.ceil(years / 10));
  const marks = Array.from({ length: Math.floor(years / step) + 1 }, (_, i) => i * step).map((year) => {
    const x = PANEL.left + (year * PANEL.width) / years;
    return `<text x="${x}" y="${bottom + 18}" text-anchor="middle">${year}</text>`;
  });
  return [...shares, ...marks];
}

function panel(terms: MoneyTerms, reading: Reading, years: number, index: number): string {
  const top = PANEL.top + index * (PANEL.height + PANEL.gap);
  const rows = circulatingByYear(
    terms,
    reading,
    Array.from({ length: years + 1 }, (_, year) => year),
  );
  const last = rows.at(-1) as Circulating;
  const title = `${READING_TITLES[reading]}: ${shareOfSupply(last.circulatingZhi)} after ${years} years`;
  const heading = `<text x="${PANEL.left}" y="${top - 14}" font-weight="bold">${title}</text>`;
  return [heading, ...axes(years, top), ...areas(rows, years, top)].join('\n');
}

function legend({ allocations }: MoneyTerms, y: number): string[] {
  return allocations.map(({ account }, i) => {
    const x = PANEL.left + i * 125;
    return `<rect x="${x}" y="${y - 11}" width="12" height="12" fill="${COLOURS[account]}"/><text x="${x + 18}" y="${y}">${ALLOCATION_LABELS[account][0]}</text>`;
  });
}

/** Of years 0 to `years`, at least one. */
export function tokenomicsSvg(terms: MoneyTerms, readings: readonly Reading[], years: number): string {
  const height = PANEL.top + readings.length * (PANEL.height + PANEL.gap);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" role="img">`,
    '<title>HAI in circulation by year, of each allocation</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...readings.map((reading, i) => panel(terms, reading, years, i)),
    ...legend(terms, height - 22),
    '</svg>\n',
  ].join('\n');
}
