/**
 * Compiles hpu/assembly to hpu/dist/*.wasm and holds every byte to hpu/kernels.lock.json: what runs is what was reviewed.
 * `node hpu/build.ts` builds; `--update-lock` accepts the bytes that the sources give now.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

/** Entry files of hpu/assembly; each becomes a module that imports nothing. */
export const KERNEL_NAMES = [
  'gemm',
  'freivalds',
  'float',
  'relaxed',
  'sha256',
  'operators',
  'linear',
  'network',
  'trees',
] as const;

const here = import.meta.dirname;
const sourceFolder = join(here, 'assembly');
const outputFolder = join(here, 'dist');
const stampPath = join(outputFolder, '.stamp');
const lockPath = join(here, 'kernels.lock.json');

/** 640 pages of 64 KiB: 40 MiB an instance, whatever is asked of it. */
const FLAGS = '-O3 --noAssert --runtime stub --use abort= --enable simd --initialMemory 2 --maximumMemory 640'.split(
  ' ',
);

/** A module of its own, so that a host without relaxed SIMD loads the rest. */
const RELAXED = 'relaxed';
const flagsOf = (name: string): string[] => (name === RELAXED ? [...FLAGS, '--enable', 'relaxed-simd'] : FLAGS);

type Lock = { readonly assemblyscript: string; readonly sha256: Record<string, string> };

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

async function readSources(): Promise<Map<string, string>> {
  const names = (await readdir(sourceFolder, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(sourceFolder, name), 'utf8')] as const)),
  );
}

/** Compiles one entry in memory. Throws with the compiler's own words. */
async function compile(name: string, sources: Map<string, string>): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main([`${name}.ts`, '--outFile', `${name}.wasm`, ...flagsOf(name)], {
    readFile: (path: string) => sources.get(path) ?? null,
    writeFile: (_path: string, contents: Uint8Array | string) => {
      if (typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || !wasm) throw new Error(`hpu/assembly/${name}.ts does not compile:\n${stderr.toString()}`);
  return wasm;
}

async function hashOutputs(): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of KERNEL_NAMES) {
    const bytes = await readFile(join(outputFolder, `${name}.wasm`)).catch(() => undefined);
    hashes[`${name}.wasm`] = bytes ? sha256(bytes) : 'missing';
  }
  return hashes;
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

function requireLocked(actual: Record<string, string>, lock: Lock): void {
  const differing = Object.keys({ ...actual, ...lock.sha256 }).filter((name) => actual[name] !== lock.sha256[name]);
  if (differing.length === 0) return;
  const lines = differing.map((name) => `  ${name}: built ${actual[name]}, locked ${lock.sha256[name]}`);
  throw new Error(
    `The kernels differ from hpu/kernels.lock.json (AssemblyScript ${asc.version}, locked ${lock.assemblyscript}):\n` +
      `${lines.join('\n')}\nIf the sources were meant to change, review them and run: node hpu/build.ts --update-lock`,
  );
}

/** Builds what is missing or out of date, then compares with the lock. Throws when a byte differs. */
export async function buildKernels(options: { updateLock?: boolean } = {}): Promise<void> {
  const sources = await readSources();
  const stamp = sha256(JSON.stringify([asc.version, KERNEL_NAMES.map((name) => [name, flagsOf(name)]), ...sources]));
  const outputs = await hashOutputs();
  const fresh = (await readText(stampPath)) === stamp && !Object.values(outputs).includes('missing');
  if (!fresh) {
    await mkdir(outputFolder, { recursive: true });
    for (const name of KERNEL_NAMES) {
      await writeFile(join(outputFolder, `${name}.wasm`), await compile(name, sources));
    }
    await writeFile(stampPath, stamp);
  }
  const actual = fresh ? outputs : await hashOutputs();
  if (options.updateLock) {
    const lock: Lock = { assemblyscript: asc.version, sha256: actual };
    await writeFile(lockPath, `${JSON.stringify(lock, null, 2)}\n`);
    return;
  }
  const locked = await readText(lockPath);
  if (locked === undefined) throw new Error('hpu/kernels.lock.json is missing: run node hpu/build.ts --update-lock');
  requireLocked(actual, JSON.parse(locked) as Lock);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildKernels({ updateLock: process.argv.includes('--update-lock') });
}
