import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv, parseRowsCsv } from '../../../ml/dataset/csv.ts';
import { decodeRows, decodeTable, encodeRows, encodeTable } from '../../../ml/dataset/rows.ts';
import { splitByRowHash } from '../../../ml/dataset/split.ts';
import { digitsTable, unwrap } from './digits.ts';

const good = 'a,b,target\n1,2,7\n-3.5,4e2,9\n.5,6.,7\n';

describe('parseCsv', () => {
  it('reads numbers, columns and sorted classes', () => {
    const table = unwrap(parseCsv(good));
    expect(table).toMatchObject({ rows: 3, features: 2, classes: 2, columns: ['a', 'b'], target: 'target' });
    expect([...table.x]).toEqual([1, 2, -3.5, 400, 0.5, 6]);
    expect([...table.y]).toEqual([0, 1, 0]);
    expect(table.classValues).toEqual([7, 9]);
  });

  it('takes CRLF, a byte-order mark, spaces and a missing last newline, to the same table', () => {
    const same = [
      '\ufeffa,b,target\r\n1,2,7\r\n-3.5,4e2,9\r\n.5,6.,7\r\n',
      'a, b ,target\n 1,2 ,7\n-3.5,4e2,9\n.5,6.,7',
    ];
    for (const text of same) expect(unwrap(parseCsv(text))).toEqual(unwrap(parseCsv(good)));
  });

  it('has one encoding for zero', () => {
    const table = unwrap(parseCsv('a,t\n-0,1\n-1e-60,2\n0,1'));
    expect([...table.x].every((x) => Object.is(x, 0))).toBe(true);
  });

  it('sorts classes as numbers', () => {
    expect(unwrap(parseCsv('a,t\n1,10\n1,9\n1,-1')).classValues).toEqual([-1, 9, 10]);
  });

  const wide = Array.from({ length: 4098 }, (_, i) => `c${i}`).join(',');
  const many = Array.from({ length: 258 }, (_, i) => `1,${i}`).join('\n');
  it.each<[string, string, string, RegExp, string | undefined]>([
    ['a word', 'a,b,t\n1,2,0\n1,two,1', 'cell_not_numeric', /row 2, column b: "two"/, 'b'],
    ['an empty cell', 'a,b,t\n1,,0', 'cell_not_numeric', /row 1, column b/, 'b'],
    ['NaN', 'a,b,t\nNaN,2,0', 'cell_not_numeric', /row 1, column a: "NaN"/, 'a'],
    ['Infinity', 'a,b,t\n1,2,0\n1,-Infinity,0', 'cell_not_numeric', /row 2, column b/, 'b'],
    ['a number beyond f32', 'a,b,t\n1e39,2,0', 'cell_not_numeric', /row 1, column a/, 'a'],
    ['hexadecimal', 'a,b,t\n0x10,2,0', 'cell_not_numeric', /row 1, column a/, 'a'],
    ['a quoted cell', 'a,b,t\n"1",2,0', 'cell_not_numeric', /row 1, column a/, 'a'],
    ['a target that is a word', 'a,b,t\n1,2,cat', 'cell_not_numeric', /row 1, column t/, 't'],
    ['a nameless column', 'a,,t\n1,2,2', 'dataset_malformed', /column 2 has no name/, 'header'],
    ['a short row', 'a,b,t\n1,2,0\n1,2', 'ragged_row', /row 2, column t: 2 cells/, 't'],
    ['a long row', 'a,b,t\n1,2,0,5', 'ragged_row', /row 1, column t: 4 cells/, 't'],
    ['a blank line inside', 'a,b,t\n1,2,0\n\n1,2,1', 'ragged_row', /row 2/, 'b'],
    ['no rows', 'a,b,t\n', 'no_rows', /header/, undefined],
    ['nothing', '', 'no_rows', /header/, undefined],
    ['no header', '1,1,0\n3,4,1', 'dataset_malformed', /must name the columns/, 'header'],
    ['two columns of one name', 'a,a,t\n1,2,0\n3,4,1', 'dataset_malformed', /named a/, 'header'],
    ['one class', 'a,b,t\n1,2,3\n4,5,3', 'one_class', /column t/, 't'],
    ['no feature', 't\n1\n2', 'ragged_row', /feature/, 't'],
    ['too many columns', `${wide}\n1`, 'too_many_cells', /4098 columns/, undefined],
    ['too many classes', `a,t\n${many}`, 'too_many_cells', /258 classes/, 't'],
    ['too many rows', `a,t\n${'1,2\n'.repeat(65_537)}`, 'too_many_cells', /65537 rows/, undefined],
  ])('refuses %s and names the place', (_name, text, code, evidence, param) => {
    const result = parseCsv(text);
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) {
      expect(result.evidence).toMatch(evidence);
      expect(result.param).toBe(param);
    }
  });

  it('shortens what it quotes', () => {
    const result = parseCsv(`a,t\n${'x'.repeat(10_000)},1`);
    expect(result.ok ? '' : result.evidence?.length).toBeLessThan(100);
  });

  it('reads rows without a target', () => {
    expect(unwrap(parseRowsCsv('a,b\n1,2\n3,4'))).toMatchObject({ rows: 2, features: 2, columns: ['a', 'b'] });
    expect(parseRowsCsv('a,b\n1,z')).toMatchObject({ ok: false, code: 'cell_not_numeric', param: 'b' });
    expect(parseRowsCsv('a,a\n1,2')).toMatchObject({ ok: false, code: 'dataset_malformed', param: 'header' });
  });

  it('takes columns that are numbered, of a table whose target has a name', () => {
    expect(unwrap(parseCsv('0,1,t\n5,6,0\n7,8,1')).columns).toEqual(['0', '1']);
    expect(unwrap(parseRowsCsv('0,1\n5,6')).columns).toEqual(['0', '1']);
  });
});

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
const tables = fc.integer({ min: 1, max: 6 }).chain((features) =>
  fc
    .array(fc.tuple(fc.array(finite, { minLength: features, maxLength: features }), fc.nat(4)), {
      minLength: 1,
      maxLength: 9,
    })
    .map((rows) => ({
      rows: rows.length,
      features,
      classes: 5,
      x: Float32Array.from(rows.flatMap(([x]) => x)),
      y: Uint8Array.from(rows, ([, y]) => y),
    })),
);

