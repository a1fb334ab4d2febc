/**
 * `bench -- state [accounts,accounts,...]`: what the proposer's stored tree costs as the state grows. In workerd, with the heap
 * of a deployed isolate, timed from outside; the most that is alive on the heap is taken in Node.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { bundleWorker } from '../../local/bundle.ts';
import { COMPATIBILITY_DATE } from '../../local/options.ts';
import { percentile, rounded } from './figures.ts';
import { STEPS, type Step } from './state-load.ts';

const ACCOUNTS = [1_000, 10_000, 100_000, 1_000_000];
const TRANSFERS = 1_000;
const BLOCKS = 5;
/** The isolate of production. */
const ISOLATE_FLAGS = '--max-old-space-size=128';
/** For the child in Node: what it needs for itself, and the isolate's. */
const CHILD_FLAGS = ['--expose-gc', '--max-old-space-size=128'];

type Figures = Record<string, number>;
interface Sample {
  readonly ms: number;
  readonly figures: Figures;
}

async function startWorker(): Promise<Miniflare> {
  const { script } = await bundleWorker(fileURLToPath(new URL('./state-worker.ts', import.meta.url)));
  process.env.MINIFLARE_WORKERD_V8_FLAGS = ISOLATE_FLAGS;
  const miniflare = new Miniflare({
    compatibilityDate: COMPATIBILITY_DATE,
    modules: [{ type: 'ESModule', path: 'main.js', contents: script }],
    durableObjects: { STATE: { className: 'StateObject', useSQLite: true } },
    d1Databases: ['DB'],
  });
  const db = await miniflare.getD1Database('DB');
  const folder = new URL('../../migrations/', import.meta.url);
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()) {
    const text = readFileSync(new URL(name, folder), 'utf8').replaceAll(/^--.*$/gm, '');
    await db.batch(
      text
        .split(/;\s*\n/)
        .filter((sql) => sql.trim() !== '')
        .map((sql) => db.prepare(sql)),
    );
  }
  return miniflare;
}

/** A connection of its own: one that lay idle while the object worked for a minute is closed under the next request. */
function get(url: string): Promise<Figures> {
  const { promise, resolve, reject } = Promise.withResolvers<Figures>();
  const request = http.get(url, { agent: false }, async (answer) => {
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += chunk;
    if (answer.statusCode === 200) resolve(JSON.parse(text));
    else reject(new Error(text));
  });
  request.on('error', reject);
  return promise;
}

async function measure(accounts: number): Promise<Figures> {
  const miniflare = await startWorker();
  try {
    const url = (await miniflare.ready).href;
    const call = async (name: string, count: number): Promise<Sample> => {
      const startMs = performance.now();
      const figures = await get(`${url}${name}?count=${count}`);
      return { ms: performance.now() - startMs, figures };
    };
    await call('seed', accounts);
    const rebuilt = await call('rebuild', 0);
    await call('reload', 0);
    const samples: Record<Step, Sample[]> = { prepare: [], build: [], commit: [], advance: [] };
    for (let block = 0; block < BLOCKS; block++) {
      for (const step of STEPS) samples[step].push(await call(step, TRANSFERS));
    }
    const size = (await call('size', 0)).figures;
    return {
      accounts,
      rebuildMs: rebuilt.ms,
      rebuildRows: rebuilt.figures.rowsWritten ?? 0,
      ...figuresOf(samples, size),
    };
  } finally {
    await miniflare.dispose();
  }
}

function figuresOf(samples: Record<Step, Sample[]>, size: Figures): Figures {
  const medianMs = (step: Step): number =>
    percentile(
      samples[step].map(({ ms }) => ms),
      50,
    );
  const median = (step: Step, name: string): number =>
    percentile(
      samples[step].map(({ figures }) => figures[name] ?? 0),
      50,
    );
  const transfers = median('prepare', 'transfers');
  return {
    transfers,
    buildMs: medianMs('build'),
    commitMs: medianMs('commit'),
    advanceMs: medianMs('advance'),
    rowsPerTransfer: median('advance', 'rowsWritten') / transfers,
    witnessBytesPerTransfer: median('build', 'witnessBytes') / transfers,
    pages: size.pages ?? 0,
    pageBytes: size.bytes ?? 0,
    databaseBytes: size.databaseBytes ?? 0,
  };
}

function heapOf(accounts: number): Figures {
  const child = fileURLToPath(new URL('./state-heap.ts', import.meta.url));
  const args = [...CHILD_FLAGS, child, String(accounts), String(TRANSFERS), String(BLOCKS)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

const MB = 1 << 20;

export default async function stateGrowth([list]: readonly string[]): Promise<void> {
  const results: Figures[] = [];
  for (const accounts of list ? list.split(',').map(Number) : ACCOUNTS) {
    const figures = { ...(await measure(accounts)), ...heapOf(accounts) };
    results.push(figures);
    const of = (name: string): number => figures[name] ?? Number.NaN;
    console.log(
      [
        `${accounts} accounts, blocks of ${of('transfers')} transfers:`,
        `build ${rounded(of('buildMs'))} ms, D1 commit ${rounded(of('commitMs'))} ms, store ${rounded(of('advanceMs'))} ms;`,
        `${of('rowsPerTransfer').toFixed(2)} rows and ${rounded(of('witnessBytesPerTransfer'))} witness bytes a transfer;`,
        `store ${rounded(of('databaseBytes') / MB)} MiB in ${of('pages')} pages;`,
        `rebuilt in ${rounded(of('rebuildMs') / 1000)} s with ${of('rebuildRows')} rows;`,
        `alive at most ${rounded(of('rebuildBytes') / MB)} MiB while rebuilding, ${rounded(of('blockBytes') / MB)} MiB in a block`,
      ].join(' '),
    );
  }
  console.log(JSON.stringify({ state: results.map(roundedAll) }));
}

const roundedAll = (figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toFixed(2))]));
