/**
 * A program that prints the digest suite of the engine that runs it, as JSON: without relaxed SIMD, and where the engine knows
 * it by each relaxed kernel. Bundled to plain JavaScript, for engines that know no TypeScript. Argument: the folder of kernels.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RelaxedDot, WORKERD } from '../../../hpu/product/host.ts';
import { digestOf, digestParts } from '../../../ml/digest/suite.ts';

export type EngineDigest = {
  readonly parts: Record<string, string>;
  /** By what the host prefers. `none` (no relaxed SIMD) and `shuffle` are always there. */
  readonly suites: Partial<Record<'none' | 'shuffle' | RelaxedDot, string>>;
};

const folder = process.argv[2] as string;
const bytesOf = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(folder, `${name}.wasm`)));
const load = (name: string): WebAssembly.Module => new WebAssembly.Module(bytesOf(name));

const modules = {
  gemm: load('gemm'),
  freivalds: load('freivalds'),
  float: load('float'),
  operators: load('operators'),
  sha256: load('sha256'),
};
const parts = digestParts(modules);
const suites: EngineDigest['suites'] = { none: digestOf(parts), shuffle: digestOf(digestParts(modules, WORKERD)) };
if (WebAssembly.validate(bytesOf('relaxed'))) {
  const withRelaxed = { ...modules, relaxed: load('relaxed') };
  for (const dot of ['r16', 'r32'] as const) suites[dot] = digestOf(digestParts(withRelaxed, { chooseDot: () => dot }));
}
console.log(JSON.stringify({ parts, suites } satisfies EngineDigest));
