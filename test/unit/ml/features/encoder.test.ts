import { describe, expect, it } from 'vitest';
import { datePart } from '../../../../ml/features/dates.ts';
import { decodeEncoder } from '../../../../ml/features/encoder-bytes.ts';
import { fitEncoder } from '../../../../ml/features/fit.ts';
import type { ColumnPlan } from '../../../../ml/features/plan.ts';
import { encodePlans } from '../../../../ml/features/plan-bytes.ts';
import { trainSetOf } from '../../../../ml/features/train-set.ts';
import { Meter } from '../../../../ml/meter.ts';
import { schemaOf } from '../../../../ml/table/rows.ts';
import type { Schema, Table } from '../../../../ml/table/table.ts';
import type { Matrix } from '../../../../ml/trainers/trainer.ts';
import { category, date, number, tableOf, upTo } from './tables.ts';

const column = ({ rows, cols, x }: Matrix, at: number): number[] =>
  Array.from({ length: rows }, (_, row) => x[row * cols + at] as number);

const NONE = undefined;
const mixed = tableOf(
  number('面积', 1, 2, Number.NaN, 3, 6, 1, 2, 3),
  category('city', '北京', '上海', '北京', NONE, '北京', '广州', '上海', '上海'),
  date('day', 0, 31.5, 365, Number.NaN, 59, 60, -1, 19_000),
  number('constant', 5, 5, 5, 5, 5, 5, 5, 5),
  number('empty', ...Array(8).fill(Number.NaN)),
  category('one', ...Array(8).fill('x')),
);
const options = { rareMin: 2 };

describe('the dense view', () => {
  const encoder = fitEncoder(mixed, upTo(8), 'dense', options);
  const matrix = encoder.transform(mixed, upTo(8));

  it('names its columns and leaves out what says nothing', () => {
    expect(encoder.columnsOf.map(({ name }) => name)).toEqual([
      ...['面积', '面积=∅', 'city=上海', 'city=北京', 'city=…', 'city=∅'],
      ...['day.days', 'day.year', 'day.month', 'day.weekday', 'day.hour', 'day=∅'],
    ]);
    expect(encoder.columnsOf.map(({ column: of }) => of)).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
  });

  it('fills with the median, standardises, and says what was missing', () => {
    const filled = [1, 2, 2, 3, 6, 1, 2, 3];
    const mean = 2.5;
    const deviation = Math.sqrt(filled.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 8);
    expect(column(matrix, 0)).toEqual(filled.map((x) => Math.fround((x - mean) * (1 / deviation))));
    expect(column(matrix, 1)).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  });

  it('gives frequent categories columns, the rest one, an unseen one none', () => {
    expect(column(matrix, 2)).toEqual([0, 1, 0, 0, 0, 0, 1, 1]);
    expect(column(matrix, 4)).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
    expect(column(matrix, 5)).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
    const unseen = fitEncoder(mixed, [0, 1, 2, 4, 6], 'dense', options).transform(mixed, [5]);
    expect(unseen.x.subarray(1, 3)).toEqual(Float32Array.of(0, 0));
  });

  it('learns from its rows alone', () => {
    const changed = structuredClone(mixed) as Table;
    if (changed.features.kind === 'columns') (changed.features.columns[0] as { values: Float32Array }).values[7] = 1e30;
    const some = [0, 1, 2, 3, 4, 5, 6];
    const bytes = fitEncoder(mixed, some, 'dense').bytes;
    expect(fitEncoder(changed, some, 'dense').bytes).toEqual(bytes);
    expect(fitEncoder(changed, upTo(8), 'dense').bytes).not.toEqual(fitEncoder(mixed, upTo(8), 'dense').bytes);
  });

  it('stays finite at the ends of f32, and cuts a heavy tail to the bulk', () => {
    const wild = tableOf(
      number('wild', 3.4e38, -3.4e38, 1e-45, 0, 1, Number.NaN),
      number('tiny', 0, 1e-45, 0, 0, 0, 0),
    );
    const { x } = fitEncoder(wild, upTo(6), 'dense').transform(wild, upTo(6));
    expect(x.every(Number.isFinite)).toBe(true);
    const tail = tableOf(number('tail', ...Array.from({ length: 1000 }, (_, i) => (i === 7 ? 1e9 : i % 10))));
    const scaled = fitEncoder(tail, upTo(1000), 'dense').transform(tail, upTo(1000)).x;
    expect(Math.abs(scaled[9] as number)).toBeCloseTo(1.56, 1);
    expect(scaled[7]).toBe(scaled[9]);
  });

  it('is one column of zeros where no column says anything', () => {
    const flat = tableOf(number('flat', 1, 1, 1), category('none', NONE, NONE, NONE));
    for (const view of ['dense', 'tree'] as const) {
      const encoder = fitEncoder(flat, upTo(3), view);
      expect(encoder.columnsOf).toEqual([{ column: -1, name: '0' }]);
      expect(encoder.transform(flat, upTo(3))).toEqual({ rows: 3, cols: 1, x: new Float32Array(3) });
    }
  });
});

