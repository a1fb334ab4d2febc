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

/** Float [rows, outputs]. */
function meansOfLevels(inputs: TableInputs, { column, kept, outputs, values }: PlanOf<'means'>): Value {
  const categories = categoriesOf(inputs, column);
  const texts = [...kept.map((code) => categories[code] as string), ''];
  const columns = Array.from({ length: outputs }, (_, output) => {
    const own = values.filter((_value, i) => i % outputs === output);
    return inputs.graph.add('LabelEncoder', [inputs.category(column)], {
      keys_strings: { texts },
      values_floats: { floats: [...own.subarray(0, texts.length)] },
      default_float: { float: own[texts.length] as number },
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

/** Float [rows, 1]: the index in `kept`, then of any of `folded`, then of '' where `indicator`; `unseen` for others. */
function codesOf(inputs: TableInputs, plan: PlanOf<'codes' | 'oneHot'>, unseen: number): Value {
  const categories = categoriesOf(inputs, plan.column);
  const places = new Map<string, number>();
  for (const [place, code] of plan.kept.entries()) places.set(categories[code] as string, place);
  for (const code of plan.folded) places.set(categories[code] as string, plan.kept.length);
  if (plan.kind === 'oneHot' && plan.indicator) places.set('', plan.kept.length + Number(plan.folded.length > 0));
  // A label encoder wants at least one label; this one's value is that of all others.
  if (places.size === 0) places.set('', unseen);
  return inputs.graph.add('LabelEncoder', [inputs.category(plan.column)], {
    keys_strings: { texts: [...places.keys()] },
    values_floats: { floats: [...places.values()] },
    default_float: { float: unseen },
  });
}
