/**
 * `bench -- train`: how long each family takes for one fit, beside tfjs-wasm (in the same run, by turns) and scikit-learn and
 * XGBoost (one thread, run apart: test/bench/python/train-peers.json says with which versions and where). `--only TEXT` takes the
 * cases whose names hold it; `--full` adds Fashion-MNIST, from `--data FOLDER`.
 */
import { readFileSync } from 'node:fs';
import { percentile } from './figures.ts';
import type { FitOnce, TrainCase } from './train-case.ts';
import { linearCases } from './train-linear.ts';
import { fashionMnist, networkCases } from './train-networks.ts';
import { treeCases } from './train-trees.ts';

const ROUNDS = 5;
/** A case takes as many of the rounds as fit here, at least one behind a warm-up. */
const CASE_MS_MAX = 15_000;

interface PythonPeers {
  readonly versions: Readonly<Record<string, string>>;
  readonly machine?: string;
  readonly cases: Readonly<Record<string, Readonly<Record<string, { readonly ms: number }>>>>;
}

function pythonPeers(): PythonPeers | undefined {
  try {
    return JSON.parse(readFileSync(new URL('./python/train-peers.json', import.meta.url), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** CPU time of the process, its compiler and collector included: other programs on the machine don't count, as in train_peers.py. */
async function cpuMs(fit: FitOnce): Promise<{ ms: number; loss: number }> {
  const start = process.cpuUsage();
  const loss = await fit();
  const { user, system } = process.cpuUsage(start);
  return { ms: (user + system) / 1000, loss };
}

interface Measured {
  /** Least and median of the rounds. */
  readonly ms: number;
  readonly medianMs: number;
  readonly loss: number;
}

/** Each engine once to warm up, then by turns. */
async function measure({ fit, peers = [] }: TrainCase): Promise<Map<string, Measured>> {
  const engines = [{ name: 'ours', fit }, ...peers];
  const samples = new Map(engines.map(({ name }) => [name, [] as { ms: number; loss: number }[]]));
  let spent = 0;
  for (const engine of engines) spent += (await cpuMs(engine.fit)).ms;
  for (let round = 0; round < ROUNDS && (round === 0 || spent < CASE_MS_MAX); round++) {
    for (const engine of engines) {
      const sample = await cpuMs(engine.fit);
      samples.get(engine.name)?.push(sample);
      spent += sample.ms;
    }
  }
  return new Map(
    [...samples].map(([name, taken]) => {
      const times = taken.map(({ ms }) => ms);
      return [
        name,
        { ms: Math.min(...times), medianMs: percentile(times, 50), loss: taken.at(-1)?.loss ?? Number.NaN },
      ];
    }),
  );
}

const short = (ms: number): number => Number(ms.toPrecision(3));

/** Times as long as ours, of engines in this run by their least times, of Python's as they were measured. */
async function row(one: TrainCase, python: PythonPeers | undefined) {
  const measured = await measure(one);
  const own = measured.get('ours') as Measured;
  const others = [...measured].filter(([name]) => name !== 'ours').map(([name, { ms }]) => [name, ms] as const);
  const apart = Object.entries(python?.cases[one.name] ?? {}).map(([name, { ms }]) => [name, ms] as const);
  const peers = Object.fromEntries(
    [...others, ...apart].map(([name, ms]) => [name, { ms: short(ms), oursTakes: short(own.ms / ms) }]),
  );
  const cells = Object.entries(peers).map(([name, { ms, oursTakes }]) => `${name} ${ms} ms (ours x${oursTakes})`);
  const losses = [...measured].map(([name, { loss }]) => `${name} ${loss.toPrecision(3)}`).join(', ');
  console.log(
    `${one.name.padEnd(34)}${String(short(own.ms)).padStart(8)} ms   ${cells.join(' | ')}   [loss: ${losses}]`,
  );
  return { name: one.name, settings: one.settings, ms: short(own.ms), medianMs: short(own.medianMs), peers };
}

const optionOf = (args: readonly string[], flag: string): string | undefined =>
  args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;

export default async function benchTrain(args: readonly string[]): Promise<void> {
  const { cases: networks, missing } = await networkCases();
  const cases = [...linearCases(), ...treeCases(), ...networks];
  const python = pythonPeers();
  for (const line of missing) console.log(`!! not measured: ${line}`);
  if (!python) console.log('!! no test/bench/python/train-peers.json: see test/bench/python/README.md');
  else console.log(`Python peers: ${JSON.stringify(python.versions)}${python.machine ? `, ${python.machine}` : ''}`);
  console.log('CPU time of one fit, one thread, least of the rounds; "ours x0.5": ours takes half the time');
  const only = optionOf(args, '--only') ?? '';
  const rows: Awaited<ReturnType<typeof row>>[] = [];
  for (const one of cases) if (one.name.includes(only)) rows.push(await row(one, python));
  const fashion = args.includes('--full') ? fashionMnist(optionOf(args, '--data')) : undefined;
  if (fashion)
    console.log(`Fashion-MNIST: accuracy ${fashion.accuracy} in ${fashion.seconds} s (${fashion.cpuSeconds} s of CPU)`);
  if (fashion && fashion.accuracy < 0.9) process.exitCode = 1;
  console.log(JSON.stringify({ train: rows, versions: python?.versions ?? null, ...(fashion ? { fashion } : {}) }));
}
