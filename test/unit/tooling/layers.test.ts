import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Cruise, layerFaults } from '../../../tools/check-layers.ts';
import { LAYERS, SHIPPED } from '../../../tools/layers.ts';
import { installed, plantTree } from './plant.ts';

const repository = join(import.meta.dirname, '../../..');

/** One file a layer, so that any import can be planted in a tree that is otherwise in order. */
const inOrder: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'protocol/units.ts': "import '@noble/hashes';\nexport const zhi = 1n;\n",
  'hpu/hpu.ts': "import { zhi } from '../protocol/units.ts';\nexport const hpu = zhi;\n",
  'hpu/build.ts':
    "import { readFileSync } from 'node:fs';\nimport 'assemblyscript';\nexport const build = readFileSync;\n",
  'hpu/assembly/gemm.ts': "import { nothing } from './this/is/not/typescript';\n",
  'ledger/schema.ts': "import 'drizzle-orm';\nexport const schema = 1;\n",
  'sealing/seal.ts': "import 'hpke';\nimport { zhi } from '../protocol/units.ts';\nexport const seal = zhi;\n",
  'ml/graph/graph.ts': 'export const graph = 1;\n',
  'ml/train.ts': "import { hpu } from '../hpu/hpu.ts';\nexport const train = hpu;\n",
  'circuits/prove.ts':
    "import 'snarkjs';\nimport { graph } from '../ml/graph/graph.ts';\nexport const prove = graph;\n",
  'durable-objects/region.ts':
    "import { DurableObject } from 'cloudflare:workers';\nexport class Region extends DurableObject {}\n",
  'workers/main.ts': "import 'hono';\nimport 'zod';\nexport { Region } from '../durable-objects/region.ts';\n",
  'clients/sdk/client.ts': "import { zhi } from '../../protocol/units.ts';\nexport const client = zhi;\n",
  'clients/explorer/page.tsx':
    "import 'preact';\nimport { client } from '../sdk/client.ts';\nexport const page = client;\n",
  'clients/cli/hai.ts': "import { client } from '../sdk/client.ts';\nimport 'commander';\nexport const hai = client;\n",
  'local/start.ts': "import { prove } from '../circuits/prove.ts';\nexport const start = prove;\n",
  'test/unit/any.test.ts': "import '../../local/start.ts';\nimport 'snarkjs';\n",
  ...Object.assign(
    {},
    ...['@noble/hashes', '@noble/curves', 'drizzle-orm', 'snarkjs', 'hpke', 'hono', 'zod', 'preact', 'commander'].map(
      installed,
    ),
    installed('assemblyscript'),
    installed('left-pad'),
  ),
};

const plant = (path: string, text: string) => layerFaults(plantTree({ ...inOrder, [path]: text }));

