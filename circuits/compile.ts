import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const resolve = createRequire(import.meta.url).resolve;

const COMPILE_MS_MAX = 120_000;

export type Compiled = { readonly r1cs: Uint8Array; readonly wasm: Uint8Array };

/**
 * Compiles one circuit with circom2 (circom 2.2.3 in WASI).
 *
 * @param root repository root: circom resolves its paths from there
 * @param source path of the `.circom` file
 * @param out directory for the compiler's files; it exists and is empty
 * @throws with the compiler's own message when it refuses the source
 */
export async function compile(root: string, source: string, out: string): Promise<Compiled> {
  const packages = dirname(dirname(resolve('circomlib/package.json')));
  const name = source.slice(source.lastIndexOf('/') + 1, -'.circom'.length);
  // circom under WASI sees the directory tree only through relative paths.
  const args = [
    relative(root, source),
    '--r1cs',
    '--wasm',
    '--O2',
    '-l',
    relative(root, packages),
    '-o',
    relative(root, out),
  ];
  await run(process.execPath, [resolve('circom2/cli.js'), ...args], { cwd: root, timeout: COMPILE_MS_MAX });
  const [r1cs, wasm] = await Promise.all([
    readFile(join(out, `${name}.r1cs`)),
    readFile(join(out, `${name}_js`, `${name}.wasm`)),
  ]);
  return { r1cs, wasm };
}
