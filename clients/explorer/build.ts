/**
 * Builds the page into clients/explorer/dist: index.html, and below assets/ whatever it loads, each file named by the hash of
 * its bytes. A stamp lists every source that went in with its hash; while none has changed, the builder returns at once.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';

const root = resolve(import.meta.dirname, '../..');
const outputFolder = join(import.meta.dirname, 'dist');
const assetsFolder = join(outputFolder, 'assets');
const stampPath = join(outputFolder, '.stamp.json');

/** Served as they are, by the names under which asset-urls.ts knows them. */
const COPIED = {
  gemm: 'hpu/dist/gemm.wasm',
  freivalds: 'hpu/dist/freivalds.wasm',
  float: 'hpu/dist/float.wasm',
  relaxed: 'hpu/dist/relaxed.wasm',
  operators: 'hpu/dist/operators.wasm',
  sha256: 'hpu/dist/sha256.wasm',
  linear: 'hpu/dist/linear.wasm',
  network: 'hpu/dist/network.wasm',
  trees: 'hpu/dist/trees.wasm',
  digits: 'data/digits.csv.gz',
  sample: 'data/penguins.csv.gz',
} as const;
const HTML = 'clients/explorer/page.html';
const BUILDER = 'clients/explorer/build.ts';
const LOCK = 'package-lock.json';

const COMMON: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2023',
  minify: true,
  metafile: true,
  legalComments: 'none',
  // Chinese as it is: escaped, it is twice as long.
  charset: 'utf8',
  logLevel: 'silent',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  outdir: assetsFolder,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
};

/**
 * The page may load and ask its own origin for things, and nobody else. `wasm-unsafe-eval` is what WebAssembly.compile needs;
 * script text is still never evaluated.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Read by Cloudflare's asset server. Hashed names never change their bytes. */
const HEADERS = `/assets/*
  cache-control: public, max-age=31536000, immutable
/*
  x-content-type-options: nosniff
  referrer-policy: no-referrer
  content-security-policy: frame-ancestors 'none'
`;

type Hashes = Record<string, string>;
type Stamp = { readonly sources: Hashes; readonly outputs: Hashes };

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** Of files by their path from the root of the tree; 'missing' for one that is not there. */
async function hashFiles(paths: readonly string[]): Promise<Hashes> {
  const hashed = paths.map(async (path) => {
    const bytes = await readFile(join(root, path)).catch(() => undefined);
    return [path, bytes ? sha256(bytes) : 'missing'] as const;
  });
  return Object.fromEntries(await Promise.all(hashed));
}

const equalHashes = (a: Hashes, b: Hashes): boolean => JSON.stringify(a) === JSON.stringify(b);

async function isFresh(): Promise<boolean> {
  const text = await readFile(stampPath, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const { sources, outputs } = JSON.parse(text) as Stamp;
  const [nowSources, nowOutputs] = await Promise.all([
    hashFiles(Object.keys(sources)),
    hashFiles(Object.keys(outputs)),
  ]);
  return equalHashes(sources, nowSources) && equalHashes(outputs, nowOutputs);
}

/** Copies under hashed names; the URLs by name. */
async function copyAssets(): Promise<Record<string, string>> {
  const urls: Record<string, string> = {};
  for (const [name, path] of Object.entries(COPIED)) {
    const bytes = await readFile(join(root, path)).catch((cause: unknown) => {
      throw new Error(`${path} is missing; npm run build makes the kernels before the page`, { cause });
    });
    const [stem = name, ...rest] = basename(path).split('.');
    const file = `${stem}-${sha256(bytes).slice(0, 8).toUpperCase()}.${rest.join('.')}`;
    await writeFile(join(assetsFolder, file), bytes);
    urls[name] = `/assets/${file}`;
  }
  return urls;
}

const urlOf = (output: string): string => `/assets/${basename(output)}`;

function entryOutput(metafile: Metafile, entry: string): string {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry);
  if (!found) throw new Error(`the bundler wrote nothing for ${entry}`);
  return found[0];
}

