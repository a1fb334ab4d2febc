/** The digest suite in engines other than the one that runs the tests: other versions of Node, and V8's compilers one by one. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import expected from '../../vectors/digest.json' with { type: 'json' };
import type { EngineDigest } from './digest-run.ts';

const run = promisify(execFile);
const RUN_MS_MAX = 60_000;
const OLDEST_MAJOR = 20;

const kernels = fileURLToPath(new URL('../../../hpu/dist', import.meta.url));
const majorOf = (version: string): number => Number(/^v(\d+)\./.exec(version)?.[1] ?? 0);

/** The first Node on the path of another major version that the project supports. */
async function otherNode(): Promise<{ path: string; version: string } | undefined> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin'];
  for (const path of new Set(folders.map((folder) => join(folder, 'node')))) {
    const version = await run(path, ['--version']).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    const major = majorOf(version);
    if (major >= OLDEST_MAJOR && major !== majorOf(process.version)) return { path, version };
  }
  return undefined;
}

const other = await otherNode();
if (!other) console.warn(`SKIPPED: no second Node on the path to compare with; only ${process.version} is here`);

describe('the digest suite', () => {
  let folder = '';
  let program = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hai-digest-'));
    program = join(folder, 'digest.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('./digest-run.ts', import.meta.url))],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: `node${OLDEST_MAJOR}`,
    });
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function digestOf(node: string, flags: readonly string[]): Promise<EngineDigest> {
    const { stdout } = await run(node, [...flags, program, kernels], { timeout: RUN_MS_MAX });
    return JSON.parse(stdout) as EngineDigest;
  }

  /** Returns which choices of kernels took part. */
  async function expectCommitted(node: string, flags: readonly string[]): Promise<string[]> {
    const { parts, suites } = await digestOf(node, flags);
    expect(parts).toEqual(expected.parts); // names the job that differs
    expect(suites.none).toBe(expected.suite);
    for (const suite of Object.values(suites)) expect(suite).toBe(expected.suite);
    return Object.keys(suites);
  }

  it.each([[[]], [['--liftoff-only']], [['--no-liftoff']]])(
    'is the committed one in this Node with %j',
    async (flags) => {
      expect(await expectCommitted(process.execPath, flags)).toEqual(['none', 'shuffle', 'r16', 'r32']);
    },
  );

  describe.skipIf(other === undefined)(`in Node ${other?.version}`, () => {
    it.each([[[]], [['--liftoff-only']], [['--no-liftoff']]])('is the committed one with %j', async (flags) => {
      expect(await expectCommitted(other?.path as string, flags)).toEqual(expect.arrayContaining(['none', 'shuffle']));
    });
  });
});
