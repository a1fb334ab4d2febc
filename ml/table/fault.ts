/** What makes a table or a schema one: checked before it is encoded, and after it is decoded. */
import { TABLE_LIMITS } from '../../protocol/table-limits.ts';
import { compareTexts } from './order.ts';
import { type Column, type Images, MISSING, type Schema, type Table, type Target } from './table.ts';

/** UTF-8 of one text; also a bound on what it costs to check one. */
export const utf8 = new TextEncoder();

/** The largest finite f32. A target's values stay within it too, so that sums of their squares are finite in f64. */
export const F32_MAX = 3.4028234663852886e38;

const isCount = (value: number, max: number): boolean => Number.isInteger(value) && value >= 1 && value <= max;

function nameFault(name: string): string | undefined {
  if (name === '') return 'an empty name';
  // Each UTF-16 unit takes a byte at least.
  if (name.length > TABLE_LIMITS.nameBytesMax || utf8.encode(name).length > TABLE_LIMITS.nameBytesMax) {
    return `a name of more than ${TABLE_LIMITS.nameBytesMax} bytes`;
  }
  return name.isWellFormed() ? undefined : 'a name that is not Unicode';
}

function namesFault(names: readonly string[], countMax: number, what: string): string | undefined {
  if (!isCount(names.length, countMax)) return `${names.length} ${what}, not 1 to ${countMax}`;
  for (const name of names) {
    const fault = nameFault(name);
    if (fault !== undefined) return fault;
  }
  return new Set(names).size === names.length ? undefined : `two ${what} of one name`;
}

function categoriesFault(categories: readonly string[]): string | undefined {
  // A column whose rows were selected, or that is missing everywhere, may have few categories but never none.
  const fault = namesFault(categories, TABLE_LIMITS.categoriesMax, 'categories');
  if (fault !== undefined) return fault;
  const disordered = categories.some(
    (category, i) => i > 0 && compareTexts(categories[i - 1] as string, category) >= 0,
  );
  return disordered ? 'categories out of order' : undefined;
}

/** Why these bytes or this value are no schema, or undefined. */
export function schemaFault(schema: Schema): string | undefined {
  if (schema.kind === 'images') return imageShapeFault(schema);
  const { columns } = schema;
  const fault = namesFault(
    columns.map(({ name }) => name),
    TABLE_LIMITS.columnsMax,
    'columns',
  );
  if (fault !== undefined) return fault;
  for (const column of columns) {
    const within = column.kind === 'category' ? categoriesFault(column.categories) : undefined;
    if (within !== undefined) return within;
  }
  return undefined;
}

type ImageShape = Pick<Images, 'height' | 'width' | 'channels'>;

function imageShapeFault({ height, width, channels }: ImageShape): string | undefined {
  const { sideMax } = TABLE_LIMITS;
  if (!isCount(height, sideMax) || !isCount(width, sideMax)) return `images of ${height} x ${width}`;
  return channels === 1 || channels === 3 ? undefined : `images of ${channels} channels`;
}

/** Why a table of this many rows of the schema is out of bounds, or undefined: before anything is allocated. */
export function shapeFault(rows: number, schema: Schema): string | undefined {
  const { rowsMax, cellsMax, samplesMax } = TABLE_LIMITS;
  if (!isCount(rows, rowsMax)) return `${rows} rows, not 1 to ${rowsMax}`;
  if (schema.kind === 'images') {
    const samples = rows * schema.height * schema.width * schema.channels;
    return samples > samplesMax ? `${samples} samples, at most ${samplesMax}` : undefined;
  }
  const cells = rows * schema.columns.length;
  return cells > cellsMax ? `${cells} cells, at most ${cellsMax}` : undefined;
}

/** Beyond this many days from 1970 there is no date in ECMAScript. */
const DAYS_MAX = 1e8;

function columnFault(column: Column, rows: number): string | undefined {
  const { name } = column;
  if (column.kind === 'number') {
    if (column.values.length !== rows) return `column ${name} has ${column.values.length} values`;
    const infinite = column.values.some((value) => value === Infinity || value === -Infinity);
    return infinite ? `column ${name} has an infinite value` : undefined;
  }
  if (column.kind === 'date') {
    if (column.days.length !== rows) return `column ${name} has ${column.days.length} dates`;
    return column.days.some((day) => Math.abs(day) > DAYS_MAX) ? `column ${name} has a date out of range` : undefined;
  }
  if (column.codes.length !== rows) return `column ${name} has ${column.codes.length} codes`;
  const { length } = column.categories;
  return column.codes.some((code) => code >= length || (code < 0 && code !== MISSING))
    ? `column ${name} has a code beyond its categories`
    : undefined;
}

export function targetFault(target: Target, rows: number): string | undefined {
  if (target.kind === 'none') return undefined;
  const named = nameFault(target.name);
  if (named !== undefined) return named;
  if (target.kind === 'values') {
    if (target.values.length !== rows) return `${target.values.length} target values`;
    const isBounded = target.values.every((value) => Math.abs(value) <= F32_MAX);
    return isBounded ? undefined : 'a target value is missing or beyond the numbers of 32 bits';
  }
  const { classes, labels } = target;
  if (classes.length < 2) return `${classes.length} classes`;
  const fault = namesFault(classes, TABLE_LIMITS.classesMax, 'classes');
  if (fault !== undefined) return fault;
  if (labels.length !== rows) return `${labels.length} labels`;
  return labels.every((label) => label < classes.length) ? undefined : 'a label is beyond the classes';
}

/** Why the value is no table, or undefined. */
export function tableFault({ rows, features, target }: Table): string | undefined {
  const schema: Schema = features.kind === 'images' ? features : { kind: 'columns', columns: features.columns };
  const shape = schemaFault(schema) ?? shapeFault(rows, schema);
  if (shape !== undefined) return shape;
  if (features.kind === 'images') {
    const samples = rows * features.height * features.width * features.channels;
    if (features.pixels.length !== samples) return `${features.pixels.length} samples for ${samples}`;
    return targetFault(target, rows);
  }
  for (const column of features.columns) {
    const fault = columnFault(column, rows);
    if (fault !== undefined) return fault;
  }
  return targetFault(target, rows);
}
