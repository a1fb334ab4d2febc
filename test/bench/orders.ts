/** `bench -- orders`: small predict orders over HTTP, one at a time and 16 at once, direct and by queue, idle and while training. */
import { loadDigits } from '../../local/demo/digits.ts';
import { startNetwork } from '../../local/network.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { percentile, rounded } from './figures.ts';
import { type Demander, finals, keepTraining, newDemander, preparePredicts, type Served, serve } from './order-load.ts';

const ORDERS = 200;
const PARALLEL = 16;
/** Orders before the clock starts: the first calls of an isolate compile and cache. */
const WARM_UP = 160;

interface Phase {
  readonly p50ResultMs: number;
  readonly p95ResultMs: number;
  readonly p50FinalMs: number;
  readonly ordersPerSecond: number;
  readonly byStep: Record<string, number>;
}

function stepsOf(orders: readonly WireOrder[]): Record<string, number> {
  const between = (from: keyof WireOrder['steps'], to: keyof WireOrder['steps']) =>
    percentile(
      orders.map(({ steps }) => Number(steps[to]) - Number(steps[from])),
      50,
    );
  return {
    match: between('intake', 'match'),
    compute: between('match', 'compute'),
    prove: between('compute', 'prove'),
    seal: between('prove', 'seal'),
  };
}

function phaseOf(served: readonly Served[], orders: readonly WireOrder[], elapsedMs: number): Phase {
  const results = served.map(({ resultMs }) => resultMs);
  const final = orders.map(({ steps }) => Number(steps.seal) - Number(steps.intake));
  return {
    p50ResultMs: rounded(percentile(results, 50)),
    p95ResultMs: rounded(percentile(results, 95)),
    p50FinalMs: rounded(percentile(final, 50)),
    ordersPerSecond: rounded((served.length / elapsedMs) * 1000),
    byStep: stepsOf(orders),
  };
}

type Load = { readonly demanders: readonly Demander[]; readonly table: Parameters<typeof preparePredicts>[1] };

async function runPhase({ demanders, table }: Load, total: number, preferQueue: boolean): Promise<Phase> {
  const each = Math.ceil(total / demanders.length);
  const prepared = await Promise.all(demanders.map((demander) => preparePredicts(demander, table, each)));
  const startMs = performance.now();
  const served = await Promise.all(demanders.map((demander, i) => serve(demander, prepared[i] ?? [], preferQueue)));
  const elapsedMs = performance.now() - startMs;
  const orders = await Promise.all(demanders.map((demander, i) => finals(demander, served[i] ?? [])));
  return phaseOf(served.flat(), orders.flat(), elapsedMs);
}

function tell(name: string, phase: Phase): void {
  const cells = [phase.p50ResultMs, phase.p95ResultMs, phase.p50FinalMs, phase.ordersPerSecond].map((value) =>
    String(value).padStart(9),
  );
  console.log(`${name.padEnd(34)}${cells.join('')}   ${JSON.stringify(phase.byStep)}`);
}

export default async function benchOrders(): Promise<void> {
  const network = await startNetwork();
  try {
    const { train: table } = await loadDigits();
    const all: Demander[] = [];
    for (let i = 0; i < PARALLEL + 1; i++) all.push(await newDemander(network, table));
    const trainer = all.pop() as Demander;
    const one = { demanders: all.slice(0, 1), table };
    const many = { demanders: all, table };
    await runPhase(many, WARM_UP, false);
    await runPhase(many, WARM_UP, true);
    console.log(
      `${'phase'.padEnd(34)}${['p50 ms', 'p95 ms', 'final ms', 'orders/s'].map((head) => head.padStart(9)).join('')}   median ms by step`,
    );
    const measured: Record<string, Phase> = {};
    const measure = async (name: string, load: Load, preferQueue: boolean) => {
      measured[name] = await runPhase(load, ORDERS, preferQueue);
      tell(name, measured[name]);
    };
    await measure('direct, one at a time', one, false);
    await measure('direct, 16 at once', many, false);
    await measure('queue, one at a time', one, true);
    await measure('queue, 16 at once', many, true);
    const stop = keepTraining(trainer, table);
    await measure('direct, one at a time, training', one, false);
    await measure('direct, 16 at once, training', many, false);
    await measure('queue, 16 at once, training', many, true);
    console.log(`trainings finished meanwhile: ${await stop()}`);
    console.log(JSON.stringify(lineOf(measured)));
  } finally {
    await network.close();
  }
}

function lineOf(measured: Record<string, Phase>) {
  const pick = (one: string, many: string) => {
    const { p50ResultMs, p95ResultMs, p50FinalMs } = measured[one] as Phase;
    const { ordersPerSecond, p50ResultMs: p50ResultMsAt16, p95ResultMs: p95ResultMsAt16 } = measured[many] as Phase;
    return { p50ResultMs, p95ResultMs, p50FinalMs, ordersPerSecond, p50ResultMsAt16, p95ResultMsAt16 };
  };
  return {
    ...pick('direct, one at a time', 'direct, 16 at once'),
    whileTraining: {
      ...pick('direct, one at a time, training', 'direct, 16 at once, training'),
      byQueueOrdersPerSecond: (measured['queue, 16 at once, training'] as Phase).ordersPerSecond,
    },
    byQueue: pick('queue, one at a time', 'queue, 16 at once'),
    byStep: (measured['direct, one at a time'] as Phase).byStep,
  };
}
