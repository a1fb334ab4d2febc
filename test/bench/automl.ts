/**
 * `bench -- automl`: nested cross-validation. On each outer fold a whole search sees the training rows only, and its bundle is scored
 * on the rest; beside it scikit-learn's and XGBoost's defaults on the same folds, from test/bench/python/automl-peers.json.
 * Options: --sets iris,wine --trials 24 --budget 2000000000 --folds-only (writes python/folds.json).
 * `--file data.csv [--target y]`: any file instead, with `--folds-only` for its peers (automl-file.ts).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { decodeBundle } from '../../ml/bundle/bundle.ts';
import { predictBundle } from '../../ml/bundle/predict.ts';
import { targetsOf } from '../../ml/features/train-set.ts';
import { METRICS, scoreOf } from '../../ml/metrics/metrics.ts';
import { mean } from '../../ml/numeric/mean.ts';
import { deviation } from '../../ml/report/leaderboard.ts';
import { localSearch } from '../../ml/search/local.ts';
import type { SearchSpec } from '../../ml/search/search.ts';
import { splitTable } from '../../ml/table/rows.ts';
import type { Table } from '../../ml/table/table.ts';
import { nodeKernels } from '../../ml/trainers/node.ts';
import { peersOf, readFile, writeForPeers } from './automl-file.ts';
import { loadSet, outerFolds, SETS } from './automl-sets.ts';

const FOLDS = new URL('./python/folds.json', import.meta.url);
const PEERS = new URL('./python/automl-peers.json', import.meta.url);

interface Peer {
  readonly score: number;
  readonly sd: number;
}
interface Peers {
  readonly versions: Readonly<Record<string, string>>;
  readonly sets: Readonly<Record<string, Readonly<Record<string, Peer>>>>;
}

interface Line {
  readonly name: string;
  readonly metric: string;
  readonly score: number;
  readonly sd: number;
  readonly bestDefault: number;
  readonly bestModel: string;
  readonly cycles: string;
}

/** Every row of the table a training row of four outer folds and a test row of one. */
const OUTER_SEED = 20_261_130n;
const INNER_FOLDS = 5;
const ROW_CYCLES = 10_000_000;

function specOf(table: Table, fold: number, trials: number, budget: bigint): SearchSpec {
  const task = table.target.kind === 'classes' ? 'classes' : 'values';
  const [metric = 'accuracy'] = METRICS[task];
  const seed = OUTER_SEED + BigInt(fold);
  return { task, metric, families: [], trials, budget, folds: INNER_FOLDS, seed, rowCycles: ROW_CYCLES };
}

const kernels = nodeKernels();

interface Outer {
  readonly score: number;
  readonly inner: number;
  readonly cycles: bigint;
}

function outerFold(table: Table, rows: readonly number[], spec: SearchSpec): Outer {
  const { chosen: test, rest: train } = splitTable(table, rows);
  const search = localSearch(kernels, train, spec);
  if (!search.ok) throw new Error(`${search.code}: ${search.evidence}`);
  const bundle = decodeBundle(search.value.bundle);
  if (!bundle.ok) throw new Error(`${bundle.code}: ${bundle.evidence}`);
  const { values, classes } = predictBundle(kernels, bundle.value, test);
  const truth = targetsOf(
    test.target,
    Array.from({ length: test.rows }, (_, row) => row),
  );
  const score = scoreOf(spec.metric, classes, values, truth);
  return { score, inner: bundle.value.report.score ?? 0, cycles: search.value.cycles };
}

function runSet(name: string, table: Table, peers: Peers, trials: number, budget: bigint): Line {
  const from = performance.now();
  const outer = outerFolds(table).map((rows, fold) => outerFold(table, rows, specOf(table, fold, trials, budget)));
  const scores = outer.map(({ score }) => score);
  const [best = ['none', { score: Number.NaN, sd: 0 }] as const] = Object.entries(peers.sets[name] ?? {}).sort(
    ([, a], [, b]) => b.score - a.score,
  );
  const [bestModel, { score: bestDefault }] = best;
  const [score, sd] = [mean(scores), deviation(scores)];
  const seconds = (performance.now() - from) / 1000;
  const sign = score > bestDefault ? 'ahead' : score >= bestDefault - sd ? 'within one sd' : 'BEHIND';
  console.log(
    `${name.padEnd(14)} ${score.toFixed(4)} ± ${sd.toFixed(4)}   best default ${bestDefault.toFixed(4)} (${bestModel})   ${sign}` +
      `   inner ${mean(outer.map(({ inner }) => inner)).toFixed(4)}   ${(seconds / outer.length).toFixed(1)} s a search`,
  );
  const cycles = outer.reduce((sum, fold) => sum + fold.cycles, 0n) / BigInt(outer.length);
  const digits = (value: number): number => Number(value.toFixed(6));
  const { metric } = specOf(table, 0, trials, budget);
  return {
    name,
    metric,
    score: digits(score),
    sd: digits(sd),
    bestDefault,
    bestModel,
    cycles: cycles.toString(),
  };
}

function writeFolds(): void {
  const sets = Object.fromEntries(SETS.map((name) => [name, outerFolds(loadSet(name))]));
  writeFileSync(FOLDS, `${JSON.stringify({ sets })}\n`);
}

export default async function automl(args: readonly string[]): Promise<void> {
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const file = option('--file');
  const table = file === undefined ? undefined : await readFile(file, option('--target'));
  if (args.includes('--folds-only'))
    return file && table ? writeForPeers(file, table, outerFolds(table)) : writeFolds();
  const peers = (file ? peersOf<Peers>(file) : undefined) ?? (JSON.parse(readFileSync(PEERS, 'utf8')) as Peers);
  const trials = Number(option('--trials') ?? 24);
  const budget = BigInt(option('--budget') ?? '2000000000');
  const names = file ? [file] : (option('--sets')?.split(',') ?? SETS);
  console.log(`nested 5-fold, ${trials} trials, ${budget} cycles a search; peers: ${JSON.stringify(peers.versions)}`);
  const sets = names.map((name) => runSet(name, table ?? loadSet(name), peers, trials, budget));
  console.log(JSON.stringify({ sets }));
}
