/**
 * `bench -- hpu --workerd`: the kernels inside workerd, timed from outside, in turn with Node's. A sample is one request for
 * many calls less one request for none.
 */
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { bundleWorker } from '../../local/bundle.ts';
import { COMPATIBILITY_DATE } from '../../local/options.ts';
import { rounded } from './figures.ts';
import { type Kernels, ownRuns } from './hpu-kernels.ts';
import { HPU_SHAPES, operandsOf, shapeName } from './hpu-shapes.ts';
import { median } from './interleave.ts';

const ROUNDS = 9;
const SAMPLE_MS = 60;
const WARM_UP_MS = 150;

async function startWorker(): Promise<Miniflare> {
  const { script, wasm } = await bundleWorker(fileURLToPath(new URL('./hpu-worker.ts', import.meta.url)));
  return new Miniflare({
    compatibilityDate: COMPATIBILITY_DATE,
    modules: [
      { type: 'ESModule', path: 'main.js', contents: script },
      ...wasm.map(({ name, bytes }) => ({ type: 'CompiledWasm' as const, path: name.slice(2), contents: bytes })),
    ],
  });
}

type Timed = (calls: number) => Promise<number>;

async function callsFor(timed: Timed): Promise<number> {
  let spentMs = 0;
  let calls = 1;
  while (spentMs < WARM_UP_MS) {
    const ms = await timed(calls);
    spentMs += Math.max(ms, 0.1);
    calls = Math.max(1, Math.min(2 * calls, Math.round((SAMPLE_MS / Math.max(ms, 0.01)) * calls)));
  }
  return calls;
}

export async function benchWorkerd(kernels: Kernels): Promise<void> {
  const miniflare = await startWorker();
  try {
    const url = (await miniflare.ready).href;
    const requested = async (shape: number, kernel: string, calls: number): Promise<number> => {
      const startMs = performance.now();
      const answer = await fetch(`${url}?shape=${shape}&kernel=${kernel}&calls=${calls}`);
      if (!answer.ok) throw new Error(await answer.text());
      await answer.text();
      return performance.now() - startMs;
    };
    console.log('GMAC/s, one thread, as called with packed weights and one array for the results:');
    const shapes: Record<string, unknown>[] = [];
    for (const [index, shape] of HPU_SHAPES.entries()) {
      const runs = ownRuns(kernels, operandsOf(shape));
      const row: Record<string, unknown> = { m: shape.m, k: shape.k, n: shape.n };
      for (const [kernel, run] of Object.entries(runs)) {
        const inNode: Timed = async (calls) => {
          const startMs = performance.now();
          for (let call = 0; call < calls; call++) run();
          return performance.now() - startMs;
        };
        const inWorkerd: Timed = async (calls) =>
          (await requested(index, kernel, calls)) - (await requested(index, kernel, 0));
        const rates = await inTurn(inNode, inWorkerd, (shape.m * shape.k * shape.n) / 1e6);
        row[kernel] = rates;
        console.log(`${shapeName(shape).padEnd(22)}${kernel}  ${JSON.stringify(rates)}`);
      }
      shapes.push(row);
    }
    console.log(JSON.stringify({ shapes }));
  } finally {
    await miniflare.dispose();
  }
}

async function inTurn(node: Timed, workerd: Timed, megamacs: number) {
  const [nodeCalls, workerdCalls] = [await callsFor(node), await callsFor(workerd)];
  const samples: { node: number; workerd: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const inNode = (await node(nodeCalls)) / nodeCalls;
    samples.push({ node: inNode, workerd: (await workerd(workerdCalls)) / workerdCalls });
  }
  return {
    node: rounded(megamacs / median(samples.map((sample) => sample.node))),
    workerd: rounded(megamacs / median(samples.map((sample) => sample.workerd))),
    workerdVsNode: Number(median(samples.map((sample) => sample.node / sample.workerd)).toFixed(2)),
  };
}