describe('canonical bytes', () => {
  it('decode to what was encoded, and are its only encoding', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const bytes = encodeTable(table);
        expect(unwrap(decodeTable(bytes))).toEqual(table);
        expect(encodeTable(unwrap(decodeTable(bytes)))).toEqual(bytes);
        const rows = { rows: table.rows, features: table.features, x: table.x };
        expect(unwrap(decodeRows(encodeRows(rows)))).toEqual(rows);
      }),
    );
  });

  const table = { rows: 2, features: 2, classes: 3, x: Float32Array.of(1, 2, 3, 4), y: Uint8Array.of(0, 2) };
  const spoilt = (change: (bytes: Uint8Array, view: DataView) => void): Uint8Array => {
    const bytes = encodeTable(table);
    change(bytes, new DataView(bytes.buffer));
    return bytes;
  };
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['another magic', spoilt((bytes) => bytes.set([0x20]))],
    ['a byte less', encodeTable(table).slice(0, -1)],
    ['a spare byte', Uint8Array.of(...encodeTable(table), 0)],
    ['more rows than bytes', spoilt((_, view) => view.setUint32(4, 3, true))],
    ['rows times features beyond a u32', spoilt((_, view) => view.setUint32(4, 0xffffffff, true))],
    ['no features', spoilt((_, view) => view.setUint32(8, 0, true))],
    ['one class', spoilt((_, view) => view.setUint32(12, 1, true))],
    ['NaN', spoilt((_, view) => view.setFloat32(16, Number.NaN, true))],
    ['infinity', spoilt((_, view) => view.setFloat32(20, Number.POSITIVE_INFINITY, true))],
    ['a label beyond the classes', spoilt((bytes) => bytes.set([3], bytes.length - 1))],
  ])('refuse %s', (_name, bytes) => {
    expect(decodeTable(bytes)).toMatchObject({ ok: false, code: 'dataset_malformed' });
  });

  it.each<[string, Uint8Array]>([
    ['a table', encodeTable(table)],
    ['a cut', encodeRows(table).slice(0, -1)],
    ['NaN', encodeRows(table).fill(255, 12)],
  ])('of rows refuse %s', (_name, bytes) => {
    expect(decodeRows(bytes)).toMatchObject({ ok: false, code: 'dataset_malformed' });
  });

  it('are not made of a table that breaks its own shape', () => {
    expect(() => encodeTable({ ...table, y: Uint8Array.of(0, 3) })).toThrow(RangeError);
    expect(() => encodeRows({ ...table, rows: 3 })).toThrow(RangeError);
  });
});

describe('splitByRowHash', () => {
  const digits = digitsTable();

  it('holds out 360 of the 1,797 digits and loses none', () => {
    const { train, heldOut } = splitByRowHash(digits, 20);
    expect([train.rows, heldOut.rows]).toEqual([1437, 360]);
    expect(train.classes).toBe(10);
    const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);
    expect(sum(train.x) + sum(heldOut.x)).toBe(sum(digits.x));
    const counts = new Array<number>(10).fill(0);
    for (const label of heldOut.y) counts[label] = (counts[label] as number) + 1;
    expect(Math.min(...counts)).toBeGreaterThan(20);
  });

  it('does not depend on where a row stands', () => {
    const order = Array.from({ length: digits.rows }, (_, i) => digits.rows - 1 - i);
    const x = Float32Array.from(order.flatMap((row) => [...digits.x.subarray(row * 64, row * 64 + 64)]));
    const turned = { ...digits, x, y: Uint8Array.from(order, (row) => digits.y[row] as number) };
    const { heldOut } = splitByRowHash(turned, 20);
    expect([...heldOut.y].reverse()).toEqual([...splitByRowHash(digits, 20).heldOut.y]);
  });

  it.each([0, 100, Number.NaN])('refuses %d percent', (percent) => {
    expect(() => splitByRowHash(digits, percent)).toThrow(RangeError);
  });
});
