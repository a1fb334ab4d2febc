import { describe, expect, it } from 'vitest';
import { columnNames, onlyColumns, withTargetLast } from '../../../clients/cli/csv-columns.ts';
import { Refusal } from '../../../clients/cli/exit-codes.ts';
import { parseCsv, parseRowsCsv } from '../../../ml/dataset/csv.ts';

const TEXT = '\ufeffa, b ,c\r\n1,2,3\r\n4,5,6\r\n';

describe('columns by name', () => {
  it('reads the header as the parser does', () => {
    expect(columnNames(TEXT)).toEqual(['a', 'b', 'c']);
    expect(columnNames('')).toEqual(['']);
  });

  it('moves the target to the end', () => {
    const parsed = parseCsv(withTargetLast(TEXT, 'a'));
    expect(parsed).toMatchObject({ ok: true, value: { columns: ['b', 'c'], target: 'a', classValues: [1, 4] } });
    expect(parsed.ok && [...parsed.value.x]).toEqual([2, 3, 5, 6]);
    expect(withTargetLast(TEXT, 'c').split('\n')[1]).toBe('1,2,3');
  });

  it('picks columns in the order asked for', () => {
    const parsed = parseRowsCsv(onlyColumns(TEXT, ['c', 'a']));
    expect(parsed.ok && [...parsed.value.x]).toEqual([3, 1, 6, 4]);
  });

  it('refuses a column that is not there, and one that is there twice', () => {
    expect(() => withTargetLast(TEXT, 'd')).toThrow(Refusal);
    expect(() => onlyColumns('a,a\n1,2', ['a'])).toThrow('two columns are named a');
  });

  it('leaves a ragged row to the parser, which names it', () => {
    const parsed = parseCsv(withTargetLast('a,b,c\n1,2,3\n4,5\n', 'a'));
    expect(parsed).toMatchObject({ ok: false, code: 'ragged_row', evidence: expect.stringContaining('row 2') });
  });
});
