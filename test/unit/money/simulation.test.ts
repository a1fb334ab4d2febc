/** A short run of `npm run sim -- tokenomics`: years by the real transition, and with a posting broken the run fails. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { MONEY_MUTANTS } from '../../sim/tokenomics-mutants.ts';

const MAIN = fileURLToPath(new URL('../../sim/main.ts', import.meta.url));

function simulate(...options: string[]) {
  const { status, stdout } = spawnSync(process.execPath, ['--no-warnings', MAIN, 'tokenomics', ...options], {
    encoding: 'utf8',
  });
  return { status, stdout, last: stdout.trim().split('\n').at(-1) ?? '' };
}

describe('the simulation of the money', () => {
  test('pays every epoch of four years, past the first locks, and sums to the supply after each', {
    timeout: 120_000,
  }, () => {
    const { status, stdout, last } = simulate('--years', '4', '--base', 'supply', '--seed', '7');
    expect(status, stdout).toBe(0);
    const told = JSON.parse(last);
    expect(told).toMatchObject({
      years: 4,
      blocks: 35_064,
      rewards: 35_064,
      sumHeld: true,
      sumZhi: String(10n ** 18n),
    });
    // The operations team every day, the foundation on the hundred days after its lock.
    expect(told.claims).toBe(1461 + 100);
    expect(told.checkpoints).toBe(71);
    const sum = BigInt(told.mintedZhi) + BigInt(told.unmintedZhi) + BigInt(told.burnedZhi);
    expect(sum).toBe(10n ** 18n);
    for (const count of [told.transfers, told.refusals]) expect(count).toBeGreaterThan(1_000);
  });

  test('holds where epochs are missed, in every block a checkpoint', { timeout: 120_000 }, () => {
    const { status, stdout, last } = simulate('--days', '20', '--missed', '30', '--checkpoint', '1', '--seed', '3');
    expect(status, stdout).toBe(0);
    const { rewards, blocks, checkpoints, sumHeld } = JSON.parse(last);
    expect({ sumHeld, checkpoints }).toEqual({ sumHeld: true, checkpoints: blocks });
    expect(rewards).toBeGreaterThan(250);
    expect(rewards).toBeLessThan(480);
  });

  test('is the same each time', { timeout: 60_000 }, () => {
    const [first, second, other] = ['5', '5', '6'].map((seed) => simulate('--days', '10', '--seed', seed).last);
    expect(second).toBe(first);
    expect(other?.replace('"seed":6', '"seed":5')).not.toBe(first);
  });

  test.each(Object.keys(MONEY_MUTANTS))('fails with a posting broken: %s', { timeout: 60_000 }, (mutant) => {
    const { status, last } = simulate('--days', '10', '--mutant', mutant);
    expect(status).toBe(1);
    expect(JSON.parse(last)).toMatchObject({ sumHeld: false });
  });

  test('refuses what it does not know', { timeout: 60_000 }, () => {
    for (const options of [
      ['--mutant', 'noSuchPosting'],
      ['--years', 'many'],
      ['--base', 'both'],
      ['--years', '0'],
    ]) {
      expect(simulate(...options).status, options.join(' ')).toBe(1);
    }
  });
});
