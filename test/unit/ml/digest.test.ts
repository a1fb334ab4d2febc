import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadKernel, loadKernels } from '../../../hpu/node.ts';
import { digestOf, digestParts } from '../../../ml/digest/suite.ts';
import expected from '../../vectors/digest.json' with { type: 'json' };

/** The kernel with every i32x4.add made an i32x4.sub. */
function broken(name: string): WebAssembly.Module {
  const bytes = new Uint8Array(readFileSync(new URL(`../../../hpu/dist/${name}.wasm`, import.meta.url)));
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (bytes[i] === 0xfd && bytes[i + 1] === 0xae && bytes[i + 2] === 0x01) bytes[i + 1] = 0xb1;
  }
  return new WebAssembly.Module(bytes);
}

const modules = { ...loadKernels(), operators: loadKernel('operators'), sha256: loadKernel('sha256') };

describe('digest suite', () => {
  it('gives the committed bytes on this machine', () => {
    const parts = digestParts(modules);
    expect(parts).toEqual(expected.parts); // names the job that differs
    expect(digestOf(parts)).toBe(expected.suite);
  });

  it('shows a kernel that computes something else, and only the jobs that run on it', () => {
    const parts = digestParts({ ...modules, freivalds: broken('freivalds') });
    const names = Object.keys(expected.parts) as (keyof typeof expected.parts)[];
    expect(names.filter((name) => parts[name] !== expected.parts[name])).toEqual([
      'challenge',
      'residues int8',
      'residues int32',
    ]);
  });
});
