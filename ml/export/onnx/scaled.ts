/** Standard scores of the `dense` view: z = clamp((clamp(x) - mean) * inverse) in doubles, all columns at once. */
import { isOfNumber, type Part, type Scale, Z_MAX } from '../../features/plan.ts';
import { F32_MAX } from '../../table/fault.ts';
import type { OnnxGraph, Value } from './graph.ts';
import type { TableInputs } from './inputs.ts';
import { cast, concat } from './operators.ts';
import type { Piece, PlanOf } from './piece.ts';
import { number, row } from './tensor.ts';

/** A column of the matrix: a part of a column of the table, scaled or looked at whether it is there. */
interface Entry {
  readonly plan: PlanOf<'scaled'>;
  readonly index: number;
  readonly part: Part;
}

/** The scores, and the indicators of missing cells; a plan may have either alone. */
export function scaledColumns(inputs: TableInputs, plans: readonly PlanOf<'scaled'>[]): Piece[] {
  const scored = plans.flatMap((plan) => plan.scales.map(({ part }, index): Entry => ({ plan, index, part })));
  const indicated = plans
    .filter(({ indicator }) => indicator)
    .map((plan): Entry => {
      const part = inputs.isDate(plan.column) ? 'days' : 'value';
      return { plan, index: plan.scales.length, part };
    });
  return [
    ...(scored.length > 0 ? [scores(inputs, numbersFirst(scored))] : []),
    ...(indicated.length > 0 ? [indicators(inputs, numbersFirst(indicated))] : []),
  ];
}

const NUMBER_PARTS = ['value', 'log', 'log1p'] as const;

/** Numbers come out of the inputs together, dates one by one. */
const numbersFirst = (entries: readonly Entry[]): Entry[] => [
  ...NUMBER_PARTS.flatMap((own) => entries.filter(({ part }) => part === own)),
  ...entries.filter(({ part }) => !isOfNumber(part)),
];

/** Double [rows, entries.length]; NaN where missing. */
function cells(inputs: TableInputs, entries: readonly Entry[]): Value {
  const numbers = NUMBER_PARTS.flatMap((own) => {
    const columns = entries.filter(({ part }) => part === own).map(({ plan }) => plan.column);
    return columns.length > 0 ? [partOf(inputs.graph, inputs.numbers(columns), own)] : [];
  });
  const dates = entries.flatMap(({ plan, part }) => (isOfNumber(part) ? [] : [inputs.datePart(plan.column, part)]));
  return concat(inputs.graph, [...numbers, ...dates]);
}

/** As features/skew.ts; the runtime's logarithm may differ from ours in the last bit of a double. */
function partOf(graph: OnnxGraph, x: Value, part: (typeof NUMBER_PARTS)[number]): Value {
  if (part === 'value') return x;
  const zero = graph.constant(number(0));
  if (part === 'log') return graph.add('Log', [graph.add('Where', [graph.add('Less', [x, zero]), zero, x])]);
  const size = graph.add('Log', [graph.add('Add', [graph.add('Abs', [x]), graph.constant(number(1))])]);
  return graph.add('Mul', [graph.add('Sign', [x]), size]);
}

function indicators(inputs: TableInputs, entries: readonly Entry[]): Piece {
  const isMissing = inputs.graph.add('IsNaN', [cells(inputs, entries)]);
  return { value: cast(inputs.graph, isMissing, 'float'), columns: entries };
}

function scores(inputs: TableInputs, entries: readonly Entry[]): Piece {
  const { graph } = inputs;
  const scales = entries.map(({ plan, index }) => plan.scales[index] as Scale);
  const constants = (of: (scale: Scale) => number) => graph.constant(row(scales.map(of)));
  const fill = constants((scale) => scale.fill);
  const x = cells(inputs, entries);
  const filled = graph.add('Where', [graph.add('IsNaN', [x]), fill, x]);
  const isCut = scales.some(({ low, high }) => low > -F32_MAX || high < F32_MAX);
  const cut = isCut
    ? clamp(
        graph,
        filled,
        constants(({ low }) => low),
        constants(({ high }) => high),
      )
    : filled;
  const centred = graph.add('Sub', [cut, constants(({ mean }) => mean)]);
  const z = graph.add('Mul', [centred, constants(({ inverse }) => inverse)]);
  const clamped = clamp(graph, z, graph.constant(number(-Z_MAX)), graph.constant(number(Z_MAX)));
  return { value: cast(graph, clamped, 'float'), columns: entries };
}

const clamp = (graph: OnnxGraph, x: Value, low: Value, high: Value): Value =>
  graph.add('Min', [graph.add('Max', [x, low]), high]);
