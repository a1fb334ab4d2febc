import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILDERS } from '../../../tools/builders.ts';
import { besideEachOther, STAGES, stagesNamed } from '../../../tools/stages.ts';

const repository = join(import.meta.dirname, '../../..');
const namesOf = (stages: ReturnType<typeof stagesNamed>) =>
  typeof stages === 'string' ? stages : stages.map((stage) => stage.name);

describe('npm test', () => {
  it('runs every stage but those on request', () => {
    const all = ['build', 'lint', 'types', 'layers', 'purity', 'unit', 'workerd', 'e2e'];
    expect(namesOf(stagesNamed([]))).toEqual(all);
  });

  it('runs the stages that are named, in its own order', () => {
    expect(namesOf(stagesNamed(['unit', 'lint', 'browser']))).toEqual(['lint', 'unit', 'browser']);
  });

  it('refuses a stage that it does not know', () => {
    expect(stagesNamed(['unit', 'unti'])).toContain('no such stage: unti');
  });

  it('begins workerd and e2e at once where both run, and no other stages', () => {
    const groupsOf = (names: string[]) => {
      const stages = stagesNamed(names);
      return typeof stages === 'string' ? stages : besideEachOther(stages).map(namesOf);
    };
    expect(groupsOf([]).slice(-2)).toEqual([['unit'], ['workerd', 'e2e']]);
    expect(groupsOf([]).length).toBe(7);
    expect(groupsOf(['unit', 'e2e', 'browser'])).toEqual([['unit'], ['e2e'], ['browser']]);
  });

  it('names only programs and configurations that exist', () => {
    const words = STAGES.flatMap((stage) => stage.commands.flat()).filter((word) => !word.startsWith('--'));
    const paths = words.filter((word) => /\/|\.json$|\.ts$/.test(word));
    expect(paths.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
    expect(paths.length).toBeGreaterThan(STAGES.length);
  });

  it('builds with every builder', () => {
    expect(BUILDERS.filter(({ file }) => !existsSync(join(repository, file)))).toEqual([]);
  });

  it('is what .ci/run and the workflow call', () => {
    expect(readFileSync(join(repository, '.ci/run'), 'utf8')).toContain('npm ci && npm test');
    expect(readFileSync(join(repository, '.github/workflows/ci.yml'), 'utf8')).toContain('npm test');
    const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    expect(scripts.test).toContain('tools/test.ts');
  });
});

describe('a Node that is too old', () => {
  const check = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: VERSION })`;
  const startOn = (version: string) =>
    spawnSync(process.execPath, [
      ...['--import', check.replace('VERSION', `'${version}'`)],
      ...['--import', join(repository, 'tools/need-node.mjs'), '--eval', 'console.log("started")'],
    ]);

  it.each(['18.20.0', '20.20.2', '22.17.1'])('is refused in words: %s', (version) => {
    const { status, stdout, stderr } = startOn(version);
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 1, stdout: '' });
    expect(stderr.toString()).toContain('needs Node 22.18 or newer');
  });

  it.each(['22.18.0', '24.21.0', '26.0.0'])('and %s is not', (version) => {
    expect(startOn(version).stdout.toString()).toBe('started\n');
  });
});
