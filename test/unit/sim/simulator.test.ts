/** A short run of the simulator: the source as it is under faults, and each guard taken out in turn. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { patched } from '../../sim/loader.ts';
import { MUTANTS } from '../../sim/mutants.ts';

const MAIN = fileURLToPath(new URL('../../sim/main.ts', import.meta.url));

function simulate(...options: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...options], { encoding: 'utf8' });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return { status, stdout, stderr, last };
}

describe('the simulator', () => {
  test('finds nothing wrong with the source as it is', { timeout: 240_000 }, () => {
    const { status, stdout, last } = simulate('--seeds', '60', '--seed', '100000');
    expect(status, stdout).toBe(0);
    const { seeds, failing, crashes, takeovers, lostReplies, commits } = JSON.parse(last);
    expect({ seeds, failing }).toEqual({ seeds: 60, failing: 0 });
    for (const count of [crashes, takeovers, lostReplies, commits]) expect(count).toBeGreaterThan(0);
    const { splitViews, splitViewsDetected, rollbacks, rollbacksDetected, lies, liesDetected } = JSON.parse(last);
    const { changes, fastClocks } = JSON.parse(last);
    for (const count of [splitViews, rollbacks, lies, changes, fastClocks]) expect(count).toBeGreaterThan(0);
    expect({ splitViewsDetected, rollbacksDetected, liesDetected }).toEqual({
      splitViewsDetected: splitViews,
      rollbacksDetected: rollbacks,
      liesDetected: lies,
    });
  });

  test('notices each guard that is taken out', { timeout: 480_000 }, () => {
    const { status, stdout, last } = simulate('--mutants', '--seeds', '0', '--mutant-seeds', '150', '--until-failing');
    expect(status, stdout).toBe(0);
    const { mutants } = JSON.parse(last);
    for (const name of Object.keys(MUTANTS)) expect(mutants[name]?.failing, name).toBe(1);
  });

  test('is the same each time, alone or after other runs of its process', { timeout: 60_000 }, () => {
    const [first, second] = [1, 2].map(() => simulate('--seeds', '1', '--seed', '100007', '--verbose').stderr);
    expect(first?.length).toBeGreaterThan(1_000);
    expect(second).toBe(first);
    const afterSeven = simulate('--seeds', '8', '--seed', '100000', '--verbose').stderr;
    expect(afterSeven.length).toBeGreaterThan(2 * (first?.length ?? 0));
    expect(afterSeven.slice(-(first?.length ?? 0))).toBe(first);
  });

  test('refuses what it does not know', { timeout: 60_000 }, () => {
    expect(simulate('--mutant', 'noSuchGuard').status).toBe(1);
    expect(simulate('--seeds', 'many').status).toBe(1);
  });
});

describe('a patch', () => {
  const patch = { file: 'a.ts', find: 'guard();', replace: '' };
  test('takes out what it names', () =>
    expect(patched('before(); guard(); after();', [patch])).toBe('before();  after();'));
  test.each([
    ['is not there', 'before();'],
    ['is there twice', 'guard(); guard();'],
  ])('fails when its text %s', (_, source) => expect(() => patched(source, [patch])).toThrow(/not once/));
});
