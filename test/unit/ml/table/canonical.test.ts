import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSchema, decodeTypedTable, encodeSchema, encodeTypedTable } from '../../../../ml/table/canonical.ts';
import { compareTexts } from '../../../../ml/table/order.ts';
import { schemaOf, selectRows, splitTable, withoutTarget } from '../../../../ml/table/rows.ts';
import { MISSING, type Table } from '../../../../ml/table/table.ts';
import { TABLE_LIMITS } from '../../../../protocol/table-limits.ts';
import { unwrap } from '../digits.ts';
import { anyTable } from './arbitrary.ts';

const small: Table = {
  rows: 3,
  features: {
    kind: 'columns',
    columns: [
      { kind: 'number', name: 'weight', values: Float32Array.of(1.5, Number.NaN, 0) },
      { kind: 'category', name: '颜色', categories: ['red', '蓝'], codes: Int32Array.of(1, MISSING, 0) },
      { kind: 'date', name: 'day', days: Float64Array.of(19_000, Number.NaN, -1.25) },
    ],
  },
  target: { kind: 'classes', name: 'y', classes: ['no', 'yes'], labels: Uint16Array.of(0, 1, 1) },
};

/** `small` with one u32 or byte of its bytes changed. */
function spoilt(at: number, ...bytes: number[]): Uint8Array {
  const spoiled = encodeTypedTable(small);
  spoiled.set(bytes, at);
  return spoiled;
}

