/** A fitted encoder: rows of a table in, a matrix of one view out. */
import { Meter } from '../meter.ts';
import { schemaOf } from '../table/rows.ts';
import type { Schema, Table } from '../table/table.ts';
import type { ImageShape, Matrix, View } from '../trainers/trainer.ts';
import { codesOf, numbersOf, type Rows, sampleCount } from './cells.ts';
import { learnLevelMeans } from './level-means.ts';
import {
  type ColumnPlan,
  codeCount,
  type OutputColumn,
  outputColumns,
  partCosts,
  type Scale,
  widthOf,
  Z_MAX,
} from './plan.ts';
import { encodePlans } from './plan-bytes.ts';

export interface Encoder {
  readonly view: View;
  readonly schema: Schema;
  /** In the order of the matrix's columns. */
  readonly plans: readonly ColumnPlan[];
  readonly cols: number;
  /** Of each column of the matrix, as TrainSet has them. */
  readonly categories: Uint16Array;
  readonly image?: ImageShape;
  /** Of which table column each column of the matrix is made. Many for images: made when asked for. */
  readonly columnsOf: readonly OutputColumn[];
  /** Canonical, without the schema: decodeEncoder(bytes, schema) gives the encoder again. */
  readonly bytes: Uint8Array;
  /** The table has this encoder's schema; a column of another kind throws. Cells are finite but for NaN in the `tree` view. */
  transform(table: Table, rows: Rows, meter?: Meter): Matrix;
  /** The rows that it was fitted to, as a model learns from them: what a column tells of the target is then told by other rows. */
  transformLearned(table: Table, rows: Rows, meter?: Meter): Matrix;
}

/** Trusts that the plans fit the schema. */
export function createEncoder(view: View, schema: Schema, plans: readonly ColumnPlan[]): Encoder {
  const widths = plans.map((plan) => widthOf(plan, schema));
  const cols = widths.reduce((sum, width) => sum + width, 0);
  const categories = new Uint16Array(cols);
  let first = 0;
  plans.forEach((plan, i) => {
    categories[first] = codeCount(plan);
    first += widths[i] as number;
  });
  const matrixOf = (table: Table, rows: Rows, meter: Meter, isLearned: boolean): Matrix => {
    requireSchema(table, schema);
    const x = new Float32Array(rows.length * cols);
    let at = 0;
    plans.forEach((plan, i) => {
      write({ table, rows, x, cols, at, meter, isLearned }, plan);
      at += widths[i] as number;
    });
    return { rows: rows.length, cols, x };
  };
  let columns: readonly OutputColumn[] | undefined;
  return {
    view,
    schema,
    plans,
    cols,
    categories,
    ...(view === 'image' && schema.kind === 'images'
      ? { image: { height: schema.height, width: schema.width, channels: schema.channels } }
      : {}),
    get columnsOf() {
      columns ??= plans.flatMap((plan) => outputColumns(plan, schema));
      return columns;
    },
    bytes: encodePlans(view, plans),
    transform: (table, rows, meter = new Meter()) => matrixOf(table, rows, meter, false),
    transformLearned: (table, rows, meter = new Meter()) => matrixOf(table, rows, meter, true),
  };
}

/** Images of another size would be read askew. Columns are compared by kind where they are read. */
function requireSchema(table: Table, schema: Schema): void {
  const other = schemaOf(table);
  const agrees =
    schema.kind === 'images'
      ? other.kind === 'images' &&
        schema.height === other.height &&
        schema.width === other.width &&
        schema.channels === other.channels
      : other.kind === 'columns' && schema.columns.length === other.columns.length;
  if (!agrees) throw new RangeError('the table is not of the schema that the encoder was fitted to');
}

interface Output {
  readonly table: Table;
  readonly rows: Rows;
  /** Row-major, `cols` a row; the plan's columns begin at `at`. */
  readonly x: Float32Array;
  readonly cols: number;
  readonly at: number;
  readonly meter: Meter;
  readonly isLearned: boolean;
}

function write(output: Output, plan: ColumnPlan): void {
  if (plan.kind === 'scaled') writeScaled(output, plan);
  else if (plan.kind === 'oneHot') writeOneHot(output, plan);
  else if (plan.kind === 'raw') writeRaw(output, plan);
  else if (plan.kind === 'codes') writeCodes(output, plan);
  else if (plan.kind === 'means') writeMeans(output, plan);
  else if (plan.kind === 'samples') writeSamples(output);
}

