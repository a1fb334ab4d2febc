/**
 * An encoder (ml/features/) as nodes: from the table's inputs to the matrix of a view. Columns that are computed alike are computed
 * side by side, so that a wide table is still a short graph; at the end all are put in order.
 */
import type { DatePart } from '../../features/dates.ts';
import { type ColumnPlan, widthOf } from '../../features/plan.ts';
import type { Schema } from '../../table/table.ts';
import type { Value } from './graph.ts';
import type { TableInputs } from './inputs.ts';
import { cast, concat, gather } from './operators.ts';
import type { Piece, PlanOf } from './piece.ts';
import { scaledColumns } from './scaled.ts';
import { spellingsOf } from './spellings.ts';
import { number, row } from './tensor.ts';

/** Of ml/features' Encoder. */
export interface EncoderPlans {
  readonly schema: Schema;
  readonly plans: readonly ColumnPlan[];
}

/** Float [rows, columns of the view]: what Encoder.transform gives, bit for bit but for logarithms (scaled.ts). */
export function encoderMatrix(inputs: TableInputs, { plans, schema }: EncoderPlans): Value {
  const firsts = new Map<ColumnPlan, number>();
  let cols = 0;
  for (const plan of plans) {
    firsts.set(plan, cols);
    cols += widthOf(plan, schema);
  }
  const pieces = piecesOf(inputs, plans, schema);
  const order = new Array<number>(cols);
  pieces
    .flatMap(({ columns }) => columns)
    .forEach(({ plan, index }, place) => {
      order[(firsts.get(plan) as number) + index] = place;
    });
  const values = pieces.map(({ value }) => value);
  const matrix = concat(inputs.graph, values);
  return order.every((place, i) => place === i) ? matrix : gather(inputs.graph, matrix, order);
}

function piecesOf(inputs: TableInputs, plans: readonly ColumnPlan[], schema: Schema): Piece[] {
  const scaled = plans.filter((plan) => plan.kind === 'scaled');
  const numbers = plans.filter((plan) => plan.kind === 'raw' && plan.parts[0] === 'value') as PlanOf<'raw'>[];
  const side = new Set<ColumnPlan>([...scaled, ...numbers]);
  const others = plans.filter((plan) => !side.has(plan));
  return [
    ...(scaled.length > 0 ? scaledColumns(inputs, scaled) : []),
    ...(numbers.length > 0 ? [rawNumbers(inputs, numbers)] : []),
    ...others.map((plan) => ({
      value: planValue(inputs, plan),
      columns: Array.from({ length: widthOf(plan, schema) }, (_, index) => ({ plan, index })),
    })),
  ];
}

function rawNumbers(inputs: TableInputs, plans: readonly PlanOf<'raw'>[]): Piece {
  const value = cast(inputs.graph, inputs.numbers(plans.map(({ column }) => column)), 'float');
  return { value, columns: plans.map((plan) => ({ plan, index: 0 })) };
}

/** Of a plan that stands alone. */
function planValue(inputs: TableInputs, plan: ColumnPlan): Value {
  const { graph } = inputs;
  switch (plan.kind) {
    case 'raw': {
      const parts = plan.parts.map((part) => inputs.datePart(plan.column, part as DatePart));
      return cast(graph, concat(graph, parts), 'float');
    }
    case 'codes':
      return codesOf(inputs, plan, Number.NaN);
    case 'oneHot': {
      const width = plan.kept.length + Number(plan.folded.length > 0) + Number(plan.indicator);
      const code = cast(graph, codesOf(inputs, plan, -1), 'double');
      const places = graph.constant(row(Array.from({ length: width }, (_, i) => i)));
      return cast(graph, graph.add('Equal', [code, places]), 'float');
    }
    case 'means':
      return meansOfLevels(inputs, plan);
    case 'samples':
      return cast(graph, graph.add('Div', [inputs.allNumbers(), graph.constant(number(255))]), 'float');
    case 'zero':
      return cast(graph, inputs.zeros(), 'float');
    case 'scaled':
      throw new Error('scaled columns are made side by side');
  }
}

/** Float [rows, outputs]. A text that is no category is a missing cell, as in a file that is read. */
function meansOfLevels(inputs: TableInputs, { column, kept, outputs, values }: PlanOf<'means'>): Value {
  const [missing, other] = [kept.length, kept.length + 1];
  const levels = new Map(kept.map((code, level) => [code, level]));
  const places = placesOf(categoriesOf(inputs, column), (code) => levels.get(code) ?? other);
  places.set('', missing);
  const columns = Array.from({ length: outputs }, (_, output) => {
    const own = values.filter((_value, i) => i % outputs === output);
    return inputs.graph.add('LabelEncoder', [inputs.category(column)], {
      keys_strings: { texts: [...places.keys()] },
      values_floats: { floats: Array.from(places.values(), (level) => own[level] as number) },
      default_float: { float: own[missing] as number },
    });
  });
  return concat(inputs.graph, columns);
}

/** No category is called '', which is a missing cell. */
function categoriesOf({ schema }: TableInputs, at: number): readonly string[] {
  const column = schema.kind === 'columns' ? schema.columns[at] : undefined;
  if (column?.kind !== 'category') throw new RangeError(`column ${at} is no category`);
  return column.categories;
}

/** A number for each spelling of each category. */
function placesOf(categories: readonly string[], placeOf: (code: number) => number): Map<string, number> {
  return new Map(
    spellingsOf(categories).flatMap((spellings, code) => spellings.map((text) => [text, placeOf(code)] as const)),
  );
}

/**
 * Float [rows, 1]: the index in `kept`, then of any of `folded`, then of what is missing where `indicator`; `unseen` for others. A text
 * that is no category is missing.
 */
function codesOf(inputs: TableInputs, plan: PlanOf<'codes' | 'oneHot'>, unseen: number): Value {
  const placeOf = new Map<number, number>(plan.kept.map((code, place) => [code, place]));
  for (const code of plan.folded) placeOf.set(code, plan.kept.length);
  const places = placesOf(categoriesOf(inputs, plan.column), (code) => placeOf.get(code) ?? unseen);
  const marked = plan.kind === 'oneHot' && plan.indicator;
  const missing = marked ? plan.kept.length + Number(plan.folded.length > 0) : unseen;
  // A label encoder wants at least one label.
  places.set('', missing);
  return inputs.graph.add('LabelEncoder', [inputs.category(plan.column)], {
    keys_strings: { texts: [...places.keys()] },
    values_floats: { floats: [...places.values()] },
    default_float: { float: missing },
  });
}