describe('the layer check', () => {
  it('passes a tree that obeys the table', async () => {
    expect(await layerFaults(plantTree(inOrder))).toEqual([]);
  });

  it('has a row for every folder that ships', () => {
    const folders = LAYERS.map((layer) => layer.folder);
    expect(SHIPPED.filter((folder) => !folders.includes(folder))).toEqual([]);
  });

  const refused: readonly (readonly [file: string, text: string, rule: string])[] = [
    ['protocol/bad.ts', "import '../ledger/schema.ts';", 'layer-protocol'],
    [
      'protocol/bad.ts',
      "import type { schema } from '../ledger/schema.ts';\nexport type T = typeof schema;",
      'layer-protocol',
    ],
    ['protocol/bad.ts', "export const later = () => import('../hpu/hpu.ts');", 'layer-protocol'],
    ['hpu/bad.ts', "export { train } from '../ml/train.ts';", 'layer-hpu'],
    ['ledger/bad.ts', "import '../hpu/hpu.ts';", 'layer-ledger'],
    ['ml/bad.ts', "import '../ledger/schema.ts';", 'layer-ml'],
    ['circuits/bad.ts', "import '../ml/train.ts';", 'layer-circuits'],
    ['durable-objects/bad.ts', "import '../hpu/hpu.ts';", 'layer-durable-objects'],
    ['workers/bad.ts', "import '../circuits/prove.ts';", 'layer-workers'],
    ['workers/bad.ts', "import '../clients/sdk/client.ts';", 'layer-workers'],
    ['sealing/bad.ts', "import '../hpu/hpu.ts';", 'layer-sealing'],
    ['workers/bad.ts', "import 'hpke';", 'packages-workers'],
    ['clients/sdk/bad.ts', "import '../../ledger/schema.ts';", 'layer-clients/sdk'],
    ['clients/explorer/bad.ts', "import '../../ledger/schema.ts';", 'layer-clients/explorer'],
    ['clients/cli/bad.ts', "import '../../test/unit/any.test.ts';", 'no-test-in-what-ships'],
    ['local/bad.ts', "import '../test/unit/any.test.ts';", 'no-test-in-what-ships'],
    ['ml/bad.ts', "import 'snarkjs';", 'packages-ml'],
    ['workers/bad.ts', "import 'snarkjs';", 'packages-workers'],
    ['workers/bad.ts', "import 'drizzle-orm';", 'packages-workers'],
    ['durable-objects/bad.ts', "import 'hono';", 'packages-durable-objects'],
    ['ledger/bad.ts', "import 'zod';", 'packages-ledger'],
    ['clients/cli/bad.ts', "import 'left-pad';", 'packages-clients/cli'],
    ['hpu/node.ts', "import 'left-pad';", 'packages-hpu-builder'],
    ['protocol/bad.ts', "import 'node:fs';", 'builtins-protocol'],
    ['workers/bad.ts', "import 'fs';", 'builtins-workers'],
    ['hpu/bad.ts', "import 'node:fs';", 'builtins-hpu'],
    ['ml/bad.ts', "import 'cloudflare:workers';", 'cloudflare-modules'],
    ['ml/bad.ts', "import './missing.ts';", 'no-unresolved'],
    ['ml/graph/graph.ts', "import '../ring.ts';", 'no-cycle'],
  ];
  const ring = { 'ml/ring.ts': "import './graph/graph.ts';" };

  it.each(refused)('refuses %s with %s by %s', async (file, text, rule) => {
    const faults = await layerFaults(plantTree({ ...inOrder, ...(rule === 'no-cycle' ? ring : {}), [file]: text }));
    expect(faults.filter((fault) => fault.startsWith(`${file}: imports`)).join('\n')).toContain(`[${rule}:`);
  });

  it('refuses a source file in a folder without a row', async () => {
    expect(await plant('clients/toys/toy.ts', 'export const toy = 1;')).toEqual([
      'clients/toys/toy.ts: its folder has no row in tools/layers.ts',
    ]);
  });

  it('refuses a folder with none of the layers', async () => {
    const [fault] = await layerFaults(plantTree({ 'readme.ts': '' }));
    expect(fault).toContain('none of the layered folders');
  });

  it.each([
    ['one module fewer than there are files', 1],
    ['no module at all, as a dependency-cruiser that cannot read TypeScript reports', Number.POSITIVE_INFINITY],
  ])('refuses %s', async (_what, hidden) => {
    const blind: Cruise = async (_root, _folders) => ({
      modules: seenModules.slice(hidden),
      summary: { violations: [], error: 0, warn: 0, info: 0, ignore: 0, totalCruised: 0, optionsUsed: {} },
    });
    const seenModules = Object.keys(inOrder)
      .filter((path) => /\.tsx?$/.test(path) && !/^test|assembly/.test(path))
      .map((source) => ({ source, dependencies: [], dependents: [], valid: true }));
    const faults = await layerFaults(plantTree(inOrder), blind);
    const missed = Math.min(hidden, seenModules.length);
    expect(faults[0]).toBe(`dependency-cruiser missed ${missed} of ${seenModules.length} source files:`);
    expect(faults).toHaveLength(missed + 1);
  });

  it('refuses what dependency-cruiser reports when it really cannot load TypeScript', () => {
    const hide = `data:text/javascript,import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name === 'typescript' && context.parentURL?.includes('dependency-cruiser')) throw new Error('hidden');
        return next(name, context);
      } });`;
    const program = join(repository, 'tools/check-layers.ts');
    const { status, stderr } = spawnSync(process.execPath, ['--import', hide, program, plantTree(inOrder)]);
    expect(status).toBe(1);
    expect(stderr.toString()).toMatch(/dependency-cruiser missed (\d+) of \1 source files/);
  });

  it('ends with code 1 on a planted import and with 0 without it', () => {
    const run = (root: string) => spawnSync(process.execPath, [join(repository, 'tools/check-layers.ts'), root]);
    expect(run(plantTree(inOrder)).status).toBe(0);
    const bad = run(plantTree({ ...inOrder, 'protocol/bad.ts': "import '../workers/main.ts';" }));
    expect(bad.status).toBe(1);
    expect(bad.stderr.toString()).toContain('protocol/bad.ts: imports workers/main.ts [layer-protocol');
  });
});