/** The standard score in f64; its caller rounds it to f32 once. */
export function scaled({ fill, low, high, mean, inverse }: Scale, x: number): number {
  const z = (Math.min(high, Math.max(low, Number.isNaN(x) ? fill : x)) - mean) * inverse;
  return Math.min(Z_MAX, Math.max(-Z_MAX, z));
}

function writeScaled({ table, rows, x, cols, at, meter }: Output, plan: ColumnPlan & { kind: 'scaled' }): void {
  plan.scales.forEach((scale, i) => {
    const cells = numbersOf(table, rows, plan.column, scale.part);
    for (let row = 0; row < cells.length; row++) x[row * cols + at + i] = scaled(scale, cells[row] as number);
    meter.vector(cells.length, ...partCosts(scale.part), 'encodeNumber');
  });
  if (!plan.indicator) return;
  const isDate = table.features.kind === 'columns' && table.features.columns[plan.column]?.kind === 'date';
  const cells = numbersOf(table, rows, plan.column, isDate ? 'days' : 'value');
  const column = at + plan.scales.length;
  for (let row = 0; row < cells.length; row++) if (Number.isNaN(cells[row])) x[row * cols + column] = 1;
  meter.vector(cells.length, 'lookup');
}

/** The one-hot column or code of each code of the table; -1 for those that training did not see. */
function placesOf(kept: readonly number[], folded: readonly number[]): Map<number, number> {
  const places = new Map(kept.map((code, i) => [code, i]));
  for (const code of folded) places.set(code, kept.length);
  return places;
}

function writeOneHot({ table, rows, x, cols, at, meter }: Output, plan: ColumnPlan & { kind: 'oneHot' }): void {
  const places = placesOf(plan.kept, plan.folded);
  if (plan.indicator) places.set(-1, plan.kept.length + Number(plan.folded.length > 0));
  const codes = codesOf(table, rows, plan.column);
  for (let row = 0; row < codes.length; row++) {
    const place = places.get(codes[row] as number);
    if (place !== undefined) x[row * cols + at + place] = 1;
  }
  meter.vector(codes.length, 'encodeCode');
}

function writeRaw({ table, rows, x, cols, at, meter }: Output, plan: ColumnPlan & { kind: 'raw' }): void {
  plan.parts.forEach((part, i) => {
    const cells = numbersOf(table, rows, plan.column, part);
    for (let row = 0; row < cells.length; row++) x[row * cols + at + i] = cells[row] as number;
    meter.vector(cells.length, part === 'value' ? 'floatElement' : 'datePart');
  });
}

function writeCodes({ table, rows, x, cols, at, meter }: Output, plan: ColumnPlan & { kind: 'codes' }): void {
  const places = placesOf(plan.kept, plan.folded);
  const codes = codesOf(table, rows, plan.column);
  for (let row = 0; row < codes.length; row++) {
    x[row * cols + at] = places.get(codes[row] as number) ?? Number.NaN;
  }
  meter.vector(codes.length, 'encodeCode');
}

function writeMeans(
  { table, rows, x, cols, at, meter, isLearned }: Output,
  plan: ColumnPlan & { kind: 'means' },
): void {
  const { outputs, kept, values } = plan;
  const learned = isLearned ? learnLevelMeans(table, rows, plan.column)?.learned : undefined;
  const places = placesOf([...kept, -1], []);
  const codes = codesOf(table, rows, plan.column);
  for (let row = 0; row < codes.length; row++) {
    const level = places.get(codes[row] as number) ?? kept.length + 1;
    const [from, source] = learned ? [row * outputs, learned] : [level * outputs, values];
    for (let k = 0; k < outputs; k++) x[row * cols + at + k] = source[from + k] as number;
  }
  meter.vector(codes.length * outputs, 'encodeCode');
}

function writeSamples({ table, rows, x, cols, meter }: Output): void {
  if (table.features.kind !== 'images') return;
  const { pixels } = table.features;
  const step = sampleCount(table.features);
  for (let row = 0; row < rows.length; row++) {
    const from = (rows[row] as number) * step;
    for (let i = 0; i < step; i++) x[row * cols + i] = (pixels[from + i] as number) / 255;
  }
  meter.vector(rows.length * step, 'floatElement');
}