describe('the tree view', () => {
  const encoder = fitEncoder(mixed, upTo(8), 'tree', options);
  const matrix = encoder.transform(mixed, upTo(8));

  it('keeps numbers and what is missing, and orders categories by frequency', () => {
    expect(encoder.columnsOf.map(({ name }) => name)).toEqual([
      ...['面积', 'city', 'day.days', 'day.month', 'day.weekday', 'day.hour'],
    ]);
    expect([...encoder.categories]).toEqual([0, 3, 0, 0, 0, 0]);
    expect(column(matrix, 0)).toEqual([1, 2, Number.NaN, 3, 6, 1, 2, 3]);
    // Both thrice: 上海 comes first by its code.
    expect(column(matrix, 1)).toEqual([1, 0, 1, Number.NaN, 1, 2, 0, 0]);
    expect(column(matrix, 3)).toEqual([1, 2, 1, Number.NaN, 3, 3, 12, 1]);
  });
});

describe('images', () => {
  const pixels = Uint8Array.from({ length: 3 * 4 }, (_, i) => i * 20);
  const images: Table = {
    rows: 3,
    features: { kind: 'images', height: 2, width: 2, channels: 1, pixels },
    target: { kind: 'classes', name: 'label', classes: ['a', 'b'], labels: Uint16Array.of(0, 1, 0) },
  };

  it('are divided by 255, row by row', () => {
    const set = trainSetOf(fitEncoder(images, [0, 1], 'image'), images, [2, 0], [1]);
    expect(set.image).toEqual({ height: 2, width: 2, channels: 1 });
    expect([...set.input.x]).toEqual([160, 180, 200, 220, 0, 20, 40, 60].map((p) => Math.fround(p / 255)));
    expect([...set.y, ...(set.watched?.y ?? [])]).toEqual([0, 0, 1]);
    expect(set.classes).toBe(2);
  });

  it('are columns to the other views, and columns are no images', () => {
    expect(fitEncoder(images, upTo(3), 'dense').columnsOf[3]).toEqual({ column: 3, name: 'pixel 1,1' });
    expect(fitEncoder(images, upTo(3), 'tree').transform(images, [1]).x).toEqual(Float32Array.of(80, 100, 120, 140));
    expect(() => fitEncoder(mixed, upTo(8), 'image')).toThrow(RangeError);
  });

  it('of another size are refused', () => {
    const encoder = fitEncoder(images, upTo(3), 'image');
    const other = { ...images, features: { ...images.features, width: 1, height: 4 } } as Table;
    expect(() => encoder.transform(other, [0])).toThrow(RangeError);
  });
});