/** The script and every chunk that it imports at once, without those that it loads later. */
function firstScripts({ outputs }: Metafile, entry: string): string[] {
  const found = [entry];
  for (const output of found) {
    for (const { path, kind } of outputs[output]?.imports ?? []) {
      if (kind === 'import-statement' && !found.includes(path)) found.push(path);
    }
  }
  return found;
}

async function writePage(metafile: Metafile): Promise<void> {
  const [entry, ...chunks] = firstScripts(metafile, entryOutput(metafile, 'clients/explorer/main.tsx'));
  const style = entryOutput(metafile, 'clients/explorer/style/page.css');
  const head = [
    `<meta http-equiv="content-security-policy" content="${CONTENT_SECURITY_POLICY}">`,
    `<link rel="stylesheet" href="${urlOf(style)}">`,
    ...chunks.map((chunk) => `<link rel="modulepreload" href="${urlOf(chunk)}">`),
    `<script type="module" src="${urlOf(entry as string)}"></script>`,
  ];
  const template = await readFile(join(root, HTML), 'utf8');
  if (!template.includes('<!-- assets -->')) throw new Error(`${HTML} has no place for the assets`);
  await writeFile(join(outputFolder, 'index.html'), template.replace('<!-- assets -->', head.join('\n    ')));
  await writeFile(join(outputFolder, '_headers'), HEADERS);
}

/** Sources of the tree; what comes from node_modules is held by the lock file, and `<define:...>` is this builder's own. */
const sourcesOf = (...metafiles: Metafile[]): string[] =>
  metafiles.flatMap(({ inputs }) => Object.keys(inputs)).filter((path) => !/^(node_modules\/|<)/.test(path));

/** Builds the page unless it is up to date. Throws with the bundler's messages. */
export async function buildExplorer(): Promise<void> {
  if (await isFresh()) return;
  await rm(outputFolder, { recursive: true, force: true });
  await mkdir(assetsFolder, { recursive: true });
  const copied = await copyAssets();
  const worker = await build({ ...COMMON, entryPoints: ['clients/explorer/kernels/kernels-worker.ts'] });
  const workerOutput = entryOutput(worker.metafile as Metafile, 'clients/explorer/kernels/kernels-worker.ts');
  const page = await build({
    ...COMMON,
    splitting: true,
    entryPoints: ['clients/explorer/main.tsx', 'clients/explorer/style/page.css'],
    define: { ASSET_URLS: JSON.stringify({ ...copied, worker: urlOf(workerOutput) }) },
  });
  const metafiles = [worker.metafile as Metafile, page.metafile as Metafile] as const;
  await writePage(metafiles[1]);
  const outputs = [
    ...metafiles.flatMap((metafile) => Object.keys(metafile.outputs)),
    ...Object.values(copied).map((url) => relative(root, join(outputFolder, url))),
    ...['index.html', '_headers'].map((file) => relative(root, join(outputFolder, file))),
  ];
  const sources = [...new Set([...sourcesOf(...metafiles), ...Object.values(COPIED), HTML, BUILDER, LOCK])].sort();
  const stamp: Stamp = { sources: await hashFiles(sources), outputs: await hashFiles(outputs) };
  await writeFile(stampPath, JSON.stringify(stamp, null, 1));
}

/** What a first visit loads, by the page's own references: index.html, its style sheets and its scripts. */
export async function firstLoadFiles(): Promise<string[]> {
  const html = await readFile(join(outputFolder, 'index.html'), 'utf8');
  const urls = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, url]) => url as string);
  const files = urls.filter((url) => ['.js', '.css'].includes(extname(url)));
  return [join(outputFolder, 'index.html'), ...files.map((url) => join(outputFolder, url))];
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await buildExplorer();
