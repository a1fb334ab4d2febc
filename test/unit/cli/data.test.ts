import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const PENGUINS = new URL('../../../data/penguins.csv.gz', import.meta.url).pathname;

function file(text: string, name = 'table.csv'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe('hai data inspect', () => {
  it('shows what a real table is taken for, and asks no network', async () => {
    const ran = await runHai(['data', 'inspect', PENGUINS, '--target', '物种']);
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^table {3}344 rows, 13 features$/m);
    expect(ran.stdout).toMatch(/^task {4}3 classes of 物种: Adelie Penguin \(Pygoscelis adeliae\) 152, /m);
    expect(ran.stdout).toMatch(/^产卵日期 +feature +date +0 +50 /m);
    expect(ran.stdout).toMatch(/^- 个体编号 is left out: free text or identifiers, 190 different ones/m);
  });

  it('says the same in JSON', async () => {
    const told = jsonOf(await runHai(['data', 'inspect', PENGUINS, '--target', '体重（克）', '--json']));
    expect(told).toMatchObject({
      format: 'csv',
      encoding: 'utf-8',
      rows: 342,
      features: 13,
      task: 'values',
      target: '体重（克）',
      metric: 'r2',
    });
    expect(told.notices).toContainEqual({
      code: 'target_rows_dropped',
      name: '体重（克）',
      count: 2,
      text: '2 rows without a value of the target 体重（克） dropped.',
    });
  });

  it('takes what a user knows better', async () => {
    const path = file('01/02/2024|5|a=1|x\n03/02/2024|?|b|y\n05/02/2024|7|c|x\n07/02/2024|8|c|y\n');
    const options = [
      '--no-header',
      '--separator',
      '|',
      '--missing',
      '?,none',
      '--day-first',
      '--column',
      'column 2=category',
    ];
    const told = jsonOf(await runHai(['data', 'inspect', path, '--json', '--column', 'column 3=ignore', ...options]));
    expect(told.columns).toMatchObject([
      { kind: 'date', role: 'feature' },
      { kind: 'category', missing: 1, missingWords: ['?'] },
      { role: 'leftOut' },
      { name: 'column 4', role: 'target' },
    ]);
    expect(told.notices).not.toContainEqual(expect.objectContaining({ code: 'date_order_assumed' }));
    expect(
      jsonOf(await runHai(['data', 'inspect', path, '--json', '--task', 'clusters', '--no-header'])),
    ).toMatchObject({ task: 'clusters', target: null });
  });

  it('refuses with row and column', async () => {
    const told = jsonOf(await runHai(['data', 'inspect', file('a,y\n1.5,0\n2.5,1\nx,0\n'), '--json']));
    expect(told).toMatchObject({ exit: 1, error: { kind: 'refused', code: 'cell_not_numeric', param: 'a' } });
    expect((told.error as { message: string }).message).toContain('row 3, column a: "x"');
    expect(await runHai(['data', 'inspect', join(temporaryFolder(), 'none.csv')])).toMatchObject({
      exit: 1,
      stdout: '',
    });
  });

  it('names the option that helps', async () => {
    const message = async (...args: string[]) =>
      (jsonOf(await runHai(['data', 'inspect', ...args, '--json'])).error as { message: string }).message;
    expect(await message(file('a,y\n1.5,0\n2.5,1\nx,0\n'))).toMatch(/Otherwise: --column 'a=number', --missing$/);
    const titled = file('Report\na,b,y\n1,2,u\n3,5,v\n7,9,u\n9,9,v\n');
    expect(await message(titled)).toMatch(/Otherwise: --skip-lines$/);
    const read = jsonOf(await runHai(['data', 'inspect', titled, '--skip-lines', '1', '--json']));
    expect(read).toMatchObject({ rows: 4, features: 2, target: 'y' });
    expect(await message(titled, '--skip-lines', '1', '--target', 'Y')).toMatch(/there is no column "Y": is it "y"\?$/);
    expect(await message(file('a,y\n1,2\n3\n'))).not.toMatch(/Otherwise/);
  });

  it.each([
    ['--column', 'a'],
    ['--skip-lines', '-1'],
    ['--skip-lines', '1001'],
    ['--skip-lines', '1.5'],
    ['--column', 'a=word'],
    ['--image-size', '0'],
    ['--image-size', '4096'],
    ['--separator', 'x'],
    ['--task', 'guess'],
  ])('is used wrongly with %s %s', async (option, value) => {
    expect((await runHai(['data', 'inspect', PENGUINS, option, value])).exit).toBe(2);
  });
});
