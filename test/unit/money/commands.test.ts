/** hai tokenomics, genesis and supply: what they print, and what they refuse. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { encodeGenesis, genesisHash } from '../../../protocol/genesis.ts';
import { moneyTerms, READINGS, YEARS_MAX } from '../../../protocol/money/schedule.ts';
import { wireTokenomics } from '../../../protocol/money/wire.ts';
import { vestingNetwork } from '../../support/network.ts';
import { jsonOf, runHai, temporaryFolder } from '../cli/captured-io.ts';

const SHIPPED = join(import.meta.dirname, '../../../protocol/genesis.json');
const { genesis } = vestingNetwork();

const MARKETING = {
  beneficiary: new Uint8Array(32).fill(5),
  lockDays: 30,
  dailyMillionths: 1000,
  base: 'grant',
} as const;

const serving: typeof fetch = (url) => {
  if (String(url).includes('/v1/tokenomics')) {
    return Promise.resolve(Response.json(wireTokenomics(moneyTerms(genesis, MARKETING), READINGS, [0, 1])));
  }
  const { network, mode, profile } = genesis;
  const hash = bytesToHex(genesisHash(genesis));
  return Promise.resolve(
    Response.json({ hash, genesis: base64.encode(encodeGenesis(genesis)), network, mode, profile }),
  );
};
const linesOf = (text: string) => text.split('\n');

describe('hai tokenomics', () => {
  test('needs no network, and shows both readings within 80 columns, as a table and as a plot', async () => {
    for (const plot of [[], ['--plot']]) {
      const { exit, stdout } = await runHai(['tokenomics', '--years', String(YEARS_MAX), ...plot]);
      expect(exit).toBe(0);
      expect(stdout).toContain('as a share of the grant');
      expect(stdout).toContain('as a share of the supply');
      expect(linesOf(stdout).filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test('shows the years, the days of exhaustion and the half-life', async () => {
    const { stdout } = await runHai(['tokenomics', '--years', '6', '--base', 'supply']);
    expect(stdout).not.toContain('as a share of the grant');
    expect(stdout).toMatch(
      /^ {3}6 {2}5818\.02 {3}365\.00 {3}100\.00 {3}100\.00 {4}43\.82 {5}0\.00 {2}6426\.84 {3}64\.26%$/m,
    );
    expect(stdout).toContain('every 35064 epochs (4.0 years)');
    expect(stdout).toContain('ends, of the grant: day 11826, 10000 days (27.4 years) after the lock');
    expect(stdout).toContain('ends, of the supply: day 5000, 5000 days (13.7 years) after the lock');
  });

  test('plots a bar a year that is as long as its share', async () => {
    const { stdout } = await runHai(['tokenomics', '--years', '4', '--base', 'grant', '--plot']);
    const bars = linesOf(stdout).filter((line) => /^ +\d+ \|/.test(line));
    expect(bars).toHaveLength(5);
    // 45.03% of 64 cells.
    expect(bars[4]).toBe(`   4 |${'m'.repeat(29).padEnd(64)}| 45.03%`);
    expect(bars[0]).toBe(`   0 |${' '.repeat(64)}| 0.00%`);
  });

  test('--json is one line with both readings', async () => {
    const told = jsonOf(await runHai(['tokenomics', '--json', '--years', '2'])) as {
      readings: Record<string, unknown[]>;
    };
    expect(Object.entries(told.readings).map(([name, rows]) => [name, rows.length])).toEqual([
      ['grant', 3],
      ['supply', 3],
    ]);
  });

  test('of a network is of its genesis, with dates', async () => {
    const { exit, stdout } = await runHai(['tokenomics', '--url', 'http://x.test', '--years', '1'], { fetch: serving });
    expect(exit).toBe(0);
    expect(stdout).toContain(bytesToHex(genesisHash(genesis)));
    // 2026-01-01 and 1,827 days.
    expect(stdout).toContain('first: day 1827, 2031-01-02');
    expect((await runHai(['tokenomics', '--url', 'http://x.test'])).exit).toBe(3);
  });

  test('--svg writes a picture with an area a grant and reading', async () => {
    const path = join(temporaryFolder(), 'money.svg');
    expect((await runHai(['tokenomics', '--svg', path, '--years', '10'])).exit).toBe(0);
    const svg = readFileSync(path, 'utf8');
    expect(svg.match(/<polygon /g)).toHaveLength(12);
    expect(svg.match(/[0-9],(NaN|-)/g)).toBeNull();
    expect(svg).toContain('75.66% after 10 years');
    expect(svg.trimEnd().endsWith('</svg>')).toBe(true);
  });

  test.each([
    [['--base', 'both'], 2],
    [['--years', '0'], 2],
    [['--years', '201'], 2],
    [['--file', '/nowhere/genesis.json'], 1],
    [['--svg', '/nowhere/money.svg'], 1],
  ])('refuses %j', async (args, exit) => {
    expect((await runHai(['tokenomics', ...args])).exit).toBe(exit);
  });
});

describe('hai genesis', () => {
  test('shows a network’s genesis in the words of the file, with its hash', async () => {
    const { exit, stdout } = await runHai(['genesis', '--url', 'http://x.test'], { fetch: serving });
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      hash: bytesToHex(genesisHash(genesis)),
      created: '2026-01-01T00:00:00.000Z',
      supply: '10000000000 HAI',
      epoch: '1 minute',
      seats: { weur: 4, enam: 3, apac: 3, sam: 3 },
      swap: null,
    });
    const told = jsonOf(await runHai(['genesis', 'show', '--json'], { fetch: serving })) as {
      allocations: { account: string; share: string }[];
      vesting: { grant: string; lock: string; daily: string; from: string }[];
    };
    expect(told.allocations[0]).toMatchObject({ account: 'minerPool', share: '90%', amount: '9000000000 HAI' });
    expect(told.vesting[3]).toMatchObject({
      grant: 'operationsTeam',
      lock: '0 days',
      daily: '0.0002%',
      from: '2026-01-02T00:00:00.000Z',
    });
  });

  test('of another network than the pinned one is refused', async () => {
    expect((await runHai(['genesis', '--genesis', 'a'.repeat(64)], { fetch: serving })).exit).toBe(5);
  });

  test('check takes the file that ships, and names what is wrong with another', async () => {
    const good = await runHai(['genesis', 'check', SHIPPED]);
    expect(good).toMatchObject({ exit: 0, stderr: '' });
    expect(good.stdout).toContain('9000000000 HAI');
    const path = join(temporaryFolder(), 'genesis.json');
    writeFileSync(path, readFileSync(SHIPPED, 'utf8').replace('"6%"', '"7%"'));
    const bad = await runHai(['genesis', 'check', path]);
    expect(bad).toMatchObject({ exit: 1, stdout: '' });
    expect(bad.stderr).toContain('allocations shares sum to 1010000 millionths, not to 100%');
    expect(jsonOf(await runHai(['genesis', 'check', path, '--json']))).toMatchObject({
      error: { kind: 'refused', code: 'invalid_field', param: 'allocations' },
      exit: 1,
    });
    expect((await runHai(['tokenomics', '--file', path])).exit).toBe(1);
  });
});
