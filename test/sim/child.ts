/** One process of the simulator: runs its share of the seeds, and prints a line of JSON. Started by main.ts. */
import { enableCompileCache } from 'node:module';
import { installLoader } from './loader.ts';
import { NARROW_TILES, patchesOf } from './mutants.ts';
import { type ChildReport, type Failing, summed } from './report.ts';

export interface Share {
  /** The guard that is taken out; null for the source as it is. */
  readonly mutant: string | null;
  readonly from: number;
  readonly seeds: number;
  /** Ends with the first seed that fails. */
  readonly untilFailing: boolean;
  /** Prints what happened. */
  readonly verbose: boolean;
}

// A third of what a start takes, and a run of all mutants starts some thirty.
enableCompileCache();
const share = JSON.parse(process.argv[2] ?? '') as Share;
// Before anything that it may have a patch for is loaded.
installLoader([...NARROW_TILES, ...(share.mutant === null ? [] : patchesOf(share.mutant))]);

const { loadClasses } = await import('./objects.ts');
const { installGlobals } = await import('./globals.ts');
const { setStage } = await import('./stage.ts');
const { Run } = await import('./run.ts');
type ARun = InstanceType<typeof Run>;

const classes = await loadClasses();
const stage = setStage(classes);
let run: ARun | undefined;
installGlobals((_url, { body }) => {
  const sender = run?.world.clock.owner;
  if (!run || !sender) throw new Error('nobody asks');
  return run.consumer.receive(sender, String(body));
});
// Most errors of a run are made up, and nobody reads where.
Error.stackTraceLimit = 4;

const reports: ChildReport[] = [];
for (let seed = share.from; seed < share.from + share.seeds; seed++) {
  run = new Run(seed, stage, classes);
  const { violations, counts, acknowledged, log } = await run.toEnd();
  const failing: Failing[] = violations.length > 0 ? [{ seed, violations }] : [];
  reports.push({ seeds: 1, failing, acknowledged, counts });
  if (share.verbose) process.stderr.write(`${log.join('\n')}\n`);
  if (share.untilFailing && failing.length > 0) break;
}
process.stdout.write(`${JSON.stringify(summed(reports))}\n`);
