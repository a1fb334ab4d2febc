/**
 * A bundle as one ONNX model, from the cells of a table to the answer: what inputs.ts says in; `label` (text [rows]) and
 * `probabilities` (float [rows, classes], in the order of the classes) out, or `value` (double [rows]), or `cluster` (int64 [rows]). Where a
 * column has the name of an output, the output's gets a `_`: the note `outputs` says what they are called.
 */
import { ok, type Result } from '../../../protocol/errors.ts';
import type { Bundle, BundleMember } from '../../bundle/bundle.ts';
import { WEIGHT_UNIT } from '../../search/selection.ts';
import { encoderMatrix } from './encoders.ts';
import { OnnxGraph, type Value } from './graph.ts';
import { TableInputs } from './inputs.ts';
import { type AddMember, memberNodes } from './members.ts';
import { cast } from './operators.ts';
import { number, row, shape } from './tensor.ts';

/** What is exported of a bundle: all but its report. */
export type Exported = Pick<Bundle, 'schema' | 'task' | 'target' | 'classes' | 'classWeights' | 'members'>;

/** export_unsupported names the family that has no ONNX form here. */
export function exportOnnx(bundle: Exported): Result<Uint8Array> {
  const members: AddMember[] = [];
  for (const member of bundle.members) {
    const made = memberNodes(member);
    if (!made.ok) return made;
    members.push(made.value);
  }
  const graph = new OnnxGraph();
  const inputs = new TableInputs(graph, bundle.schema);
  const views = new Map<BundleMember['encoder'], Value>();
  const weighted = bundle.members.map(({ encoder, weight }, i) => {
    const x = views.get(encoder) ?? encoderMatrix(inputs, encoder);
    views.set(encoder, x);
    const outputs = (members[i] as AddMember)(graph, x);
    return graph.add('Mul', [outputs, graph.constant(number(weight / WEIGHT_UNIT))]);
  });
  const sum = weighted.reduce((total, outputs) => graph.add('Add', [total, outputs]));
  const outputs = addOutputs(graph, bundle, sum);
  return ok(graph.finish(bundle.target || 'model', { ...notesOf(bundle), outputs: JSON.stringify(outputs) }));
}

/** The label is the first of the most probable classes after rounding to float, as ours is. Returns the names. */
function addOutputs(graph: OnnxGraph, { task, classes, classWeights }: Exported, sum: Value): Value[] {
  if (task !== 'classes') {
    const [name, type] = task === 'clusters' ? (['cluster', 'int64'] as const) : (['value', 'double'] as const);
    const column = cast(graph, sum, type);
    return [graph.output(name, graph.add('Reshape', [column, graph.constant(shape(-1))]), type, ['rows'])];
  }
  const rounded = cast(graph, classWeights.length > 0 ? balanced(graph, sum, classWeights) : sum, 'float');
  const best = graph.add('ArgMax', [rounded], { axis: { int: 1 }, keepdims: { int: 0 } });
  const names = graph.constant({ type: 'string', dims: [classes.length], values: classes });
  return [
    graph.output('label', graph.add('Gather', [names, best]), 'string', ['rows']),
    graph.output('probabilities', rounded, 'float', ['rows', classes.length]),
  ];
}

/** As metrics/balance.ts. */
function balanced(graph: OnnxGraph, probabilities: Value, weights: readonly number[]): Value {
  const parts = graph.add('Mul', [probabilities, graph.constant(row(weights))]);
  const sums = graph.add('ReduceSum', [parts, graph.constant(shape(1))]);
  const isNone = graph.add('Equal', [sums, graph.constant(number(0))]);
  return graph.add('Where', [isNone, probabilities, graph.add('Div', [parts, sums])]);
}

/** Shown by whoever inspects the file. */
function notesOf({ task, target, classes, members }: Exported): Record<string, string> {
  return {
    task,
    target,
    classes: JSON.stringify(classes),
    members: JSON.stringify(members.map(({ family, weight }) => ({ family, weight: weight / WEIGHT_UNIT }))),
  };
}
