/** Any table, within bounds that keep a property test quick. */
import fc from 'fast-check';
import { compareTexts } from '../../../../ml/table/order.ts';
import { type Column, type Features, MISSING, type Table, type Target } from '../../../../ml/table/table.ts';

const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
const names = (max: number) => fc.uniqueArray(name, { minLength: 1, maxLength: max });
const sorted = (texts: readonly string[]) => [...texts].sort(compareTexts);

/** One zero: encodings have no -0. */
const float = fc.oneof(
  fc.constant(Number.NaN),
  fc.float({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0),
);
const day = fc.oneof(
  fc.constant(Number.NaN),
  fc.integer({ min: -1e6, max: 1e6 }).map((day) => day / 4 + 0),
);

function column(name: string, rows: number): fc.Arbitrary<Column> {
  const of = <T>(cell: fc.Arbitrary<T>) => fc.array(cell, { minLength: rows, maxLength: rows });
  return fc.oneof(
    of(float).map((values): Column => ({ kind: 'number', name, values: Float32Array.from(values) })),
    of(day).map((days): Column => ({ kind: 'date', name, days: Float64Array.from(days) })),
    names(4).chain((categories) =>
      of(fc.integer({ min: MISSING, max: categories.length - 1 })).map(
        (codes): Column => ({
          kind: 'category',
          name,
          categories: sorted(categories),
          codes: Int32Array.from(codes),
        }),
      ),
    ),
  );
}

function features(rows: number): fc.Arbitrary<Features> {
  const columns = names(4).chain((list) => fc.tuple(...list.map((name) => column(name, rows))));
  const images = fc
    .record({
      height: fc.integer({ min: 1, max: 3 }),
      width: fc.integer({ min: 1, max: 3 }),
      channels: fc.constantFrom(1, 3),
    })
    .chain((shape) => {
      const length = rows * shape.height * shape.width * shape.channels;
      return fc
        .uint8Array({ minLength: length, maxLength: length })
        .map((pixels): Features => ({ kind: 'images', ...shape, pixels }));
    });
  return fc.oneof(
    { weight: 4, arbitrary: columns.map((columns): Features => ({ kind: 'columns', columns })) },
    { weight: 1, arbitrary: images },
  );
}

function target(rows: number): fc.Arbitrary<Target> {
  const values = fc.array(
    fc.double({ min: -1e38, max: 1e38, noNaN: true }).map((value) => value + 0),
    {
      minLength: rows,
      maxLength: rows,
    },
  );
  const classes = fc.uniqueArray(name, { minLength: 2, maxLength: 4 });
  return fc.oneof(
    fc.constant<Target>({ kind: 'none' }),
    fc.tuple(name, values).map(([name, list]): Target => ({ kind: 'values', name, values: Float64Array.from(list) })),
    fc
      .tuple(name, classes)
      .chain(([name, list]) =>
        fc
          .array(fc.integer({ min: 0, max: list.length - 1 }), { minLength: rows, maxLength: rows })
          .map((labels): Target => ({ kind: 'classes', name, classes: list, labels: Uint16Array.from(labels) })),
      ),
  );
}

export const anyTable: fc.Arbitrary<Table> = fc
  .integer({ min: 1, max: 6 })
  .chain((rows) => fc.record({ rows: fc.constant(rows), features: features(rows), target: target(rows) }));
