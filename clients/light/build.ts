/**
 * Builds `hai-chain/light` into clients/light/dist: light.js, beside it the chunks that it loads when they are first asked for, and
 * `hai-chain/light/verify-fast`.
 * It takes a fraction of a second, so it keeps no stamp.
 *
 * The chunks are built apart from light.js. Bundlers share whole files, so a part of noble that only a chunk needs would be loaded
 * with light.js; as it is, whoever loads a chunk loads some 25 KB of light.js' code a second time.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outputFolder = fileURLToPath(new URL('./dist', import.meta.url));
const ENTRY = 'clients/light/light.ts';
const CHUNKS = ['execute', 'swap-claim', 'zk-proof'] as const;
/** WebCrypto's ed25519, for hosts that have it: what `verify` takes. A module of its own, since light.js knows no host. */
const VERIFY_ENTRY = 'clients/sdk/verify-fast.ts';

const COMMON = {
  absWorkingDir: root,
  outdir: outputFolder,
  bundle: true,
  format: 'esm',
  target: 'es2023',
  minify: true,
  write: false,
  legalComments: 'none',
  logLevel: 'silent',
  chunkNames: 'shared-[hash]',
} as const satisfies BuildOptions;

/** A dynamic import of a chunk's source becomes one of its built file. */
const chunksApart: Plugin = {
  name: 'chunks-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\// }, ({ path, kind }) => {
      const name = CHUNKS.find((chunk) => path === `./${chunk}.ts`);
      return name && kind === 'dynamic-import' ? { path: `./${name}.js`, external: true } : undefined;
    });
  },
};

/** The built files by their names: `light.js` is all that is loaded at first. Minified as the page is; writes nothing. */
export async function bundleLight(): Promise<ReadonlyMap<string, Uint8Array>> {
  const [entry, chunks, verify] = await Promise.all([
    build({ ...COMMON, entryPoints: [ENTRY], plugins: [chunksApart] }),
    build({ ...COMMON, entryPoints: CHUNKS.map((chunk) => `clients/light/${chunk}.ts`), splitting: true }),
    build({ ...COMMON, entryPoints: [VERIFY_ENTRY], splitting: true }),
  ]);
  const files = [...entry.outputFiles, ...chunks.outputFiles, ...verify.outputFiles];
  return new Map(files.map(({ path, contents }) => [basename(path), contents]));
}

/** Writes what has changed. Throws with the bundler's messages. */
export async function buildLight(): Promise<void> {
  const files = await bundleLight();
  await mkdir(outputFolder, { recursive: true });
  for (const [name, bytes] of files) {
    const path = join(outputFolder, name);
    const before = await readFile(path).catch(() => undefined);
    if (!before?.equals(bytes)) await writeFile(path, bytes);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await buildLight();
