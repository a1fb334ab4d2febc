/** Bundles the Worker as `wrangler deploy` does: one ES module, and the kernels as compiled modules beside it. */
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

export const ROOT = resolve(import.meta.dirname, '..');

export interface WorkerBundle {
  readonly script: string;
  /** By the name under which the script imports it. */
  readonly wasm: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }[];
}

function wasmAsModules(found: Map<string, string>): Plugin {
  return {
    name: 'wasm-modules',
    setup(pluginBuild) {
      pluginBuild.onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
        const name = `./${basename(path)}`;
        found.set(name, join(resolveDir, path));
        return { path: name, external: true };
      });
    },
  };
}

const ENTRY = join(ROOT, 'workers/main.ts');

/** `entry`: another main module than the one that ships, such as a test's that breaks things around it. */
export async function bundleWorker(entry: string = ENTRY): Promise<WorkerBundle> {
  const wasm = new Map<string, string>();
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    plugins: [wasmAsModules(wasm)],
    logLevel: 'silent',
  });
  const [output] = result.outputFiles;
  if (!output) throw new Error('the bundler wrote nothing');
  const modules = [...wasm].map(async ([name, path]) => ({ name, bytes: new Uint8Array(await readFile(path)) }));
  return { script: output.text, wasm: await Promise.all(modules) };
}

const bundles = new Map<string, Promise<WorkerBundle>>();

/** Made once in a process: nobody changes sources under its networks. */
export function bundleOnce(entry: string = ENTRY): Promise<WorkerBundle> {
  const known = bundles.get(entry);
  if (known) return known;
  const made = bundleWorker(entry);
  bundles.set(entry, made);
  // What failed may be put right before it is asked for again.
  made.catch(() => bundles.delete(entry));
  return made;
}
