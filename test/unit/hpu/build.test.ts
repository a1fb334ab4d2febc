import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = new URL('../../../hpu/', import.meta.url);
let folder = '';

/** Two kernels stand for all: compiling is what takes the time. */
const KERNELS = ['gemm', 'float'];

async function leaveTwoKernels(copy: string): Promise<void> {
  const builder = join(copy, 'build.ts');
  const names = `KERNEL_NAMES = ${JSON.stringify(KERNELS)} as const;`;
  await writeFile(builder, (await readFile(builder, 'utf8')).replace(/KERNEL_NAMES = \[[^\]]*\] as const;/, names));
  const path = join(copy, 'kernels.lock.json');
  const lock = JSON.parse(await readFile(path, 'utf8')) as { sha256: Record<string, string> };
  const kept = KERNELS.map((name) => [`${name}.wasm`, lock.sha256[`${name}.wasm`]]);
  await writeFile(path, JSON.stringify({ ...lock, sha256: Object.fromEntries(kept) }));
}

/** A copy of the builder in a folder of its own, so that spoiling it spoils nothing. */
async function copyOfBuilder(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'kernels-'));
  for (const name of ['assembly', 'build.ts', 'kernels.lock.json']) {
    await cp(new URL(name, source), join(copy, name), { recursive: true });
  }
  await cp(new URL('../node_modules/assemblyscript', source), join(copy, 'node_modules/assemblyscript'), {
    recursive: true,
  });
  for (const name of ['binaryen', 'long']) {
    await cp(new URL(`../node_modules/${name}`, source), join(copy, 'node_modules', name), { recursive: true });
  }
  await leaveTwoKernels(copy);
  return copy;
}

describe('kernel build', () => {
  beforeAll(async () => {
    folder = await copyOfBuilder();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives the locked bytes twice, and fails loudly when a source changes', async () => {
    const { buildKernels } = (await import(join(folder, 'build.ts'))) as typeof import('../../../hpu/build.ts');
    await buildKernels();
    const first = await readFile(join(folder, 'dist/gemm.wasm'));
    await rm(join(folder, 'dist'), { recursive: true });
    await buildKernels();
    expect(await readFile(join(folder, 'dist/gemm.wasm'))).toEqual(first);

    const layers = join(folder, 'assembly/training/layers.ts');
    await writeFile(layers, (await readFile(layers, 'utf8')).replace('sum += e;', 'sum += e + e;'));
    await expect(buildKernels()).rejects.toThrow(/float\.wasm: built [0-9a-f]{64}, locked [0-9a-f]{64}/);
    await expect(buildKernels()).rejects.toThrow(/--update-lock/);

    await buildKernels({ updateLock: true });
    await expect(buildKernels()).resolves.toBeUndefined();
    await writeFile(join(folder, 'dist/gemm.wasm'), 'other bytes');
    await expect(buildKernels()).rejects.toThrow(/gemm\.wasm/);
  }, 120_000);
});
