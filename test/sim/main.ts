/**
 * The simulator: `npm run sim -- --seeds 10000`, `npm run sim -- --mutants`, or one seed again with
 * `npm run sim -- --seed 42 --seeds 1 --verbose`. Ends with one line of JSON, and with 1 when a seed of the source as it is fails,
 * or fewer than one in a hundred of a mutant's do. `npm run sim -- tokenomics` is decades of the money instead: tokenomics.ts.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Share } from './child.ts';
import { FAILS_AT, isMutant, MUTANTS } from './mutants.ts';
import { runShares } from './processes.ts';
import { type ChildReport, summed } from './report.ts';

/** Seeds of one process: its start takes as long as some twenty. */
const SHARE_SEEDS = 500;
const FAILING_SHARE_MIN = 0.01;
/** Failing seeds that are printed with what was violated. */
const PRINTED_MAX = 10;

if (process.argv[2] === 'tokenomics') {
  // A simulation of its own, with options of its own.
  await import('./tokenomics.ts');
  process.exit();
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string', multiple: true, default: [] },
    'mutant-seeds': { type: 'string', default: '300' },
    'until-failing': { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    verbose: { type: 'boolean', default: false },
  },
});

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} is a whole number from ${least}`);
  return value;
}

const first = whole('seed', values.seed, 0);
const seeds = whole('seeds', values.seeds ?? (values.mutants || values.mutant.length > 0 ? '300' : '1000'), 0);
const mutantSeeds = whole('mutant-seeds', values['mutant-seeds'], 1);
const jobs = whole('jobs', values.jobs, 1);
const mutants = values.mutants ? Object.keys(MUTANTS) : values.mutant;
for (const name of mutants) if (!isMutant(name)) throw new Error(`no such mutant: ${name}; of ${Object.keys(MUTANTS)}`);

function sharesOf(mutant: string | null, count: number, untilFailing: boolean): Share[] {
  const shares: Share[] = [];
  const from = (untilFailing && mutant && FAILS_AT[mutant]) || first;
  for (let done = 0; done < count; done += SHARE_SEEDS) {
    const size = Math.min(SHARE_SEEDS, count - done);
    shares.push({ mutant, from: from + done, seeds: size, untilFailing, verbose: values.verbose });
  }
  return shares;
}

let printed = 0;
let done = 0;
function tell({ mutant }: Share, report: ChildReport): void {
  if (mutant) {
    const [first] = report.failing;
    const at = first ? `, the first ${first.seed}` : '';
    console.log(`${mutant}: ${report.failing.length} of ${report.seeds} seeds fail${at}`);
    return;
  }
  done += report.seeds;
  console.log(`${done} of ${seeds} seeds, ${report.failing.length} failing`);
  for (const { seed, violations } of report.failing) {
    if (++printed > PRINTED_MAX) return;
    console.log(`seed ${seed} fails; again with: npm run sim -- --seed ${seed} --seeds 1 --verbose`);
    for (const violation of violations) console.log(`  ${violation}`);
  }
}

const { failing, counts, acknowledged } = summed(await runShares(sharesOf(null, seeds, false), jobs, tell));
const mutantShares = mutants.flatMap((name) => sharesOf(name, mutantSeeds, values['until-failing']));
const mutantReports = await runShares(mutantShares, jobs, tell);
const ofMutants = Object.fromEntries(
  mutants.map((name) => {
    const sum = summed(mutantReports.filter((_, i) => mutantShares[i]?.mutant === name));
    return [name, { seeds: sum.seeds, failing: sum.failing.length }];
  }),
);
const unnoticed = Object.entries(ofMutants).filter(([, of]) => of.failing < FAILING_SHARE_MIN * of.seeds);
for (const [name, of] of unnoticed)
  console.log(`${name}: too few seeds fail without it (${of.failing} of ${of.seeds})`);
console.log(JSON.stringify({ seeds, failing: failing.length, ...counts, acknowledged, mutants: ofMutants }));
process.exitCode = failing.length > 0 || unnoticed.length > 0 ? 1 : 0;
