/**
 * Builds one ONNX graph, value by value. A value is named by its producer; nodes are added in the order in which they can run, as ONNX
 * wants them. Operators: https://onnx.ai/onnx/operators/
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { attributeOf, type OnnxAttribute } from './attribute.ts';
import {
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from './onnx_pb.js';
import { ELEMENT, type ElementType, type OnnxTensor, tensorOf } from './tensor.ts';

/** IR 7 and operator set 13 came with one release (ONNX 1.8, 2020): whatever reads ONNX today reads them. */
const IR_VERSION = 7n;
const OPERATOR_SET = 13n;
/** Trees with missing values, and label encoders from text to numbers. */
const ML_DOMAIN = 'ai.onnx.ml';
const ML_OPERATOR_SET = 3n;

/** Of `ai.onnx.ml`; all others are of the standard domain. */
const ML_OPERATORS: ReadonlySet<string> = new Set(['LabelEncoder', 'TreeEnsembleRegressor']);

/** The name of a value in the graph. */
export type Value = string;

/** A dimension is a count, or the name of one that is free, such as the rows. */
type Dims = readonly (number | string)[];

export class OnnxGraph {
  readonly #nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  readonly #initializers: MessageInitShape<typeof TensorProtoSchema>[] = [];
  readonly #inputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #outputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #names = new Set<Value>();

  /** `wanted`, or the nearest to it that nothing else in the graph is called: columns may be called like an operator. */
  #name(wanted: string): Value {
    let name = wanted;
    while (this.#names.has(name)) name += '_';
    this.#names.add(name);
    return name;
  }

  /** Before anything else is added: so the names of inputs are those that were wanted. */
  input(wanted: string, type: ElementType, dims: Dims): Value {
    const name = this.#name(wanted);
    this.#inputs.push(valueInfo(name, type, dims));
    return name;
  }

  constant(tensor: OnnxTensor): Value {
    const name = this.#name(`constant_${this.#initializers.length}`);
    this.#initializers.push(tensorOf(tensor, name));
    return name;
  }

  /** A node with one output, which it returns. */
  add(operator: string, inputs: readonly Value[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): Value {
    const name = this.#name(`${operator}_${this.#nodes.length}`);
    this.#nodes.push({
      opType: operator,
      name,
      domain: ML_OPERATORS.has(operator) ? ML_DOMAIN : '',
      input: [...inputs],
      output: [name],
      attribute: Object.entries(attributes).map(([key, value]) => attributeOf(key, value)),
    });
    return name;
  }

  /** Its name: `wanted`, unless an input is called so. */
  output(wanted: string, value: Value, type: ElementType, dims: Dims): Value {
    const name = this.#name(wanted);
    this.#nodes.push({ opType: 'Identity', name: `output_${name}`, input: [value], output: [name] });
    this.#outputs.push(valueInfo(name, type, dims));
    return name;
  }

  /** The bytes of the model; equal graphs give equal bytes. `notes` are shown by whoever inspects the file. */
  finish(name: string, notes: Readonly<Record<string, string>>): Uint8Array {
    const graph: MessageInitShape<typeof GraphProtoSchema> = {
      name,
      node: this.#nodes,
      initializer: this.#initializers,
      input: this.#inputs,
      output: this.#outputs,
    };
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'hai-chain',
      opsetImport: [
        { domain: '', version: OPERATOR_SET },
        { domain: ML_DOMAIN, version: ML_OPERATOR_SET },
      ],
      metadataProps: Object.entries(notes).map(([key, value]) => ({ key, value })),
      graph,
    });
    return toBinary(ModelProtoSchema, model);
  }
}

function valueInfo(name: string, type: ElementType, dims: Dims): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = dims.map((count) =>
    typeof count === 'number'
      ? ({ value: { case: 'dimValue', value: BigInt(count) } } as const)
      : ({ value: { case: 'dimParam', value: count } } as const),
  );
  return { name, type: { value: { case: 'tensorType', value: { elemType: ELEMENT[type], shape: { dim } } } } };
}
