/**
 * `bench -- parallel`: one search on the local network, its jobs computed by the network's own consumers (0), by one process of the
 * provider's and by two. Leaderboard and model must be the same. `jobs`: from the order's acceptance to its claim, which is what
 * processes share; the check that follows is the checker's alone.
 * Options: --set concrete --trials 32 --budget 2000000000 --processes 0,1,2 --runs 1
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { makeProcessKey } from '../../clients/cli/provider-key.ts';
import { workerLines } from '../../clients/cli/worker-lines.ts';
import { accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { decodeBundle } from '../../ml/bundle/bundle.ts';
import { METRICS } from '../../ml/metrics/metrics.ts';
import { familiesOf } from '../../ml/search/space.ts';
import { encodeTypedTable } from '../../ml/table/canonical.ts';
import { shapeOf } from '../../ml/table/shape.ts';
import type { Table } from '../../ml/table/table.ts';
import { hpuCycles, type Zhi } from '../../protocol/units.ts';
import { unwrap } from '../unit/ml/digits.ts';
import { loadSet } from './automl-sets.ts';

const HAI = new URL('../../clients/cli/hai.mjs', import.meta.url).pathname;
const FOLDS = 5;
const SEED = 7n;
const ROW_CYCLES = 10_000_000;
const LIMIT_ZHI = 10_000_000_000n as Zhi;
const FINAL_MS = 300_000;
/** Started, and heard of. */
const START_MS = 3_000;
const LOOK_MS = 50;

interface Asked {
  readonly table: Table;
  readonly trials: number;
  readonly budget: bigint;
}

interface Measured {
  readonly processes: number;
  readonly jobs: number;
  readonly jobsMs: number;
  readonly finalMs: number;
  readonly cycles: string;
  readonly leaderboard: string;
  readonly bundle: string;
}

function place(client: Client, { table, trials, budget }: Asked) {
  const task = table.target.kind === 'classes' ? 'classes' : 'values';
  const [metric = 'accuracy'] = METRICS[task];
  const shape = shapeOf(table);
  return client.search({
    dataset: encodeTypedTable(table),
    work: { ...shape, trials, folds: FOLDS, budget: hpuCycles(budget), rowCycles: ROW_CYCLES, seed: SEED },
    task,
    metric,
    families: familiesOf({ task, families: [] }, shape),
    priceLimitZhi: LIMIT_ZHI,
  });
}

async function measured(network: LocalNetwork, processes: number, asked: Asked): Promise<Measured> {
  const client = createClient({ url: network.url, genesis: network.genesis, account: accountOfSeed(newAccountSeed()) });
  await client.faucet();
  const opened = await place(client, asked);
  const from = performance.now();
  let jobsMs = Number.NaN;
  while (Number.isNaN(jobsMs)) {
    await sleep(LOOK_MS);
    const { order } = await client.order(opened.id);
    const elapsed = performance.now() - from;
    if (order.state !== 'open' && order.state !== 'matched') jobsMs = elapsed;
    if (elapsed > FINAL_MS) throw new Error(`the search is ${order.state} after ${FINAL_MS} ms`);
  }
  const { order } = await client.waitOrder(opened.id, 'final', FINAL_MS);
  const finalMs = performance.now() - from;
  if (order.state !== 'settled') throw new Error(`the search is ${order.state}`);
  const bytes = await client.openResult(order, opened.contentKey, await client.resultCiphertext(opened.id));
  const { jobs, cycles } = await client.jobs(opened.id, opened.contentKey);
  const { report } = unwrap(decodeBundle(bytes));
  return {
    processes,
    jobs: jobs.length,
    jobsMs: Math.round(jobsMs),
    finalMs: Math.round(finalMs),
    cycles: cycles.toString(),
    leaderboard: report.leaderboardHash,
    bundle: bytesToHex(sha256(bytes)),
  };
}

async function withProcesses(processes: number, asked: Asked): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'hai-bench-'));
  const keys = Array.from({ length: processes }, (_, i) => join(folder, `${i}.json`));
  const listed = keys.map((path) => makeProcessKey(path).address).join(' ');
  const network = await startNetwork({
    providerProcesses: listed,
    onLog: workerLines((line) => process.stderr.write(line)),
  });
  const children: ChildProcess[] = [];
  try {
    for (const key of keys) {
      const args = [HAI, 'provider', '--url', network.url, '--genesis', network.genesis, '--key', key];
      children.push(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
    }
    await sleep(START_MS);
    return await measured(network, processes, asked);
  } finally {
    for (const child of children) {
      const exited = once(child, 'exit');
      if (child.kill('SIGINT')) await exited;
    }
    await network.close();
  }
}

const fastest = (runs: readonly Measured[], processes: number): number =>
  Math.min(...runs.filter((run) => run.processes === processes).map(({ jobsMs }) => jobsMs));

export default async function parallel(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      set: { type: 'string', default: 'concrete' },
      trials: { type: 'string', default: '32' },
      budget: { type: 'string', default: '2000000000' },
      processes: { type: 'string', default: '0,1,2' },
      runs: { type: 'string', default: '1' },
    },
  });
  const asked = { table: loadSet(values.set), trials: Number(values.trials), budget: BigInt(values.budget) };
  const counts = values.processes.split(',').map(Number);
  const runs: Measured[] = [];
  console.log(`${values.set}, ${asked.trials} trials\nprocesses  jobs  jobs s  final s  leaderboard       bundle`);
  for (let run = 0; run < Number(values.runs); run++) {
    for (const processes of counts) {
      const one = await withProcesses(processes, asked);
      runs.push(one);
      const seconds = [one.jobsMs, one.finalMs].map((ms) => (ms / 1000).toFixed(1).padStart(7)).join('  ');
      const hashes = `${one.leaderboard.slice(0, 16)}  ${one.bundle.slice(0, 16)}`;
      console.log(`${String(processes).padStart(9)}  ${String(one.jobs).padStart(4)}  ${seconds}  ${hashes}`);
    }
  }
  const same = new Set(runs.map(({ leaderboard, bundle, cycles }) => `${leaderboard}/${bundle}/${cycles}`)).size === 1;
  if (!same) process.exitCode = 1;
  const speedUp = Number((fastest(runs, 1) / fastest(runs, 2)).toFixed(2));
  console.log(JSON.stringify({ set: values.set, trials: asked.trials, same, speedUp, runs }));
}
