/**
 * An encoder's plans as canonical little-endian bytes: "HEN1", u32 integers, u32 reals, u32[integers], f64[reals]. The integers
 * are the view and the plans in order; the reals are the scales' five numbers and the means in order. Reading trusts nothing: what it gives fits
 * the schema.
 */
import { ByteReader, ByteWriter } from '../bytes.ts';
import { F32_MAX } from '../table/fault.ts';
import type { Schema } from '../table/table.ts';
import type { View } from '../trainers/trainer.ts';
import { DATE_PARTS } from './dates.ts';
import {
  CODES_MAX,
  type ColumnPlan,
  isOfNumber,
  MEAN_CLASSES_MAX,
  type Part,
  type Scale,
  samplesOf,
  Z_MAX,
} from './plan.ts';
import { LOG_PARTS } from './skew.ts';

const MAGIC = 'HEN1';
const HEADER_BYTES = 12;
const VIEWS: readonly View[] = ['dense', 'tree', 'image'];
const KINDS: readonly ColumnPlan['kind'][] = ['scaled', 'oneHot', 'raw', 'codes', 'samples', 'zero', 'means'];
const PARTS: readonly Part[] = ['value', ...DATE_PARTS, ...LOG_PARTS];
const REALS_A_SCALE = 5;

export function encodePlans(view: View, plans: readonly ColumnPlan[]): Uint8Array {
  const integers = [VIEWS.indexOf(view), plans.length];
  const reals: number[] = [];
  const list = (items: readonly number[]): void => {
    integers.push(items.length);
    for (const item of items) integers.push(item);
  };
  for (const plan of plans) {
    integers.push(KINDS.indexOf(plan.kind));
    if ('column' in plan) integers.push(plan.column);
    if (plan.kind === 'scaled') {
      list(plan.scales.map(({ part }) => PARTS.indexOf(part)));
      for (const { fill, low, high, mean, inverse } of plan.scales) reals.push(fill, low, high, mean, inverse);
    } else if (plan.kind === 'raw') {
      list(plan.parts.map((part) => PARTS.indexOf(part)));
    } else if (plan.kind === 'oneHot' || plan.kind === 'codes') {
      list(plan.kept);
      list(plan.folded);
    }
    if (plan.kind === 'means') {
      integers.push(plan.outputs);
      list(plan.kept);
      for (const value of plan.values) reals.push(value);
    }
    if ('indicator' in plan) integers.push(Number(plan.indicator));
  }
  return new ByteWriter(HEADER_BYTES + integers.length * 4 + reals.length * 8)
    .magic(MAGIC)
    .u32(integers.length, reals.length)
    .i32s(Int32Array.from(integers))
    .f64s(reals)
    .finish();
}

/** Bytes that are no plans of the schema; turned into a Failure by decodeEncoder. */
export class PlanFault extends Error {
  override name = 'PlanFault';
}

class PlanReader {
  readonly #integers: Uint32Array;
  readonly #reals: Float64Array;
  readonly #schema: Schema;
  #integer = 0;
  #real = 0;

  constructor(integers: Uint32Array, reals: Float64Array, schema: Schema) {
    this.#integers = integers;
    this.#reals = reals;
    this.#schema = schema;
  }

  /** Below `bound`. */
  integer(bound: number): number {
    const value = this.#integers[this.#integer++];
    if (value === undefined || value >= bound) throw new PlanFault(`integer ${this.#integer} is ${value}`);
    return value;
  }

