/** One stage of `npm test`: commands, each a Node program and its arguments. */
export type Stage = {
  readonly name: string;
  readonly what: string;
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
  /** The commands need nothing of each other, and run two at a time; else, and beside another stage, in order. */
  readonly paired?: true;
  /** Where the stage before it runs too, both begin at once: each waits for as long as it computes. */
  readonly beside?: true;
  /** Run only when it is named: it needs something that `npm ci` does not bring. */
  readonly onRequest?: true;
};

/** The compiler in Go, several times as fast. The tools that read syntax trees need the one in JavaScript: `typescript`. */
const TSC = 'node_modules/typescript-7/bin/tsc';
const VITEST = 'node_modules/vitest/vitest.mjs';
const BIOME = 'node_modules/@biomejs/biome/bin/biome';

/** The order is the cheapest refusal first, after the build that types and tests need. */
export const STAGES: readonly Stage[] = [
  { name: 'build', what: 'kernels, circuits, page', commands: [['tools/build.ts']] },
  { name: 'lint', what: 'Biome: format and lint', commands: [[BIOME, 'check', '--error-on-warnings', '.']] },
  {
    name: 'types',
    what: 'tsc: Node and page, protocol alone, the light client alone, Workers, Worker tests',
    commands: [
      [TSC, '-p', 'tsconfig.json'],
      [TSC, '-p', 'protocol/tsconfig.json'],
      [TSC, '-p', 'clients/light/tsconfig.json'],
      [TSC, '-p', 'tsconfig.workers.json'],
      [TSC, '-p', 'test/workerd/tsconfig.json'],
    ],
    paired: true,
  },
  { name: 'layers', what: 'who imports whom', commands: [['tools/check-layers.ts']] },
  { name: 'purity', what: 'no clock, entropy or I/O in protocol/', commands: [['tools/check-purity.ts']] },
  {
    name: 'unit',
    what: 'vitest in Node',
    // By default it leaves a core idle, which is half of the machine where there are two.
    commands: [[VITEST, 'run', '--project', 'unit*', '--maxWorkers=100%']],
  },
  {
    name: 'workerd',
    what: 'vitest inside workerd',
    // Half of the files each: most of their time is waiting for blocks, in one runtime.
    commands: [
      [VITEST, 'run', '--config', 'vitest.workerd.config.ts', '--shard=1/2'],
      [VITEST, 'run', '--config', 'vitest.workerd.config.ts', '--shard=2/2'],
    ],
    paired: true,
  },
  {
    name: 'e2e',
    what: 'whole networks, wrangler dev',
    // Half of their time is waiting: for blocks, leases, restarts.
    commands: [[VITEST, 'run', '--project', 'e2e', '--maxWorkers=2']],
    beside: true,
  },
  {
    name: 'browser',
    what: 'the page in headless Chromium (a Chromium on the host)',
    commands: [[VITEST, 'run', '--project', 'browser']],
    onRequest: true,
  },
];

/**
 * The stages to run: all that need no request, or those named (a stage brings no other with it), in the table's order.
 * Returns a sentence when a name is not known.
 */
export function stagesNamed(names: readonly string[]): readonly Stage[] | string {
  const known = STAGES.map((stage) => stage.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) return `no such stage: ${unknown.join(', ')}. Stages: ${known.join(', ')}`;
  return STAGES.filter((stage) => (names.length === 0 ? !stage.onRequest : names.includes(stage.name)));
}

/** Stages that begin at once, in their order. */
export function besideEachOther(stages: readonly Stage[]): readonly (readonly Stage[])[] {
  const groups: Stage[][] = [];
  for (const stage of stages) {
    const before = groups.at(-1)?.at(-1);
    const follows = before !== undefined && STAGES.indexOf(stage) === STAGES.indexOf(before) + 1;
    if (stage.beside && follows) groups.at(-1)?.push(stage);
    else groups.push([stage]);
  }
  return groups;
}
