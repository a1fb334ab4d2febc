/** `hai train --local`, and what is made of its model file: no network anywhere. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const IRIS = gunzipSync(readFileSync(new URL('../../../data/iris.csv.gz', import.meta.url))).toString('utf8');
const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
const SMALL = ['--trials', '2', '--budget', '5e7', '--folds', '3', '--families', 'logistic'];

async function told(...args: string[]): Promise<Record<string, unknown>> {
  const ran = await runHai([...args, '--json']);
  expect(ran.exit, ran.stdout + ran.stderr).toBe(0);
  return jsonOf(ran);
}

interface Found {
  report: { score: number; leaderboard: { family: string }[]; leaderboardHash: string };
}

describe('a search in this process', () => {
  const model = file('iris.model.json');
  let found: Found;

  beforeAll(async () => {
    writeFileSync(file('iris.csv'), IRIS);
    found = (await told('train', file('iris.csv'), '--local', ...SMALL, '--model', model)) as unknown as Found;
  });

  it('gives a model, its leaderboard, and a file for its owner', () => {
    expect(found.report.score).toBeGreaterThan(0.9);
    expect(found.report.leaderboard.map(({ family }) => family)).toEqual(['logistic', 'logistic']);
    expect(statSync(model).mode & 0o777).toBe(0o600);
  });

  it('does not overwrite a model file', async () => {
    const again = await runHai(['train', file('iris.csv'), '--local', ...SMALL, '--model', model, '--json']);
    expect(again).toMatchObject({ exit: 1 });
    expect(again.stdout).toContain('--force overwrites it');
  });

  it('tells each job as a JSON line where that is asked for, and the result last', async () => {
    const ran = await runHai(['train', file('iris.csv'), '--local', ...SMALL, '--events', '--force', '--model', model]);
    const lines = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, -1).map(({ event, kind }) => [event, kind])).toEqual([
      ['job', 'trial'],
      ['job', 'trial'],
      ['job', 'ensemble'],
      ...lines.slice(3, -2).map(() => ['job', 'refit']),
      ['job', 'assemble'],
    ]);
    expect(lines.at(-1)).toMatchObject({ order: null, report: { leaderboardHash: found.report.leaderboardHash } });
  });

  it('predicts, with probabilities, and compares with the column of the target', async () => {
    const predicted = await told('predict', model, file('iris.csv'), '--proba');
    expect(predicted).toMatchObject({ order: null, rows: 150, classes: ['0', '1', '2'] });
    expect(predicted.accuracy).toBeGreaterThan(0.9);
    for (const row of predicted.probabilities as number[][]) {
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
    }
    const csv = await runHai(['predict', model, file('iris.csv'), '--proba']);
    expect(csv.stdout.split('\n')[0]).toBe('target,p(0),p(1),p(2)');
  });

  it('refuses rows without a column of the model, and texts where numbers were', async () => {
    writeFileSync(file('lacking.csv'), 'sepal_length_(cm)\n5\n');
    const lacking = await runHai(['predict', model, file('lacking.csv'), '--json']);
    expect(lacking.exit).toBe(1);
    expect(jsonOf(lacking)).toMatchObject({ error: { code: 'unknown_column', param: 'sepal_width_(cm)' } });
    writeFileSync(file('texts.csv'), IRIS.split('\n').slice(0, 3).join('\n').replace('4.9', 'long'));
    const texts = jsonOf(await runHai(['predict', model, file('texts.csv'), '--json']));
    expect(texts).toMatchObject({ error: { code: 'cell_not_numeric', message: expect.stringContaining('row 2') } });
  });

  it('reads rows as its table was read, unless told otherwise', async () => {
    const rows = Array.from(
      { length: 30 },
      (_, i) => `${1 + (i % 2)}.${i % 10}5;${1 + (i % 28)}/02/2024;${'ab'[i % 2]}`,
    );
    writeFileSync(file('own.csv'), `${rows.join('\n')}\n1,200;30/01/2024;a\n`);
    const own = file('own.model.json');
    const trained = await runHai(['train', file('own.csv'), '--local', ...SMALL, '--no-header', '--model', own]);
    expect(trained.exit, trained.stderr).toBe(0);
    // In a pipeline too: nothing here is a terminal.
    expect(trained.stderr).toContain('column 3');
    expect(JSON.parse(readFileSync(own, 'utf8')).read).toEqual({
      separator: ';',
      decimal: '.',
      dayFirst: true,
      header: false,
    });
    writeFileSync(file('one.csv'), '1,200;05/02/2024\n');
    const { predictions, notices } = await told('predict', own, file('one.csv'));
    expect([predictions, notices]).toEqual([expect.any(Array), []]);
    const otherwise = await told('predict', own, file('one.csv'), '--decimal', ',', '--no-day-first');
    expect(otherwise.notices).toEqual([]);
    const named = await runHai(['predict', own, file('one.csv'), '--header', '--json']);
    expect(jsonOf(named)).toMatchObject({ exit: 1 });
    writeFileSync(file('unseen.csv'), '1,200;05/02/2024;x;y\n');
    expect(await told('predict', own, file('unseen.csv'))).toMatchObject({
      notices: [{ code: 'column_extra', text: expect.stringContaining('column 4') }],
    });
    const piped = await runHai(['predict', own, file('unseen.csv')]);
    expect(piped.stderr).toContain('column 4');
    expect(piped.stdout).not.toContain('column 4');
  });

  it('shows its report, and leaves as ONNX or as the bundle', async () => {
    const shown = await runHai(['model', 'show', model]);
    for (const part of ['Leaderboard', 'By class', 'Confusion', 'Importance', 'the prior alone']) {
      expect(shown.stdout).toContain(part);
    }
    expect((await runHai(['model', 'leaderboard', model])).stdout.trim().split('\n')).toHaveLength(3);
    expect((await runHai(['model', 'card', model])).stdout).toMatch(/^# /);
    const boosted = jsonOf(await runHai(['model', 'export', model, '--format', 'xgboost', '--json']));
    expect(boosted).toMatchObject({ error: { code: 'export_unsupported' }, exit: 1 });
    const onnx = await told('model', 'export', model, '--out', file('iris.onnx'));
    expect(onnx).toEqual({ file: file('iris.onnx'), format: 'onnx', bytes: statSync(file('iris.onnx')).size });
    await told('model', 'export', model, '--format', 'bundle', '--out', file('iris.bundle'));
    expect(readFileSync(file('iris.bundle')).subarray(0, 4).toString()).toBe('HAB1');
  });

  it('says in words what to mind, with the column, and nothing where there is nothing', async () => {
    expect((await runHai(['model', 'show', model])).stdout).not.toContain('What to mind');
    const rows = Array.from({ length: 60 }, (_, i) => `${(i * 37) % 60},${'ab'[i % 2]},${'ab'[i % 2]}`);
    writeFileSync(file('leak.csv'), `size,told\u001b[31m,y\n${rows.join('\n')}\n`);
    const ran = await runHai(['train', file('leak.csv'), '--local', ...SMALL, '--model', file('leak.model.json')]);
    expect(ran.exit, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/What to mind\n- told\S*\[31m alone tells the target/);
    expect(ran.stdout).not.toContain('columnTells');
    expect(ran.stdout).not.toContain('\u001b[31m');
    expect(await told('model', 'show', file('leak.model.json'))).toMatchObject({
      report: { notices: ['columnTells'], noticeColumns: [{ notice: 'columnTells' }] },
    });
  });

  it.each([
    ['a metric of another task', ['--metric', 'rmse'], 2, 'accuracy'],
    ['families of another task', ['--families', 'ridge'], 2, 'ridge'],
    ['a column that is not there', ['--target', 'colour'], 1, 'colour'],
    ['a single network in this process', ['--hidden', '8'], 2, '--network'],
  ])('refuses %s', async (_, args, exit, words) => {
    const ran = await runHai(['train', file('iris.csv'), '--local', ...args, '--model', file('never.json')]);
    expect(ran.exit).toBe(exit);
    expect(ran.stderr).toContain(words);
  });
});
