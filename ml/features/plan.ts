/** What a fitted encoder keeps: for each column of the table, how its cells become columns of a matrix. */
import type { Schema } from '../table/table.ts';
import type { DatePart } from './dates.ts';
import type { LogPart } from './skew.ts';

/** A number or a sample of an image, a number's logarithm, or a part of a date. */
export type Part = 'value' | LogPart | DatePart;

export const isOfNumber = (part: Part): part is 'value' | LogPart =>
  part === 'value' || part === 'log' || part === 'log1p';

/**
 * z = clamp((clamp(x, low, high) - mean) * inverse, -Z_MAX, Z_MAX) in f64, rounded to f32; `fill` takes the place of a missing x.
 * All are finite; `low` and `high` are the ends of f32 unless the tail was heavy.
 */
export interface Scale {
  readonly part: Part;
  readonly fill: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly inverse: number;
}

export type ColumnPlan =
  /** `dense`: a scaled number for each part (a number, then perhaps its logarithm), then 1 where the cell is missing, when `indicator`. */
  | {
      readonly kind: 'scaled';
      readonly column: number;
      readonly scales: readonly Scale[];
      readonly indicator: boolean;
    }
  /** `dense`: 1 in the column of a kept code, then of any of `folded` (if there are), then of missing. Other codes: zeros. */
  | {
      readonly kind: 'oneHot';
      readonly column: number;
      readonly kept: readonly number[];
      readonly folded: readonly number[];
      readonly indicator: boolean;
    }
  /** `tree`: as they are, NaN where missing. */
  | { readonly kind: 'raw'; readonly column: number; readonly parts: readonly Part[] }
  /** `tree`: the index in `kept`, kept.length for any of `folded`; NaN for missing and other codes. */
  | {
      readonly kind: 'codes';
      readonly column: number;
      readonly kept: readonly number[];
      readonly folded: readonly number[];
    }
  /** Means of the target (level-means.ts): of each of `kept`, then of a missing cell, then of any other, `outputs` f32 numbers each. */
  | {
      readonly kind: 'means';
      readonly column: number;
      readonly outputs: number;
      readonly kept: readonly number[];
      readonly values: Float32Array;
    }
  /** `image`: every sample divided by 255. */
  | { readonly kind: 'samples' }
  /** A column of zeros: where nothing else is left, as trainers want a column. */
  | { readonly kind: 'zero' };

/** What it costs to make the part of a cell, by the price table. */
export const partCosts = (part: Part): readonly ('datePart' | 'loss')[] =>
  part === 'value' ? [] : isOfNumber(part) ? ['loss'] : ['datePart'];

/** Standard scores are clamped to this. */
export const Z_MAX = 8;
/** Codes below 254 leave a histogram of 256 bins room for the folded and the missing. */
export const CODES_MAX = 253;

/** Of more classes than this no means are taken: a column each would be as many again. */
export const MEAN_CLASSES_MAX = 8;

/** A column of the matrix: of which column of the table, and what it is called, such as "city=北京". */
export interface OutputColumn {
  /** -1 for the column of zeros. */
  readonly column: number;
  readonly name: string;
}

export const samplesOf = (schema: Schema): number =>
  schema.kind === 'images' ? schema.height * schema.width * schema.channels : 0;

/** Columns of the matrix that a plan gives. */
export function widthOf(plan: ColumnPlan, schema: Schema): number {
  switch (plan.kind) {
    case 'scaled':
      return plan.scales.length + Number(plan.indicator);
    case 'oneHot':
      return plan.kept.length + Number(plan.folded.length > 0) + Number(plan.indicator);
    case 'raw':
      return plan.parts.length;
    case 'means':
      return plan.outputs;
    case 'codes':
    case 'zero':
      return 1;
    case 'samples':
      return samplesOf(schema);
  }
}

/** Codes that the `tree` view gives a plan's columns: 0 for numbers. */
export function codeCount(plan: ColumnPlan): number {
  return plan.kind === 'codes' ? plan.kept.length + Number(plan.folded.length > 0) : 0;
}

/** Of the `column`-th: a sample of an image is called by row, column and channel. */
function columnName(schema: Schema, column: number): string {
  if (schema.kind === 'columns') return (schema.columns[column] as { name: string }).name;
  const { width, channels } = schema;
  const [pixel, channel] = [Math.floor(column / channels), column % channels];
  return `pixel ${Math.floor(pixel / width)},${pixel % width}${channels > 1 ? `,${channel}` : ''}`;
}

function categoryName(schema: Schema, column: number, code: number): string {
  const of = schema.kind === 'columns' ? schema.columns[column] : undefined;
  return of?.kind === 'category' ? (of.categories[code] as string) : '';
}

export function outputColumns(plan: ColumnPlan, schema: Schema): OutputColumn[] {
  if (plan.kind === 'zero') return [{ column: -1, name: '0' }];
  if (plan.kind === 'samples') {
    return Array.from({ length: samplesOf(schema) }, (_, column) => ({ column, name: columnName(schema, column) }));
  }
  const { column } = plan;
  const name = columnName(schema, column);
  const named = (suffix: string): OutputColumn => ({ column, name: `${name}${suffix}` });
  const partName = (part: Part): OutputColumn => named(part === 'value' ? '' : `.${part}`);
  const missing = 'indicator' in plan && plan.indicator ? [named('=∅')] : [];
  switch (plan.kind) {
    case 'scaled':
      return [...plan.scales.map(({ part }) => partName(part)), ...missing];
    case 'oneHot':
      return [
        ...plan.kept.map((code) => named(`=${categoryName(schema, column, code)}`)),
        ...(plan.folded.length > 0 ? [named('=…')] : []),
        ...missing,
      ];
    case 'raw':
      return plan.parts.map(partName);
    case 'means':
      return plan.outputs === 1
        ? [named('.mean')]
        : Array.from({ length: plan.outputs }, (_, output) => named(`.mean.${output}`));
    case 'codes':
      return [named('')];
  }
}
