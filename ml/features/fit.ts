/**
 * What columns become, learned from the rows that a model may see and from no others: the medians, scales and categories of a fold
 * must not know its held-out rows.
 */
import { Meter } from '../meter.ts';
import { F32_MAX } from '../table/fault.ts';
import { schemaOf } from '../table/rows.ts';
import type { Table } from '../table/table.ts';
import type { View } from '../trainers/trainer.ts';
import { codesOf, columnAt, numbersOf, type Rows, sampleCount } from './cells.ts';
import { DATE_PARTS } from './dates.ts';
import { createEncoder, type Encoder } from './encoder.ts';
import { learnLevelMeans, meansOf } from './level-means.ts';
import { CODES_MAX, type ColumnPlan, type Part, partCosts, type Scale, Z_MAX } from './plan.ts';
import { valuesAt } from './ranks.ts';
import { logPartOf } from './skew.ts';

export interface EncoderOptions {
  /** Rows that a category needs for a column or a code of its own; the rest are folded together. */
  readonly rareMin?: number;
  /** One-hot columns that a column becomes, at most. */
  readonly oneHotMax?: number;
}

const RARE_MIN = 3;
const ONE_HOT_MAX = 64;
/** Cells that all one-hot columns together may take in the training rows' matrix: 16 MiB of f32. */
const ONE_HOT_CELLS_MAX = 1 << 22;

/** Quantile up to which a heavy tail is kept. */
const TAIL = 0.005;

interface Fitting {
  readonly table: Table;
  readonly rows: Rows;
  readonly meter: Meter;
  readonly rareMin: number;
  readonly oneHotMax: number;
}

/** `rows`: those to learn from, at least one. The `image` view needs images; the others take any table. */
export function fitEncoder(
  table: Table,
  rows: Rows,
  view: View,
  options: EncoderOptions = {},
  meter = new Meter(),
): Encoder {
  if (rows.length === 0) throw new RangeError('an encoder is fitted to one row at least');
  const fitting: Fitting = {
    table,
    rows,
    meter,
    rareMin: options.rareMin ?? RARE_MIN,
    oneHotMax: Math.min(options.oneHotMax ?? ONE_HOT_MAX, oneHotShare(table, rows.length)),
  };
  const plans = view === 'image' ? imagePlans(table) : columnPlans(fitting, view);
  return createEncoder(view, schemaOf(table), plans.length > 0 ? plans : [{ kind: 'zero' }]);
}

/** With very many categorical columns, each gets fewer one-hot columns. */
function oneHotShare({ features }: Table, rows: number): number {
  if (features.kind === 'images') return 0;
  const categorical = features.columns.filter(({ kind }) => kind === 'category').length;
  return Math.max(2, Math.floor(ONE_HOT_CELLS_MAX / (rows * Math.max(1, categorical))));
}

function imagePlans({ features }: Table): ColumnPlan[] {
  if (features.kind !== 'images') throw new RangeError('a table of columns has no image view');
  return [{ kind: 'samples' }];
}

function columnPlans(fitting: Fitting, view: 'dense' | 'tree'): ColumnPlan[] {
  const { features } = fitting.table;
  const count = features.kind === 'images' ? sampleCount(features) : features.columns.length;
  const plans: ColumnPlan[] = [];
  for (let column = 0; column < count; column++) {
    const kind = features.kind === 'images' ? 'number' : columnAt(fitting.table, column).kind;
    const plan =
      kind === 'category'
        ? categoryPlan(fitting, column, view)
        : view === 'dense'
          ? scaledPlan(fitting, column, kind)
          : rawPlan(fitting, column, kind);
    if (plan) plans.push(plan);
  }
  return plans;
}

/** Hours are a part only where some moment has a time of day. */
function partsOf({ table, rows }: Fitting, column: number, kind: 'number' | 'date'): readonly Part[] {
  if (kind === 'number') return ['value'];
  const timed = numbersOf(table, rows, column, 'days').some((days) => days > Math.floor(days));
  return timed ? DATE_PARTS : DATE_PARTS.filter((part) => part !== 'hour');
}

function scaledPlan(fitting: Fitting, column: number, kind: 'number' | 'date'): ColumnPlan | undefined {
  const { table, rows, meter } = fitting;
  const scales: Scale[] = [];
  let present = 0;
  for (const part of [...partsOf(fitting, column, kind), ...logPartsOf(fitting, column, kind)]) {
    const cells = numbersOf(table, rows, column, part);
    const known = knownOf(cells);
    present = known.length;
    const scale = present > 0 ? fitScale(part, cells, known) : undefined;
    if (scale) scales.push(scale);
    meter.vector(rows.length, ...partCosts(part), 'rankKey', 'columnStatistics');
  }
  const indicator = present > 0 && present < rows.length;
  return scales.length > 0 || indicator ? { kind: 'scaled', column, scales, indicator } : undefined;
}

/**
 * Of values alone: classes are told as well by the numbers (of breast_cancer a logarithm's likelihood is a little better, and its hits are
 * two rows fewer). Pixels have their own scale.
 */