describe('canonical bytes of a table', () => {
  it('are the documented ones', () => {
    const bytes = encodeTypedTable({
      rows: 1,
      features: { kind: 'columns', columns: [{ kind: 'number', name: 'a', values: Float32Array.of(Number.NaN) }] },
      target: { kind: 'classes', name: 't', classes: ['b', 'c'], labels: Uint16Array.of(1) },
    });
    expect(Buffer.from(bytes).toString('hex')).toBe(
      [
        ['48544232', '01000000', '48534331', '00000000', '01000000', '00000000', '01000000', '61'],
        ['01000000', '01000000', '74', '02000000', '01000000', '62', '01000000', '63', '0000c07f', '0100'],
      ]
        .flat()
        .join(''),
    );
  });

  it('decode to the same table, and only they do', () => {
    fc.assert(
      fc.property(anyTable, fc.nat(), fc.integer({ min: 1, max: 255 }), (table, at, change) => {
        const bytes = encodeTypedTable(table);
        expect(unwrap(decodeTypedTable(bytes))).toEqual(table);
        const schema = schemaOf(table);
        expect(unwrap(decodeSchema(encodeSchema(schema)))).toEqual(schema);
        const other = bytes.slice();
        other[at % bytes.length] = (other[at % bytes.length] as number) ^ change;
        const decoded = decodeTypedTable(other);
        if (decoded.ok) expect(encodeTypedTable(decoded.value)).toEqual(other);
      }),
      { numRuns: 80 },
    );
  });

  it('write one NaN and one zero, whatever the host holds', () => {
    const values = new Float32Array(2);
    new Uint32Array(values.buffer)[0] = 0xffc01234;
    values[1] = -0;
    const of = (values: Float32Array): Table => ({
      rows: 2,
      features: { kind: 'columns', columns: [{ kind: 'number', name: 'a', values }] },
      target: { kind: 'none' },
    });
    expect(encodeTypedTable(of(values))).toEqual(encodeTypedTable(of(Float32Array.of(Number.NaN, 0))));
  });

  it('any bytes are refused or are a table', () => {
    const prefixed = fc
      .uint8Array({ maxLength: 64 })
      .map((rest) => Uint8Array.from([...encodeTypedTable(small).slice(0, 16), ...rest]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), prefixed), (bytes) => {
        const decoded = decodeTypedTable(bytes);
        if (decoded.ok) expect(encodeTypedTable(decoded.value)).toEqual(bytes);
        const schema = decodeSchema(bytes);
        if (schema.ok) expect(encodeSchema(schema.value)).toEqual(bytes);
      }),
      { numRuns: 200 },
    );
  });

  const bytes = encodeTypedTable(small);
  // Offsets from the end: 6 of labels, 24 of dates, 6 of codes, 12 of numbers.
  const numbers = bytes.length - 6 - 24 - 6 - 12;
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /not a typed table/],
    ['another magic', spoilt(0, 0x49), /not a typed table/],
    ['a byte too few', bytes.slice(0, -1), /end early/],
    ['a byte too many', Uint8Array.from([...bytes, 0]), /1 bytes too many/],
    ['no rows', spoilt(4, 0, 0, 0, 0), /0 rows/],
    ['more rows than there may be', spoilt(4, 255, 255, 255, 255), /4294967295 rows/],
    ['more rows than bytes', spoilt(4, 0, 0, 1, 0), /end early/],
    ['an unknown kind of schema', spoilt(12, 2), /unknown kind/],
    ['more columns than bytes', spoilt(16, 0, 0x20), /8192 of at most/],
    ['an unknown kind of column', spoilt(20, 3), /unknown kind/],
    ['a name beyond its bound', spoilt(24, 0xff, 0xff), /name of 65535 bytes/],
    ['a name that is not UTF-8', spoilt(28, 0xff), /not UTF-8/],
    ['another NaN', spoilt(numbers + 4, 1), /another encoding/],
    ['a negative zero', spoilt(numbers + 8, 0, 0, 0, 0x80), /another encoding/],
    ['an infinity', spoilt(numbers, 0, 0, 0x80, 0x7f), /infinite/],
    ['a code beyond the categories', spoilt(numbers + 12, 2, 0), /code beyond/],
    ['a date out of range', spoilt(numbers + 18, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f), /date out of range/],
    ['a label beyond the classes', spoilt(bytes.length - 2, 2), /label is beyond/],
  ])('refuse %s', (_name, spoiled, evidence) => {
    const decoded = decodeTypedTable(spoiled);
    expect(decoded).toMatchObject({ ok: false, code: 'dataset_malformed' });
    if (!decoded.ok) expect(decoded.evidence).toMatch(evidence);
  });

  const columns = small.features.kind === 'columns' ? small.features.columns : [];
  it.each<[string, Table, RegExp]>([
    [
      'two columns of one name',
      { ...small, features: { kind: 'columns', columns: [columns[0]!, columns[0]!] } },
      /of one name/,
    ],
    ['no column', { ...small, features: { kind: 'columns', columns: [] } }, /0 columns/],
    ['values of another length', { ...small, rows: 2 }, /3 values/],
    [
      'a lone surrogate',
      { ...small, target: { kind: 'values', name: '\ud800', values: new Float64Array(3) } },
      /not Unicode/,
    ],
    [
      'a target that is not finite',
      { ...small, target: { kind: 'values', name: 'y', values: Float64Array.of(0, Number.NaN, 1) } },
      /missing or beyond/,
    ],
    [
      'one class',
      { ...small, target: { kind: 'classes', name: 'y', classes: ['a'], labels: new Uint16Array(3) } },
      /1 classes/,
    ],
    [
      'categories out of order',
      {
        ...small,
        features: {
          kind: 'columns',
          columns: [{ kind: 'category', name: 'c', categories: ['b', 'a'], codes: new Int32Array(3) }],
        },
      },
      /out of order/,
    ],
  ])('are not made of %s', (_name, table, fault) => {
    expect(() => encodeTypedTable(table)).toThrow(fault);
  });

  it('bound the table before anything is allocated', () => {
    const wide: Table = {
      rows: TABLE_LIMITS.rowsMax,
      features: {
        kind: 'columns',
        columns: Array.from({ length: 5 }, (_, i) => ({ kind: 'number', name: `c${i}`, values: new Float32Array() })),
      },
      target: { kind: 'none' },
    };
    expect(() => encodeTypedTable(wide)).toThrow(/5242880 cells/);
  });
});

describe('compareTexts', () => {
  it('is the order of UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareTexts(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
    expect(compareTexts('\u{10000}', '\uffff')).toBeGreaterThan(0);
  });
});

describe('rows of a table', () => {
  it('are chosen in the given order, and split from the rest', () => {
    const { chosen, rest } = splitTable(small, [2, 0]);
    expect(chosen.target).toMatchObject({ labels: Uint16Array.of(1, 0) });
    expect(chosen.features).toMatchObject({
      columns: [{ values: Float32Array.of(0, 1.5) }, { codes: Int32Array.of(0, 1) }, {}],
    });
    expect(rest.rows).toBe(1);
    expect(selectRows(small, [0, 1, 2])).toEqual(small);
    expect(withoutTarget(rest).target).toEqual({ kind: 'none' });
  });

  it('of images move whole', () => {
    const images: Table = {
      rows: 2,
      features: { kind: 'images', height: 1, width: 2, channels: 1, pixels: Uint8Array.of(1, 2, 3, 4) },
      target: { kind: 'none' },
    };
    expect(selectRows(images, [1]).features).toMatchObject({ pixels: Uint8Array.of(3, 4) });
  });

  it('that are not there throw', () => {
    for (const row of [3, -1, 0.5]) expect(() => selectRows(small, [row])).toThrow(RangeError);
  });
});
