/**
 * `bench -- state [accounts,accounts,...]`: what the proposer's stored tree costs as the state grows. In workerd, with the heap
 * of a deployed isolate, timed from outside.
 */
import { percentile, rounded } from './figures.ts';
import { type Figures, Isolate, type Sample } from './state-isolate.ts';
import { STEPS, type Step } from './state-load.ts';

const ACCOUNTS = [1_000, 10_000, 100_000, 1_000_000];
const TRANSFERS = 1_000;
const BLOCKS = 5;
const BLOCKS_WEIGHED = 2;
/** Loads until the tree is there, at most: each takes 131,000 leaves. */
const LOADS_MAX = 100;

const MIB = 1 << 20;
const median = (values: readonly number[]): number => percentile(values, 50);
const most = (values: readonly number[]): number => Math.max(...values);

async function measure(accounts: number): Promise<Figures> {
  const isolate = await Isolate.start();
  try {
    const beginBytes = await isolate.alive();
    await isolate.call('seed', accounts);
    const fillBytes = await filled(isolate);
    const blocks = await sealed(isolate);
    const { pages = 0, bytes = 0, databaseBytes = 0 } = (await isolate.call('size')).figures;
    const rebuilt = await rebuild(isolate);
    return { accounts, beginBytes, fillBytes, ...blocks, pages, pageBytes: bytes, databaseBytes, ...rebuilt };
  } finally {
    await isolate.end();
  }
}

/** The first tree, of which no block says the root: while it is made, only the heap is looked at. */
async function filled(isolate: Isolate): Promise<number> {
  const aliveBytes: number[] = [];
  for (let loads = 0; loads < LOADS_MAX; loads++) {
    const call = isolate.call('fill');
    aliveBytes.push(await isolate.aliveDuring(call));
    if ((await call).figures.isWhole) return most(aliveBytes);
  }
  throw new Error('the tree is not made');
}

async function sealed(isolate: Isolate): Promise<Figures> {
  const samples: Record<Step, Sample[]> = { prepare: [], read: [], build: [], commit: [], advance: [] };
  for (let block = 0; block < BLOCKS; block++) {
    for (const step of STEPS) samples[step].push(await isolate.call(step, TRANSFERS));
  }
  // Apart: to collect the heap costs the next step its compiled code.
  const aliveBytes: number[] = [];
  for (let block = 0; block < BLOCKS_WEIGHED; block++) {
    for (const step of STEPS) {
      await isolate.call(step, TRANSFERS);
      aliveBytes.push(await isolate.alive());
    }
  }
  const msOf = (step: Step): number => median(samples[step].map(({ ms }) => ms));
  const of = (step: Step, name: string): number =>
    median(samples[step].map(({ figures }) => figures[name] ?? Number.NaN));
  return {
    transfers: of('prepare', 'transfers'),
    readMs: msOf('read'),
    buildMs: msOf('build'),
    commitMs: msOf('commit'),
    advanceMs: msOf('advance'),
    pagesRead: of('build', 'pagesRead'),
    bytesRead: of('build', 'bytesRead'),
    pagesWritten: of('advance', 'pagesWritten'),
    bytesWritten: of('advance', 'bytesWritten'),
    rowsWritten: of('advance', 'rowsWritten'),
    witnessBytes: of('build', 'witnessBytes'),
    blockBytes: most(aliveBytes),
  };
}

/** From D1's leaves to the root of the last header, load by load, as after the object's storage was lost. */
async function rebuild(isolate: Isolate): Promise<Figures> {
  await isolate.call('lose');
  const loads: Sample[] = [];
  for (;;) {
    const load = await isolate.call('load');
    loads.push(load);
    if (load.figures.isLoaded) break;
    if (loads.length === LOADS_MAX) throw new Error('the tree is not made anew');
  }
  const restart = await isolate.call('reload');
  const sum = (of: (load: Sample) => number): number => loads.reduce((total, load) => total + of(load), 0);
  return {
    rebuildMs: sum(({ ms }) => ms),
    rebuildLoads: loads.length,
    rebuildLoadMs: most(loads.map(({ ms }) => ms)),
    rebuildStatements: most(loads.map(({ figures }) => figures.statements ?? Number.NaN)),
    rebuildRows: sum(({ figures }) => figures.rowsWritten ?? Number.NaN),
    restartMs: restart.ms,
  };
}

type Column = readonly [string, (figures: Figures) => string];
const in1 =
  (name: string, unit = 1) =>
  (figures: Figures) =>
    String(rounded((figures[name] ?? Number.NaN) / unit));
const pages = (count: string, bytes: string) => (figures: Figures) =>
  `${in1(count)(figures)} (${in1(bytes, MIB)(figures)} MiB)`;

const COLUMNS: readonly Column[] = [
  ['accounts', in1('accounts')],
  ['transfers', in1('transfers')],
  ['D1 read ms', in1('readMs')],
  ['build ms', in1('buildMs')],
  ['store ms', in1('advanceMs')],
  ['D1 commit ms', in1('commitMs')],
  ['pages read', pages('pagesRead', 'bytesRead')],
  ['pages written', pages('pagesWritten', 'bytesWritten')],
  ['witness B a transfer', (figures) => String(rounded((figures.witnessBytes ?? 0) / (figures.transfers ?? 1)))],
  ['store MiB', in1('databaseBytes', MIB)],
  ['alive MiB: at first', in1('beginBytes', MIB)],
  ['in a block', in1('blockBytes', MIB)],
  ['in a fill', in1('fillBytes', MIB)],
  ['rebuild s', in1('rebuildMs', 1000)],
  ['loads', in1('rebuildLoads')],
  ['longest s', in1('rebuildLoadMs', 1000)],
  ['its D1 statements', in1('rebuildStatements')],
  ['rows written', in1('rebuildRows')],
  ['restart ms', in1('restartMs')],
];

export default async function stateGrowth([list]: readonly string[]): Promise<void> {
  const results: Figures[] = [];
  console.log(`| ${COLUMNS.map(([title]) => title).join(' | ')} |\n|${'---|'.repeat(COLUMNS.length)}`);
  for (const accounts of list ? list.split(',').map(Number) : ACCOUNTS) {
    const figures = await measure(accounts);
    results.push(figures);
    console.log(`| ${COLUMNS.map(([, cell]) => cell(figures)).join(' | ')} |`);
  }
  console.log(JSON.stringify({ state: results.map(roundedAll) }));
}

const roundedAll = (figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)]));