function logPartsOf({ table, rows, meter }: Fitting, column: number, kind: 'number' | 'date'): readonly Part[] {
  if (kind !== 'number' || table.target.kind !== 'values' || table.features.kind === 'images') return [];
  const known = knownOf(numbersOf(table, rows, column, 'value'));
  meter.vector(rows.length, 'columnStatistics', 'columnStatistics', 'loss');
  if (known.length === 0) return [];
  const last = known.length - 1;
  const [median, least, most] = valuesAt(known, [last >> 1, 0, last], true) as [number, number, number];
  const part = logPartOf(known, median, [least, most]);
  return part ? [part] : [];
}

/** The cells that are not missing. */
function knownOf(cells: Float64Array): Float64Array {
  const known = new Float64Array(cells.length);
  let count = 0;
  for (let i = 0; i < cells.length; i++) {
    const x = cells[i] as number;
    if (!Number.isNaN(x)) known[count++] = x;
  }
  return known.subarray(0, count);
}

/** `known`: the cells that are not missing, one at least. Undefined where they are all the same. */
function fitScale(part: Part, cells: Float64Array, known: Float64Array): Scale | undefined {
  const last = known.length - 1;
  const wanted = [0, last * TAIL, last / 2].flatMap((rank) => [Math.floor(rank), last - Math.floor(rank)]);
  const [least, most, low, high, lower, upper] = valuesAt(known, wanted, part === 'value') as [
    ...[number, number, number, number, number, number],
  ];
  if (least === most) return undefined;
  const fill = Math.fround((lower + upper) / 2);
  // What lies beyond the cells that were met has a logarithm, if at all, that says nothing.
  const [floor, top] = part === 'log' || part === 'log1p' ? [least, most] : [-F32_MAX, F32_MAX];
  const wide = standard(part, cells, fill, floor, top);
  const reach = Math.max(wide.mean - least, most - wide.mean) * wide.inverse;
  // Few cells make a whole scale: cut to the bulk. Not where the bulk is one value, as the rest is then all that there is to know.
  const scale = reach > Z_MAX && low < high ? standard(part, cells, fill, low, high) : wide;
  return scale.inverse > 0 ? scale : undefined;
}

/** Mean and 1 / standard deviation of the filled and cut cells, in two passes and index order. */
function standard(part: Part, cells: Float64Array, fill: number, low: number, high: number): Scale {
  const cut = (x: number): number => Math.min(high, Math.max(low, Number.isNaN(x) ? fill : x));
  let sum = 0;
  for (let i = 0; i < cells.length; i++) sum += cut(cells[i] as number);
  const mean = sum / cells.length;
  let squares = 0;
  for (let i = 0; i < cells.length; i++) {
    const d = cut(cells[i] as number) - mean;
    squares += d * d;
  }
  const variance = squares / cells.length;
  // Not the reciprocal of a root that vanished: f32 cells differ by 2^-149 at least, and its square is still a normal f64.
  return { part, fill, low, high, mean, inverse: variance > 0 ? 1 / Math.sqrt(variance) : 0 };
}

function rawPlan(fitting: Fitting, column: number, kind: 'number' | 'date'): ColumnPlan | undefined {
  // The year is coarser than the days, which a tree cuts anywhere.
  const parts = partsOf(fitting, column, kind).filter((part) => part !== 'year');
  const telling = parts.filter((part) => {
    const cells = numbersOf(fitting.table, fitting.rows, column, part);
    const first = cells[0];
    fitting.meter.vector(cells.length, 'clamp');
    return cells.some((x) => !Object.is(x, first));
  });
  return telling.length > 0 ? { kind: 'raw', column, parts: telling } : undefined;
}

/** Undefined where there is no target, or levels tell nothing of it. */
function meansPlan({ table, rows, meter }: Fitting, column: number): ColumnPlan | undefined {
  const outputs = meansOf(table.target);
  if (outputs === 0) return undefined;
  meter.vector(rows.length * outputs, 'countCode', 'columnStatistics');
  const means = learnLevelMeans(table, rows, column);
  return means && { kind: 'means', column, outputs, kept: means.kept, values: means.values };
}

function categoryPlan(fitting: Fitting, column: number, view: 'dense' | 'tree'): ColumnPlan | undefined {
  const { table, rows, meter, rareMin } = fitting;
  const codes = codesOf(table, rows, column);
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  meter.vector(rows.length, 'countCode');
  const indicator = counts.delete(-1);
  if (counts.size === 0 || (counts.size === 1 && !indicator)) return undefined;
  const order = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  const most = view === 'dense' ? fitting.oneHotMax : CODES_MAX;
  // Boosting could take codes of more levels, but learns no more from them; forests learn much less.
  if (counts.size > Math.min(most, ONE_HOT_MAX)) {
    const means = meansPlan(fitting, column);
    if (means) return means;
  }
  const frequent = order.filter(([, count]) => count >= rareMin).slice(0, most);
  const kept = frequent.map(([code]) => code);
  const folded = order.slice(frequent.length).map(([code]) => code);
  folded.sort((a, b) => a - b);
  return view === 'dense'
    ? { kind: 'oneHot', column, kept, folded, indicator }
    : { kind: 'codes', column, kept, folded };
}