describe('bytes of an encoder', () => {
  const schema = schemaOf(mixed);

  it.each(['dense', 'tree'] as const)('of the %s view give it again', (view) => {
    const encoder = fitEncoder(mixed, upTo(8), view, options);
    const again = decodeEncoder(encoder.bytes, schema);
    if (!again.ok) throw new Error(again.evidence);
    expect(again.value.transform(mixed, upTo(8))).toEqual(encoder.transform(mixed, upTo(8)));
    expect(again.value.columnsOf).toEqual(encoder.columnsOf);
  });

  it('are refused where a byte was changed, cut or added, or the schema is another', () => {
    const { bytes } = fitEncoder(mixed, upTo(8), 'dense', options);
    const matrix = fitEncoder(mixed, upTo(8), 'dense', options).transform(mixed, upTo(8));
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const other = bytes.slice();
        other[at] = (other[at] as number) ^ flip;
        const decoded = decodeEncoder(other, schema);
        // A changed scale is another encoder, but never one whose cells are not finite.
        if (decoded.ok)
          expect(decoded.value.transform(mixed, upTo(8)).x.every(Number.isFinite), `byte ${at}`).toBe(true);
        else expect(decoded.code).toBe('result_mismatch');
      }
    }
    expect(matrix.x.every(Number.isFinite)).toBe(true);
    for (const cut of [0, 3, 11, bytes.length - 1]) expect(decodeEncoder(bytes.slice(0, cut), schema).ok).toBe(false);
    expect(decodeEncoder(Uint8Array.of(...bytes, 0), schema).ok).toBe(false);
    expect(decodeEncoder(bytes, schemaOf(tableOf(number('面积', 1)))).ok).toBe(false);
  });
});

describe('bytes of plans that no fit makes', () => {
  const categories = Array.from({ length: 300 }, (_, i) => `k${String(i).padStart(3, '0')}`);
  const schema: Schema = { kind: 'columns', columns: [{ kind: 'category', name: 'c', categories }] };
  const codes = (count: number): ColumnPlan => ({
    kind: 'codes',
    column: 0,
    kept: [...Array(count).keys()],
    folded: [],
  });
  const decode = (...plans: ColumnPlan[]) => decodeEncoder(encodePlans('tree', plans), schema);

  it.each<[string, ColumnPlan[]]>([
    ['a column twice', [codes(2), codes(2)]],
    ['more codes than a histogram has', [codes(254)]],
    ['a column of zeros beside another', [{ kind: 'zero' }, codes(2)]],
    ['a category kept and folded', [{ kind: 'codes', column: 0, kept: [1], folded: [0, 1] }]],
  ])('are refused: %s', (_name, plans) => {
    expect(decode(...plans)).toMatchObject({ ok: false, code: 'result_mismatch' });
  });

  it('are read up to the bounds', () => {
    expect(decode(codes(253)).ok).toBe(true);
    expect(decode({ kind: 'zero' }).ok).toBe(true);
  });
});

describe('what encoding costs', () => {
  it('is counted, the same for the same shapes', () => {
    const count = (rows: Uint32Array): bigint => {
      const meter = new Meter();
      fitEncoder(mixed, rows, 'dense', options, meter).transform(mixed, rows, meter);
      return meter.cycles;
    };
    expect(count(upTo(8))).toBe(count(upTo(8)));
    expect(count(upTo(8))).toBeGreaterThan(100n);
  });
});

describe('parts of dates', () => {
  it('are those of the calendar', () => {
    for (let day = -800_000; day < 800_000; day += 7919) {
      const at = new Date(day * 86_400_000);
      expect([datePart(day, 'year'), datePart(day, 'month')], `day ${day}`).toEqual([
        at.getUTCFullYear(),
        at.getUTCMonth() + 1,
      ]);
      expect(datePart(day, 'weekday')).toBe((at.getUTCDay() + 6) % 7);
    }
    expect([datePart(0.25, 'hour'), datePart(5 / 24, 'hour'), datePart(1.9999999, 'hour')]).toEqual([6, 5, 23]);
    expect(datePart(Number.NaN, 'month')).toBeNaN();
  });
});
