/**
 * Who may import whom: the one table behind the layer check, the purity check and docs/architecture.md.
 *
 * A layer may always import itself. `may` lists the other folders it may reach (a folder below a layer narrows the
 * permission to it), `packages` the npm packages (`@scope/*` is a whole scope, '*' any package), `builtins` whether Node's
 * own modules are at hand. Builder files (BUILDER_FILES) run in Node before the layer ships: for them builtins and
 * BUILDER_PACKAGES are added.
 */
export type Layer = {
  readonly folder: string;
  readonly may: readonly string[];
  readonly packages: readonly string[];
  readonly builtins: boolean;
};

const NOBLE = ['@noble/*', '@scure/base'] as const;

/** Every folder that ends up in a Worker, a page, the command line or the local network. */
export const SHIPPED = [
  'protocol',
  'ledger',
  'hpu',
  'ml',
  'sealing',
  'circuits',
  'durable-objects',
  'workers',
  'clients/light',
  'clients/sdk',
  'clients/explorer',
  'clients/cli',
  'local',
] as const;

export const LAYERS: readonly Layer[] = [
  { folder: 'protocol', may: [], packages: NOBLE, builtins: false },
  { folder: 'hpu', may: ['protocol'], packages: NOBLE, builtins: false },
  { folder: 'ledger', may: ['protocol'], packages: [...NOBLE, 'drizzle-orm'], builtins: false },
  // Encryption to the parties of an order: it draws randomness, so it is not in protocol/; clients and Workers share it.
  { folder: 'sealing', may: ['protocol'], packages: [...NOBLE, 'hpke'], builtins: false },
  // Verification alone, where there is no network, no Node and no DOM: not even WebCrypto, which sealing/ uses.
  { folder: 'clients/light', may: ['protocol'], packages: NOBLE, builtins: false },
  { folder: 'clients/sdk', may: ['protocol', 'sealing', 'clients/light'], packages: NOBLE, builtins: false },
  // Models leave as ONNX, which is protocol buffers: read and written by a library that never compiles code as it runs.
  // Data files are read by parsers that run in a page too: separated values, zip, PNG, JPEG.
  {
    folder: 'ml',
    may: ['protocol', 'hpu'],
    packages: [...NOBLE, '@bufbuild/protobuf', 'papaparse', 'fflate', 'fast-png', 'jpeg-js'],
    builtins: false,
  },
  {
    folder: 'circuits',
    may: ['protocol', 'hpu', 'ml/graph'],
    packages: [...NOBLE, 'snarkjs', 'circom2', 'circomlib'],
    builtins: true,
  },
  {
    folder: 'durable-objects',
    may: ['protocol', 'ledger', 'sealing'],
    packages: [...NOBLE, 'itty-durable'],
    builtins: false,
  },
  {
    folder: 'workers',
    may: ['protocol', 'sealing', 'hpu', 'ml', 'ledger', 'durable-objects'],
    packages: [...NOBLE, 'hono', 'zod', '@hono/zod-openapi'],
    builtins: false,
  },
  {
    folder: 'clients/explorer',
    may: ['protocol', 'sealing', 'clients/light', 'clients/sdk', 'hpu', 'ml'],
    packages: [...NOBLE, 'preact'],
    builtins: false,
  },
  {
    folder: 'clients/cli',
    may: SHIPPED,
    packages: [...NOBLE, 'commander', '@clack/prompts', 'picocolors'],
    builtins: true,
  },
  {
    folder: 'local',
    may: SHIPPED,
    // onnxruntime-node: the AutoML demo has its export scored by somebody else.
    packages: [...NOBLE, 'picocolors', 'standardwebhooks', 'miniflare', 'esbuild', 'onnxruntime-node'],
    builtins: true,
  },
  // Repository tools: they build and check the layers and ship with none of them.
  { folder: 'tools', may: SHIPPED, packages: ['*'], builtins: true },
];

/** Files that run in Node beside a layer that does not: its builder, its loader of built files. */
export const BUILDER_FILES = [
  'hpu/build.ts',
  'hpu/node.ts',
  'ml/trainers/node.ts',
  'circuits/build.ts',
  'clients/explorer/build.ts',
  'clients/light/build.ts',
] as const;
export const BUILDER_PACKAGES = ['esbuild', 'assemblyscript', 'circom2'] as const;

/** Folders with TypeScript that are no layer: tests may import anything, and nothing above may import them. */
export const UNLAYERED = ['test'] as const;

/** AssemblyScript is another language in the same file extension: asc compiles it, tsc and the checks do not see it. */
export const ASSEMBLY_FOLDER = 'assembly';
