/** The order of day and month: shown by a column, or told, and kept for rows to predict. */
import { describe, expect, it } from 'vitest';
import { noticeText } from '../../../../ml/table/notice-text.ts';
import { readAsIn, readAsOf, rowsOptionsOf } from '../../../../ml/table/read-as.ts';
import { readRows } from '../../../../ml/table/read-rows.ts';
import type { ReadOptions } from '../../../../ml/table/report.ts';
import { schemaOf } from '../../../../ml/table/rows.ts';
import { unwrap } from '../digits.ts';
import { bytesOf, codes, contents, readText, tableOf } from './reading.ts';

const dayFirstTable = 'd,y\n25/02/2022,a\n03/02/2022,b\n04/05/2022,b\n04/06/2022,a\n';
const monthFirstTable = 'd,y\n02/25/2022,a\n02/03/2022,b\n05/04/2022,b\n06/04/2022,a\n';
const [DAY_3, DAY_25] = [19_026, 19_048];

/** Rows as a model reads them whose table was read with these options; what is kept of it goes through a file. */
async function predicted(table: string, options: ReadOptions, rows: string, now: ReadOptions = {}) {
  const read = await tableOf(table, options);
  const kept = readAsIn(JSON.parse(JSON.stringify(readAsOf(options, read))));
  return readRows(bytesOf(rows), 'rows.csv', schemaOf(read.table), rowsOptionsOf(kept, now));
}

describe('an order of day and month that was told', () => {
  it('is that of an open column', async () => {
    const open = 'd,y\n03/02/2022,a\n04/05/2022,b\n05/06/2022,a\n06/07/2022,b\n';
    expect(contents(await tableOf(open, { dayFirst: true })).d?.[0]).toBe(DAY_3);
    expect(codes(await tableOf(open, { dayFirst: true }))).toEqual(['target_chosen']);
    expect(contents(await tableOf(open, { dayFirst: false })).d?.[0]).toBe(19_053);
  });

  it.each<[string, boolean, 'date_day_first' | 'date_month_first', string]>([
    [dayFirstTable, false, 'date_day_first', '"25/02/2022"'],
    [monthFirstTable, true, 'date_month_first', '"02/25/2022"'],
  ])('gives way with a notice where a column cannot have it', async (table, dayFirst, code, example) => {
    const read = await tableOf(table, { dayFirst, target: 'y' });
    expect(contents(read).d?.slice(0, 2)).toEqual([DAY_25, DAY_3]);
    expect(read.notices).toEqual([{ code, name: 'd', example }]);
    expect(read.dayFirst).toBe(!dayFirst);
    expect(readAsOf({ dayFirst }, read).dayFirst).toBe(!dayFirst);
    for (const language of ['en', 'zh'] as const) {
      expect(noticeText({ code, name: 'd', example }, language)).toContain(example);
    }
  });

  it('is heeded without a notice where nothing speaks against it', async () => {
    expect(codes(await tableOf(dayFirstTable, { dayFirst: true, target: 'y' }))).toEqual([]);
    expect(codes(await tableOf(dayFirstTable, { target: 'y' }))).toEqual([]);
  });

  it('is not left for an order that loses other cells', async () => {
    const days = Array.from({ length: 19 }, (_, day) => `${13 + (day % 12)}/02/2022,${day % 2}`);
    const both = await tableOf(`d,y\n${days.join('\n')}\n02/13/2022,1\n03/13/2022,0\n`, {
      dayFirst: false,
      target: 'y',
    });
    expect(both.notices).toEqual([{ code: 'category_dated', name: 'd', example: '"02/13/2022"' }]);
    const other = `d,y\n${Array.from({ length: 24 }, (_, day) => `02/${1 + day}/2022,${day % 2}`).join('\n')}\n13/02/2022,1\n`;
    const refused = await readText(other, { dayFirst: false });
    expect(refused).toMatchObject({ ok: false, code: 'dataset_malformed', param: 'd' });
    if (!refused.ok)
      expect(refused.evidence).toMatch(/^row 25, column d: "13\/02\/2022" is no date with the month first;/);
  });
});

describe('rows to predict', () => {
  it('have the order of the table, whatever the rows beside show', async () => {
    const one = unwrap(await predicted(monthFirstTable, {}, 'd\n03/02/2022\n'));
    expect(contents(one).d).toEqual([19_053]);
    const beside = await predicted(monthFirstTable, {}, 'd\n03/02/2022\n25/02/2022\n');
    expect(beside).toMatchObject({ ok: false, code: 'dataset_malformed', param: 'd' });
    if (!beside.ok) expect(beside.evidence).toBe('row 2, column d: "25/02/2022" is no date with the month first');
  });

  it('have the order that the table was read in, not one that it could not have', async () => {
    expect(contents(unwrap(await predicted(dayFirstTable, { dayFirst: false }, 'd\n03/02/2022\n'))).d).toEqual([DAY_3]);
  });

  it('have the order that is told now', async () => {
    const told = unwrap(await predicted(monthFirstTable, {}, 'd\n25/02/2022\n03/02/2022\n', { dayFirst: true }));
    expect(contents(told).d).toEqual([DAY_25, DAY_3]);
    expect(await predicted(dayFirstTable, {}, 'd\n25/02/2022\n', { dayFirst: false })).toMatchObject({ ok: false });
  });

  it('have the order of each column where they differ', async () => {
    const mixed = 'd,e,y\n25/02/2022,02/25/2022,a\n03/02/2022,02/03/2022,b\n04/02/2022,02/04/2022,a\n';
    expect((await tableOf(mixed)).dayFirstOf).toEqual({ d: true, e: false });
    const rows = unwrap(await predicted(mixed, {}, 'd,e\n03/02/2022,02/03/2022\n'));
    expect(contents(rows)).toEqual({ d: [DAY_3], e: [DAY_3] });
    expect(codes(rows)).toEqual([]);
    expect(await predicted(mixed, {}, 'd,e\n02/25/2022,02/03/2022\n')).toMatchObject({ ok: false, param: 'd' });
    expect(await predicted(mixed, {}, 'd,e\n03/02/2022,02/25/2022\n', { dayFirst: true })).toMatchObject({
      ok: false,
      param: 'e',
    });
  });
});
