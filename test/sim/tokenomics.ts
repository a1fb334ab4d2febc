/**
 * `npm run sim -- tokenomics [--years 40 | --days N] [--seed 1] [--base grant|supply] [--missed PERCENT]`: prints a table of the years, and last a line of JSON.
 * Ends with 1 when anything about the money does not hold. `--mutant NAME` breaks a posting first.
 */
import { parseArgs } from 'node:util';
import { installLoader } from './loader.ts';
import { isMoneyMutant, MONEY_MUTANTS } from './tokenomics-mutants.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((word) => word !== 'tokenomics'),
  options: {
    years: { type: 'string', default: '40' },
    days: { type: 'string' },
    seed: { type: 'string', default: '1' },
    base: { type: 'string', default: 'grant' },
    missed: { type: 'string', default: '0' },
    checkpoint: { type: 'string', default: '500' },
    mutant: { type: 'string' },
  },
});

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name} is a whole number from ${least} to ${most}`);
}

const { base, mutant } = values;
if (base !== 'grant' && base !== 'supply') throw new Error('--base is grant or supply');
if (mutant !== undefined && !isMoneyMutant(mutant)) {
  throw new Error(`no such mutant: ${mutant}; of ${Object.keys(MONEY_MUTANTS)}`);
}
const options = {
  epochs:
    values.days === undefined
      ? whole('years', values.years, 1, 200) * 8_766
      : whole('days', values.days, 1, 73_050) * 24,
  seed: whole('seed', values.seed, 0, 0xffffffff),
  base,
  missedPercent: whole('missed', values.missed, 0, 100),
  checkpointBlocks: whole('checkpoint', values.checkpoint, 1, 1_000_000),
} as const;
// Before anything that it may have a patch for is loaded.
installLoader(mutant === undefined ? [] : MONEY_MUTANTS[mutant]);

const { BrokenMoneyError, TokenomicsRun } = await import('./tokenomics-run.ts');
const { shortHai, wholeHai } = await import('../../protocol/money/quantity.ts');
const { SUPPLY_ZHI } = await import('../../protocol/units.ts');

const cell = (amountZhi: bigint) => wholeHai(amountZhi).padStart(15);
process.stdout.write(
  `year${['minted', 'not yet minted', 'burned'].map((head) => head.padStart(15)).join('')}  (HAI)\n`,
);

const { missedPercent, checkpointBlocks, epochs, ...rest } = options;
const told = { years: epochs / 8_766, ...rest };
try {
  const { years, ...counts } = await new TokenomicsRun(options).toEnd(({ year, supply }) => {
    const { mintedZhi, unmintedZhi, burnedZhi } = supply;
    const burned = shortHai(burnedZhi).replace(' HAI', '').padStart(15);
    process.stdout.write(`${String(year).padStart(4)}${[mintedZhi, unmintedZhi].map(cell).join('')}${burned}\n`);
  });
  const end = years.at(-1)?.supply;
  const figures = Object.fromEntries(Object.entries(end ?? {}).map(([name, amount]) => [name, String(amount)]));
  const line = {
    ...told,
    ...counts,
    missedPercent,
    checkpointBlocks,
    sumHeld: true,
    sumZhi: String(SUPPLY_ZHI),
    ...figures,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
} catch (error) {
  const what = error instanceof BrokenMoneyError ? error.message : `a rule threw: ${(error as Error).message}`;
  process.stdout.write(`${JSON.stringify({ ...told, sumHeld: false, broken: what })}\n`);
  process.exitCode = 1;
}