  /** Distinct, each below `bound`. */
  list(bound: number): number[] {
    const items = Array.from({ length: this.integer(this.#integers.length) }, () => this.integer(bound));
    if (new Set(items).size !== items.length) throw new PlanFault('a list names something twice');
    return items;
  }

  /** The kind of the column that a plan is about. */
  column(): { column: number; kind: 'number' | 'date' | 'category'; categories: number } {
    const schema = this.#schema;
    if (schema.kind === 'images') return { column: this.integer(samplesOf(schema)), kind: 'number', categories: 0 };
    const column = this.integer(schema.columns.length);
    const of = schema.columns[column] as (typeof schema.columns)[number];
    return { column, kind: of.kind, categories: of.kind === 'category' ? of.categories.length : 0 };
  }

  parts(kind: 'number' | 'date' | 'category'): Part[] {
    const parts = this.list(PARTS.length).map((part) => PARTS[part] as Part);
    const agrees = kind !== 'category' && parts.every((part) => isOfNumber(part) === (kind === 'number'));
    if (!agrees) throw new PlanFault('a part that a column of this kind does not have');
    return parts;
  }

  scale(part: Part): Scale {
    const [fill, low, high, mean, inverse] = this.#reals.subarray(this.#real, this.#real + REALS_A_SCALE);
    this.#real += REALS_A_SCALE;
    const scale = { part, fill, low, high, mean, inverse } as Scale;
    const bounded = [fill, low, high, mean].every((x) => Math.abs(x as number) <= F32_MAX);
    if (!bounded || !(scale.low < scale.high && scale.inverse > 0 && scale.inverse < Number.POSITIVE_INFINITY)) {
      throw new PlanFault('a scale out of range');
    }
    return scale;
  }

  means(column: number, categories: number): ColumnPlan {
    const outputs = this.integer(MEAN_CLASSES_MAX + 1);
    const kept = this.list(categories);
    const count = (kept.length + 2) * outputs;
    const reals = this.#reals.subarray(this.#real, this.#real + count);
    this.#real += count;
    const values = Float32Array.from(reals);
    const fits =
      outputs > 0 && values.length === count && kept.every((code, i) => i === 0 || code > (kept[i - 1] as number));
    if (!fits || !values.every((value) => Math.abs(value) <= Z_MAX)) throw new PlanFault('means out of range');
    return { kind: 'means', column, outputs, kept, values };
  }

  plan(view: View): ColumnPlan {
    const kind = KINDS[this.integer(KINDS.length)] as ColumnPlan['kind'];
    if (kind === 'zero') return { kind };
    if ((kind === 'samples') !== (view === 'image')) throw new PlanFault(`${kind} in the ${view} view`);
    if (kind === 'samples') return { kind };
    if (kind !== 'means' && (kind === 'scaled' || kind === 'oneHot') !== (view === 'dense'))
      throw new PlanFault(`${kind} in the ${view} view`);
    const { column, kind: of, categories } = this.column();
    if (kind === 'scaled') {
      const scales = this.parts(of).map((part) => this.scale(part));
      return { kind, column, scales, indicator: this.integer(2) === 1 };
    }
    if (kind === 'raw') {
      const parts = this.parts(of);
      if (parts.some((part) => part !== 'value' && isOfNumber(part)))
        throw new PlanFault(`a logarithm in the ${view} view`);
      return { kind, column, parts };
    }
    if (kind === 'means') return this.means(column, categories);
    const kept = this.list(categories);
    if (kind === 'codes' && kept.length > CODES_MAX) throw new PlanFault(`${kept.length} codes of a column`);
    const folded = this.list(categories);
    const isKept = new Set(kept);
    if (folded.some((code) => isKept.has(code))) throw new PlanFault('a category both kept and folded');
    return kind === 'codes'
      ? { kind, column, kept, folded }
      : { kind, column, kept, folded, indicator: this.integer(2) === 1 };
  }
}

/** Each column once, so that what an encoder costs is bounded by its schema; a column of zeros or an image's samples stand alone. */
function inColumnOrder(plans: readonly ColumnPlan[]): boolean {
  let last = -1;
  return plans.every((plan) => {
    if (!('column' in plan)) return plans.length === 1;
    const rises = plan.column > last;
    last = plan.column;
    return rises;
  });
}

/** Throws PlanFault for bytes that no fit to a table of this schema gives; that they are canonical is the caller's to see. */
export function decodePlans(bytes: Uint8Array, schema: Schema): { view: View; plans: ColumnPlan[] } {
  const reader = new ByteReader(bytes);
  if (bytes.length < HEADER_BYTES || reader.magic() !== MAGIC) throw new PlanFault('no "HEN1"');
  const [integers, reals] = [reader.u32(), reader.u32()];
  if (reader.left !== integers * 4 + reals * 8) throw new PlanFault(`${bytes.length} bytes`);
  const words = Uint32Array.from(reader.i32s(integers));
  const from = new PlanReader(words, reader.f64s(reals), schema);
  const view = VIEWS[from.integer(VIEWS.length)] as View;
  if (view === 'image' && schema.kind !== 'images') throw new PlanFault('an image view of columns');
  const count = from.integer(integers);
  if (view === 'image' && count !== 1) throw new PlanFault('an image view of several plans');
  const plans = Array.from({ length: count }, () => from.plan(view));
  if (!inColumnOrder(plans)) throw new PlanFault('a column twice, or out of order');
  return { view, plans };
}
